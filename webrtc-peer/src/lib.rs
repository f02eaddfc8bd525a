//! One WebRTC peer connection as a sans-IO node.
//!
//! ```text
//!   SDP in/out ── Peer ── Event (connected, RTP, data)
//!                  │
//!    datagrams in ─┴─ datagrams out, next deadline
//! ```
//!
//! [`Peer`] is ICE, DTLS-SRTP, SCTP and their glue from the `rtc` crate (the core under `webrtc`
//! 0.21), told the time and what arrived, and asked what to send and when to wake it. The owner
//! brings the sockets, the signalling and the media; no socket, clock or task lives here.
//!
//! Sound is sent frame by frame ([`Peer::send_rtp`]). Pictures are sent and received as whole RTP packets
//! ([`Peer::send_packet`], [`RtpPacket::write`]): numbers, repair and feedback are the owner's, this side adds what
//! belongs to the hop (line identification, send time, transport-wide number) and protects them.
//!
//! # What the seed decides, and what it cannot
//!
//! [`Config::seed`] decides ICE credentials and tie-breaker, the certificate and its key, DTLS
//! randoms, key exchange, signatures, nonces, SSRCs, first sequence numbers and the SDP origin.
//! `rtc` draws the rest from the thread's generator and the system clock, out of reach of any
//! parameter:
//!
//! | draw | where it shows |
//! | --- | --- |
//! | STUN transaction ids | on the wire |
//! | SCTP verification tag, first TSN, state cookie | inside DTLS |
//! | reporter SSRC of RTCP receiver reports and of transport-wide feedback | inside SRTCP |
//! | candidate ids, transport ids, track labels | nowhere on a wire |
//! | order of `HashMap`s (std's per-thread keys) | nowhere on a wire: extensions and reports are sorted before they leave |
//! | wall clock in the DTLS random (`gmt_unix_time`) | in the handshake |
//! | wall clock when a certificate's expiry is checked | nowhere on a wire |
//!
//! A simulation that wants equal bytes therefore also fixes `getrandom` and `CLOCK_REALTIME` on its
//! own, fresh thread; the harness binary does.

mod clock;
mod codec;
mod config;
mod error;
mod event;
pub mod offer;
mod order;
mod passage;
mod peer;
mod provider;
mod rtcp;
pub mod stun;

pub use codec::{AudioCodec, Codec, VideoCodec};
pub use config::{Config, Direction, Media, Track};
pub use error::PeerError;
pub use event::{ChannelId, Event, Input, Output, RtpPacket, TrackId};
pub use peer::{Peer, Sources, VideoFormat};
