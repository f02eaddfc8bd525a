//! What `rtc` reports, in our words: its events, states and messages.

use rtc::peer_connection::event::{RTCDataChannelEvent, RTCPeerConnectionEvent, RTCTrackEvent};
use rtc::peer_connection::message::RTCMessage;
use rtc::peer_connection::state::{RTCIceConnectionState, RTCPeerConnectionState};
use rtc::peer_connection::transport::RTCDtlsTransportState;
use rtc::rtp_transceiver::{RTCRtpReceiverId, RTCRtpSenderId, RTCRtpTransceiverId};

use super::{Peer, build};
use crate::codec::Codec;
use crate::event::{ChannelId, Event, RtpPacket, TrackId};

impl Peer {
    /// Whether the other side's `close_notify` came (RFC 5246 §7.2.1); the W3C states that `rtc` reports
    /// stay "connected" then.
    pub(super) fn is_closed_by_other_side(&mut self) -> bool {
        let sctp = self.connection.sctp().map(|sctp| sctp.transport().state());
        let state = sctp.or_else(|| {
            let receiver = self.connection.rtp_receiver(RTCRtpReceiverId::from(0));
            receiver.and_then(|receiver| Some(receiver.transport()?.state()))
        });
        let state = state.or_else(|| {
            let sender = self.connection.rtp_sender(RTCRtpSenderId::from(0));
            sender.and_then(|sender| Some(sender.transport()?.state()))
        });
        state == Some(RTCDtlsTransportState::Closed)
    }

    pub(super) fn on_event(&mut self, event: RTCPeerConnectionEvent) -> Option<Event> {
        use RTCPeerConnectionEvent as Said;
        match (event,) {
            (Said::OnIceConnectionStateChangeEvent(RTCIceConnectionState::Connected),) => {
                Some(Event::IceConnected)
            }
            (Said::OnConnectionStateChangeEvent(state),) => self.on_state(state),
            (Said::OnTrack(RTCTrackEvent::OnOpen(opened)),) => {
                let track = TrackId(RTCRtpTransceiverId::from(opened.receiver_id));
                self.incoming.insert(opened.track_id, track);
                let ssrc = opened.ssrc;
                Some(Event::TrackOpened { track, ssrc })
            }
            (Said::OnDataChannel(RTCDataChannelEvent::OnOpen(id)),) => {
                let label = self.connection.data_channel(id)?.label().to_owned();
                let channel = ChannelId(id);
                Some(Event::DataChannelOpen { channel, label })
            }
            (Said::OnDataChannel(RTCDataChannelEvent::OnClose(id)),) => {
                let channel = ChannelId(id);
                Some(Event::DataChannelClosed { channel })
            }
            // Gathering, negotiation-needed and signalling states say what the owner itself did.
            _ => None,
        }
    }

    fn on_state(&mut self, state: RTCPeerConnectionState) -> Option<Event> {
        let event = match (state,) {
            (RTCPeerConnectionState::Connected,) => Event::Connected,
            (RTCPeerConnectionState::Disconnected,) => Event::Disconnected,
            (RTCPeerConnectionState::Failed,) => Event::Failed,
            (RTCPeerConnectionState::Closed,) => Event::Closed,
            // New and connecting: the owner knows, it began the connection.
            _ => return None,
        };
        self.ended |= matches!(event, Event::Failed | Event::Closed);
        if self.ended || event == Event::Connected {
            self.handshake.end();
        }
        Some(event)
    }

    pub(super) fn on_message(&mut self, message: RTCMessage) -> Option<Event> {
        match message {
            RTCMessage::RtpPacket(name, packet) => {
                let track = *self.incoming.get(&name)?;
                let packet = self.received(track, packet);
                Some(Event::Rtp { track, packet })
            }
            RTCMessage::RtcpPacket(name, packets) => {
                // The name is the other side's when the report is on its stream, ours when on ours.
                let track = self.incoming.get(&name).copied();
                let track = track.or_else(|| build::own_track(&name))?;
                let compound = rtc::rtcp::packet::marshal(&packets).ok()?.freeze();
                Some(Event::Rtcp { track, compound })
            }
            RTCMessage::DataChannelMessage(id, message) => Some(Event::Data {
                channel: ChannelId(id),
                text: message.is_string,
                bytes: message.data.freeze(),
            }),
            _ => None,
        }
    }

    fn received(&mut self, track: TrackId, packet: rtc::rtp::Packet) -> RtpPacket {
        let receiver = self
            .connection
            .rtp_receiver(RTCRtpReceiverId::from(track.0));
        let payload_type = packet.header.payload_type;
        let codec = receiver.and_then(|mut receiver| {
            let codecs = &receiver.get_parameters().rtp_parameters.codecs;
            let negotiated = codecs
                .iter()
                .find(|codec| codec.payload_type == payload_type)?;
            Codec::from_mime(&negotiated.rtp_codec.mime_type)
        });
        RtpPacket {
            ssrc: packet.header.ssrc,
            payload_type,
            codec,
            sequence: packet.header.sequence_number,
            timestamp: packet.header.timestamp,
            marker: packet.header.marker,
            payload: packet.payload,
        }
    }
}
