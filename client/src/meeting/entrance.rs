//! The way into a room: the portal's pass, a socket for media, the conference channel, and the offer.

use std::net::{IpAddr, SocketAddr};
use std::time::SystemTime;

use net::http::Client;
use net::tls::Trust;
use net::{Host, UdpSocket};
use serde_json::json;
use url::Url;
use webrtc_peer::{AudioCodec, Config, Direction, Peer, PeerError, Track};

use super::channel::Channel;
use super::portal::{self, Pass};
use super::{Invitation, Trouble, pictures};

/// A channel on which we have asked to join, and a socket for sound.
pub(super) async fn begin(
    host: &Host,
    trust: &Trust,
    invitation: &Invitation,
) -> Result<(Channel, UdpSocket), Trouble> {
    let client = Client::new(host, trust);
    let Pass { token, channel } = portal::pass(&client, invitation).await?;
    let local = local_address(host, &channel).await?;
    let no_socket = |error: std::io::Error| Trouble::NoSocket {
        reason: error.to_string(),
    };
    let socket = host
        .udp(SocketAddr::new(local, 0))
        .await
        .map_err(no_socket)?;
    let mut channel = Channel::open(host, trust, &channel).await?;
    channel
        .say(&json!({ "type": "join", "token": token }))
        .await?;
    Ok((channel, socket))
}

/// A peer connection on this socket and its offer: sound, and pictures if wanted.
pub(super) fn offer(
    host: &Host,
    local: SocketAddr,
    has_video: bool,
) -> Result<(Peer, String), PeerError> {
    let now = host.now();
    let codecs = [AudioCodec::Opus, AudioCodec::Pcmu];
    let mut tracks = vec![Track::audio(&codecs, Direction::SendReceive)];
    if has_video {
        tracks.extend(pictures::tracks());
    }
    let config = Config {
        local: vec![local],
        lite: false,
        tracks,
        channels: Vec::new(),
        seed: host.entropy("meeting").seed(),
        utc: host
            .utc()
            .checked_sub(now)
            .unwrap_or(SystemTime::UNIX_EPOCH),
    };
    let mut peer = Peer::new(now, &config)?;
    let offer = peer.create_offer(now)?;
    Ok((peer, offer))
}

/// Our address on the way to the server.
async fn local_address(host: &Host, server: &Url) -> Result<IpAddr, Trouble> {
    let unreachable = |reason: String| Trouble::Unreachable { reason };
    let name = server.host_str().unwrap_or_default();
    let resolved = host
        .resolve(name)
        .await
        .map_err(|error| unreachable(error.to_string()))?;
    let mut own = resolved
        .into_iter()
        .filter_map(|remote| host.address_towards(remote));
    own.next()
        .ok_or_else(|| unreachable(format!("no way to {name}")))
}
