//! The way into a room: the portal's pass, a socket for sound, and the conference channel.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use net::http::Client;
use net::tls::Trust;
use net::{Host, UdpSocket};
use serde_json::json;
use url::Url;

use super::channel::Channel;
use super::portal::{self, Pass};
use super::{Invitation, Trouble};

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

/// Our address on the way to the server.
async fn local_address(host: &Host, server: &Url) -> Result<IpAddr, Trouble> {
    let unreachable = |reason: String| Trouble::Unreachable { reason };
    let name = server.host_str().unwrap_or_default();
    let resolved = host
        .resolve(name)
        .await
        .map_err(|error| unreachable(error.to_string()))?;
    let own = resolved.into_iter().find_map(|remote| match remote {
        IpAddr::V4(remote) if remote.is_loopback() => Some(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(remote) if remote.is_loopback() => Some(Ipv6Addr::LOCALHOST.into()),
        remote @ (IpAddr::V4(_) | IpAddr::V6(_)) => host.address_towards(remote),
    });
    own.ok_or_else(|| unreachable(format!("no way to {name}")))
}
