//! The two sockets of an m-line: an even port and the next one, tried until a pair is free.

use std::net::{IpAddr, SocketAddr};

use net::FlowId;

use crate::desk::{Desk, FlowUse, MediaFlow};

/// The pair, or the attempt to get one.
#[derive(Debug)]
pub(super) struct Sockets {
    /// What the even one is for.
    purpose: MediaFlow,
    address: IpAddr,
    port: u16,
    rtp: Socket,
    rtcp: Socket,
    attempts: u8,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Socket {
    Opening,
    Open(FlowId),
    Failed,
}

/// Pairs that are tried before giving up; ours. On a machine shared with other programs some ports may be taken.
const ATTEMPTS_MAX: u8 = 32;

impl Sockets {
    /// Asks for a pair; `None` when the range is exhausted.
    pub(super) fn open(purpose: MediaFlow, address: IpAddr, desk: &mut Desk) -> Option<Self> {
        let port = desk.ports.take()?;
        let sockets = Self {
            purpose,
            address,
            port,
            rtp: Socket::Opening,
            rtcp: Socket::Opening,
            attempts: 0,
        };
        sockets.bind(desk);
        Some(sockets)
    }

    /// A socket is bound.
    pub(super) fn handle_bound(
        &mut self,
        flow: FlowId,
        is_rtp: bool,
        desk: &mut Desk,
    ) -> Result<(), ()> {
        *(if is_rtp {
            &mut self.rtp
        } else {
            &mut self.rtcp
        }) = Socket::Open(flow);
        self.retry(desk)
    }

    /// A socket could not be bound: the next pair is tried. `Err` when there is none.
    pub(super) fn handle_failed(&mut self, is_rtp: bool, desk: &mut Desk) -> Result<(), ()> {
        *(if is_rtp {
            &mut self.rtp
        } else {
            &mut self.rtcp
        }) = Socket::Failed;
        self.retry(desk)
    }

    /// Both sockets, once they are open.
    pub(super) fn flows(&self) -> Option<(FlowId, FlowId)> {
        match (self.rtp, self.rtcp) {
            (Socket::Open(rtp), Socket::Open(rtcp)) => Some((rtp, rtcp)),
            _ => None,
        }
    }

    /// Where we receive RTP.
    pub(super) fn local(&self) -> SocketAddr {
        SocketAddr::new(self.address, self.port)
    }

    /// Gives ports and sockets back.
    pub(super) fn close(self, desk: &mut Desk) {
        for socket in [self.rtp, self.rtcp] {
            if let Socket::Open(flow) = socket {
                desk.close(flow);
            }
        }
        desk.ports.give_back(self.port);
    }

    fn retry(&mut self, desk: &mut Desk) -> Result<(), ()> {
        let pair = [self.rtp, self.rtcp];
        if pair.contains(&Socket::Opening) || !pair.contains(&Socket::Failed) {
            return Ok(());
        }
        for socket in pair {
            if let Socket::Open(flow) = socket {
                desk.close(flow);
            }
        }
        (self.rtp, self.rtcp) = (Socket::Failed, Socket::Failed);
        self.attempts += 1;
        let next = desk
            .ports
            .take()
            .filter(|_| self.attempts < ATTEMPTS_MAX)
            .ok_or(())?;
        // Given back only now, or it would be the next one.
        desk.ports
            .give_back(std::mem::replace(&mut self.port, next));
        (self.rtp, self.rtcp) = (Socket::Opening, Socket::Opening);
        self.bind(desk);
        Ok(())
    }

    fn bind(&self, desk: &mut Desk) {
        desk.bind(
            SocketAddr::new(self.address, self.port),
            FlowUse::Media(self.purpose),
        );
        desk.bind(
            SocketAddr::new(self.address, self.port + 1),
            FlowUse::Media(self.purpose.rtcp()),
        );
    }
}
