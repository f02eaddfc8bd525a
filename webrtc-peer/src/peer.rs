//! The peer connection: told datagrams, descriptions and time; says datagrams and events.
//!
//! ```text
//! New ──offer/answer──► Connecting ──ICE──► IceConnected ──DTLS──► Connected ──► Closed
//!                           │                                     │    ▲
//!                           └────────► Failed ◄──── Disconnected ◄┘────┘
//! ```
//!
//! JSEP (RFC 9429) without trickling: all local candidates are host addresses known at the start, so
//! every description is complete when it is made.

mod build;
mod flight;
mod heard;
mod origin;
mod sending;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use rtc::data_channel::RTCDataChannelMessage;
use rtc::peer_connection::RTCPeerConnection;
use rtc::peer_connection::message::{RTCMessage, TaggedRTCMessage};
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::transport::RTCIceCandidateInit;
use rtc::rtp_transceiver::RTCRtpSenderId;
use rtc::sansio::Protocol;
use rtc::shared::{TaggedBytesMut, TransportContext, TransportProtocol};

use crate::clock;
use crate::config::Config;
use crate::error::PeerError;
use crate::event::{ChannelId, Event, Input, Output, TrackId};
use crate::order;
use crate::provider::SeededProvider;
use crate::rtcp::Reporter;
use flight::{Datagram, Flight};
use origin::Origin;
use sending::Outgoing;
pub use sending::{Sources, VideoFormat};

/// One WebRTC peer connection.
///
/// After each call that takes `now`, [`Peer::poll`] until it says [`Output::Wait`].
pub struct Peer {
    connection: RTCPeerConnection,
    origin: Origin,
    handshake: Flight,
    tracks: Vec<Outgoing>,
    /// Transport-wide number of the next packet that has one.
    transport_sequence: u16,
    /// The other side's track names, as its description gave them.
    incoming: BTreeMap<String, TrackId>,
    now: Duration,
    /// When the last timeout was handled; keeps a deadline that stays due from spinning.
    timed_out: Option<Duration>,
    ended: bool,
}

impl Peer {
    /// A connection that has not begun; `now` is the owner's clock.
    ///
    /// # Errors
    /// The configuration is one `rtc` refuses: a bad address, say.
    pub fn new(now: Duration, config: &Config) -> Result<Peer, PeerError> {
        let provider = Arc::new(SeededProvider::new(config.seed));
        let origin = Origin::new(provider.draw());
        let tracks = config.tracks.iter().map(|track| Outgoing {
            media: track.media.clone(),
            sequence: u16::from_be_bytes(provider.draw()),
            reporter: Reporter::new(u32::from_be_bytes(provider.draw())),
            repair: u32::from_be_bytes(provider.draw()),
            hop: None,
        });
        let tracks: Vec<Outgoing> = tracks.collect();
        let sources: Vec<Sources> = tracks.iter().map(Outgoing::sources).collect();
        let connection = build::connection(now, config, &provider, &sources)
            .map_err(|error| PeerError::BadConfiguration(error.to_string()))?;
        Ok(Peer {
            connection,
            origin,
            handshake: Flight::new(),
            tracks,
            transport_sequence: 0,
            incoming: BTreeMap::new(),
            now,
            timed_out: None,
            ended: false,
        })
    }

    /// Makes an offer, to be carried to the other side.
    ///
    /// # Errors
    /// An offer is not due in this state, or the connection has ended.
    pub fn create_offer(&mut self, now: Duration) -> Result<String, PeerError> {
        self.now = now;
        let offer = self
            .connection
            .create_offer(None)
            .map_err(PeerError::out_of_turn)?;
        self.connection
            .set_local_description(clock::instant(now), offer)
            .map_err(PeerError::out_of_turn)?;
        self.local_description()
    }

    /// Takes the other side's offer and makes the answer to it.
    ///
    /// # Errors
    /// The offer is not one that can be answered, or none is due in this state.
    pub fn create_answer(&mut self, now: Duration, offer: &str) -> Result<String, PeerError> {
        self.now = now;
        let offer =
            RTCSessionDescription::offer(bounded(offer)?).map_err(PeerError::bad_description)?;
        let instant = clock::instant(now);
        self.connection
            .set_remote_description(instant, offer)
            .map_err(PeerError::bad_description)?;
        self.prefer_own_order()?;
        let answer = self
            .connection
            .create_answer(None)
            .map_err(PeerError::out_of_turn)?;
        self.connection
            .set_local_description(instant, answer)
            .map_err(PeerError::out_of_turn)?;
        self.on_description();
        self.local_description()
    }

    /// Takes the other side's answer to our offer.
    ///
    /// # Errors
    /// The answer does not fit the offer, or none is due in this state.
    pub fn set_answer(&mut self, now: Duration, answer: &str) -> Result<(), PeerError> {
        self.now = now;
        let answer =
            RTCSessionDescription::answer(bounded(answer)?).map_err(PeerError::bad_description)?;
        self.connection
            .set_remote_description(clock::instant(now), answer)
            .map_err(PeerError::bad_description)?;
        self.on_description();
        Ok(())
    }

    /// Takes a candidate that the other side trickled: the value of its `candidate` attribute
    /// (RFC 8840 §4); an empty one says there are no more.
    ///
    /// # Errors
    /// It is no candidate, or no description came before it.
    pub fn add_remote_candidate(&mut self, candidate: &str) -> Result<(), PeerError> {
        let candidate = RTCIceCandidateInit {
            candidate: bounded(candidate)?,
            ..RTCIceCandidateInit::default()
        };
        self.connection
            .add_remote_candidate(candidate)
            .map_err(PeerError::bad_description)
    }

    /// Tells the node what arrived, or that its deadline has come.
    pub fn handle(&mut self, now: Duration, input: Input) {
        self.now = now;
        match input {
            Input::Datagram {
                local,
                source,
                bytes,
            } => self.on_datagram(now, local, source, &bytes),
            Input::Timeout => {
                self.timed_out = Some(now);
                // Layers report failures of their own as events; what remains is nobody's to act on.
                let _ = self.connection.handle_timeout(clock::instant(now));
                self.handshake.tick(now);
                self.send_reports(now);
            }
        }
    }

    /// The next thing the node says.
    pub fn poll(&mut self) -> Output {
        loop {
            if let Some(datagram) = self.poll_datagram() {
                return Output::Send {
                    local: datagram.local,
                    target: datagram.target,
                    bytes: datagram.bytes,
                };
            }
            if let Some(event) = self.connection.poll_event() {
                match self.on_event(event) {
                    Some(event) => return Output::Event(event),
                    None => continue,
                }
            }
            let Some(read) = self.connection.poll_read() else {
                if !self.ended && self.is_closed_by_other_side() {
                    self.ended = true;
                    return Output::Event(Event::Closed);
                }
                return Output::Wait(self.deadline());
            };
            if let Some(event) = self.on_message(read.message) {
                return Output::Event(event);
            }
        }
    }

    fn poll_datagram(&mut self) -> Option<Datagram> {
        if let Some(again) = self.handshake.poll() {
            return Some(again);
        }
        let datagram = self.connection.poll_write()?;
        let datagram = Datagram {
            local: datagram.transport.local_addr,
            target: datagram.transport.peer_addr,
            bytes: datagram.message.freeze(),
        };
        self.handshake.sent(self.now, &datagram);
        Some(datagram)
    }

    /// Sends a message on an open data channel.
    ///
    /// # Errors
    /// There is no such channel, it is not open, or the message is larger than the other side takes.
    pub fn send_data(
        &mut self,
        now: Duration,
        channel: ChannelId,
        text: bool,
        bytes: &[u8],
    ) -> Result<(), PeerError> {
        self.now = now;
        if self.connection.data_channel(channel.0).is_none() {
            return Err(PeerError::UnknownChannel(channel.0));
        }
        let message = RTCDataChannelMessage {
            is_string: text,
            data: BytesMut::from(bytes),
        };
        self.connection
            .handle_write(TaggedRTCMessage {
                now: clock::instant(now),
                message: RTCMessage::DataChannelMessage(channel.0, message),
            })
            .map_err(PeerError::out_of_turn)
    }

    /// Ends the connection: the other side is told, then [`Event::Closed`] follows.
    pub fn close(&mut self, now: Duration) {
        self.now = now;
        // What cannot be told to the other side any more is what it learns from silence.
        let _ = self.connection.close();
    }

    fn local_description(&mut self) -> Result<String, PeerError> {
        let description = self
            .connection
            .local_description()
            .ok_or(PeerError::OutOfTurn("no local description".to_owned()))?;
        Ok(order::extensions(&self.origin.replace(&description.sdp)))
    }

    fn on_datagram(&mut self, now: Duration, local: SocketAddr, source: SocketAddr, bytes: &[u8]) {
        let datagram = TaggedBytesMut {
            now: clock::instant(now),
            transport: TransportContext {
                local_addr: local,
                peer_addr: source,
                transport_protocol: TransportProtocol::UDP,
                ecn: None,
            },
            message: BytesMut::from(bytes),
        };
        // A datagram that no layer understands is not an error of ours: anyone can send one.
        let _ = self.connection.handle_read(datagram);
    }

    fn send_reports(&mut self, now: Duration) {
        for (index, track) in self.tracks.iter_mut().enumerate() {
            let Some(report) = track.reporter.report(now) else {
                continue;
            };
            if let Some(mut sender) = self.connection.rtp_sender(RTCRtpSenderId::from(index)) {
                // A report lost is replaced by the next one.
                let _ = sender.write_rtcp(clock::instant(now), vec![Box::new(report)]);
            }
        }
    }

    fn deadline(&mut self) -> Option<Duration> {
        if self.ended {
            return None;
        }
        let reports = self
            .tracks
            .iter()
            .filter_map(|track| track.reporter.deadline());
        let due = self.connection.poll_timeout().map(clock::duration);
        let handshake = self.handshake.deadline();
        let next = due.into_iter().chain(reports).chain(handshake).min()?;
        // A deadline that is still due after its timeout would stop a simulated clock for ever.
        let spinning = next <= self.now && self.timed_out == Some(self.now);
        Some(if spinning {
            self.now + SPIN_GUARD
        } else {
            next
        })
    }
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Peer")
            .field("now", &self.now)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

/// A description of a size that a browser could have written.
fn bounded(text: &str) -> Result<String, PeerError> {
    if text.len() > MOST_DESCRIPTION_BYTES {
        let length = text.len();
        return Err(PeerError::BadDescription(format!("{length} bytes long")));
    }
    Ok(text.to_owned())
}

/// A browser's description with dozens of m-lines stays under this.
const MOST_DESCRIPTION_BYTES: usize = 64 * 1024;
/// Step by which a deadline that stays due is put off.
const SPIN_GUARD: Duration = Duration::from_millis(1);
