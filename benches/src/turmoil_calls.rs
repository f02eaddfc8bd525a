//! The same plain calls on turmoil itself, without our handles: what our network is compared with.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use turmoil::net::UdpSocket;

use crate::{CALL_INTERVAL, CALL_PACKET_BYTES, CALL_PORT};

/// Runs `calls` calls between pairs of turmoil hosts for `seconds` of virtual time; gives the packets that arrived.
pub fn run(calls: u16, seconds: u64) -> u64 {
    let arrived = Arc::new(AtomicU64::new(0));
    let duration = Duration::from_secs(seconds);
    let mut simulation = turmoil::Builder::new()
        .epoch(std::time::UNIX_EPOCH)
        .tick_duration(Duration::from_millis(1))
        .min_message_latency(Duration::from_millis(20))
        .max_message_latency(Duration::from_millis(20))
        .simulation_duration(duration * 2)
        .rng_seed(7)
        .build();
    for call in 0..calls {
        for side in 0..2 {
            let far = SocketAddr::new(address(call, 1 - side), CALL_PORT);
            let arrived = arrived.clone();
            simulation.client(address(call, side), async move {
                tokio::time::timeout(duration, endpoint(far, arrived))
                    .await
                    .unwrap_or(Ok(()))
            });
        }
    }
    simulation.run().expect("the endpoints end by themselves");
    arrived.load(Ordering::Relaxed)
}

/// Says something every 20 ms and hears what the far end says.
async fn endpoint(far: SocketAddr, arrived: Arc<AtomicU64>) -> turmoil::Result {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, CALL_PORT)).await?;
    let mut ticks = tokio::time::interval(CALL_INTERVAL);
    let packet = [0x55; CALL_PACKET_BYTES];
    let mut buffer = [0; 1500];
    loop {
        tokio::select! {
            biased;
            _ = ticks.tick() => {
                socket.send_to(&packet, far).await?;
            }
            heard = socket.recv_from(&mut buffer) => {
                heard?;
                arrived.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

fn address(call: u16, side: u8) -> IpAddr {
    let [high, low] = call.to_be_bytes();
    Ipv4Addr::new(10, side + 1, high, low).into()
}
