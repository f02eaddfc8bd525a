//! One datagram a call: for systems whose kernels take no more, and the measure for those that do.

use std::io;
use std::mem::MaybeUninit;
use std::net::SocketAddr;

use bytes::Bytes;
use socket2::SockRef;
use tokio::net::UdpSocket;

use super::buffers::Buffers;
use super::{MOST_IN_A_CALL, Rest};
use crate::departures::Departures;

/// Receives.
#[derive(Debug)]
pub(in crate::real) struct Receiver {
    space: Vec<MaybeUninit<u8>>,
    buffers: Buffers,
}

impl Receiver {
    pub(in crate::real) fn new() -> Receiver {
        Receiver {
            space: vec![MaybeUninit::uninit(); LARGEST],
            buffers: Buffers::new(),
        }
    }

    /// Receives some of what has come; an error only if nothing has.
    pub(in crate::real) fn receive(
        &mut self,
        socket: &UdpSocket,
        mut take: impl FnMut(Bytes, SocketAddr),
    ) -> io::Result<Rest> {
        let socket = SockRef::from(socket);
        for taken in 0..MOST_IN_A_CALL {
            match socket.recv_from(&mut self.space) {
                Ok((len, source)) => {
                    // SAFETY: the system has filled in so many.
                    let octets = unsafe { self.space[..len].assume_init_ref() };
                    if let Some(source) = source.as_socket() {
                        take(self.buffers.keep(octets), source);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(Rest::Nothing);
                }
                Err(error) if taken == 0 => return Err(error),
                Err(_) => return Ok(Rest::Perhaps),
            }
        }
        Ok(Rest::Perhaps)
    }
}

/// Sends.
#[derive(Debug)]
pub(in crate::real) struct Sender;

impl Sender {
    pub(in crate::real) fn new() -> Sender {
        Sender
    }

    /// Sends all; gives how many the system has not taken.
    pub(in crate::real) fn send(&mut self, socket: &UdpSocket, departures: &Departures) -> u64 {
        let socket = SockRef::from(socket);
        let refused = |(target, bytes): &(SocketAddr, &[u8])| {
            socket.send_to(bytes, &(*target).into()).is_err()
        };
        departures.iter().filter(refused).count() as u64
    }
}

/// Nothing to be asked of a socket.
pub(in crate::real) fn accept_runs(_socket: &UdpSocket) {}

/// Largest UDP payload and a little more.
const LARGEST: usize = 65_536;
