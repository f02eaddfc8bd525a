//! One by one and many by few calls come to the same.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use tokio::net::UdpSocket;

use super::{Rest, plain};
use crate::departures::Departures;

async fn socket() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let socket = socket.expect("a socket");
    super::accept_runs(&socket);
    plain::accept_runs(&socket);
    let address = socket.local_addr().expect("it is bound");
    (socket, address)
}

/// All that a socket has, in order.
fn all(mut receive: impl FnMut(&mut Vec<(Bytes, SocketAddr)>) -> io::Result<Rest>) -> Vec<Bytes> {
    let mut taken = Vec::new();
    while receive(&mut taken).expect("nothing is wrong with the socket") == Rest::Perhaps {}
    taken.into_iter().map(|(bytes, _)| bytes).collect()
}

#[tokio::test]
async fn both_ways_send_and_receive_the_same() {
    let (source, address) = socket().await;
    for (together, runs) in [(false, false), (false, true), (true, true)] {
        let (near, far) = (socket().await, socket().await);
        let mut departures = Departures::default();
        let mut sent = [Vec::new(), Vec::new()];
        for number in 0..100_usize {
            let len = [160, 160, 160, 40, 1200, 0, 1453][number * number % 7];
            let (_, target) = [&near, &far][number % 2];
            departures.push(*target, &vec![number as u8; len]);
            sent[number % 2].push(vec![number as u8; len]);
        }
        departures.push(near.1, &vec![0; 70_000]);
        let refused = if together {
            super::Sender::new().send(&source, &departures)
        } else {
            plain::Sender::new().send(&source, &departures)
        };
        assert_eq!(refused, 1, "only what no datagram can hold");
        for ((socket, _), sent) in [near, far].iter().zip(sent) {
            let (mut one, mut other) = (super::Receiver::new(), plain::Receiver::new());
            let received = all(|taken| {
                let take = |bytes, source| {
                    assert_eq!(source, address);
                    taken.push((bytes, source));
                };
                if runs {
                    one.receive(socket, take)
                } else {
                    other.receive(socket, take)
                }
            });
            assert_eq!(
                received, sent,
                "sent together: {together}, received together: {runs}"
            );
        }
    }
}
