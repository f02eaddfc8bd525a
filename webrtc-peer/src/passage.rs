//! An interceptor of `rtc` that holds nothing back: what passes may be changed on its way in, and put in order on its way out.

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::time::Instant;

use rtc::interceptor::{Interceptor, StreamInfo, TaggedPacket};
use rtc::sansio::Protocol;
use rtc::shared::error::Error;

/// What is done to packets that pass; by itself nothing.
pub(crate) trait Passage {
    /// Puts a packet from the network, or what becomes of it, behind those that wait for the application.
    fn inbound(packet: TaggedPacket, waiting: &mut VecDeque<TaggedPacket>) {
        waiting.push_back(packet);
    }

    /// Puts in order what goes to the network at one time.
    fn outbound(_waiting: &mut VecDeque<TaggedPacket>) {}
}

/// The interceptor that does so.
pub(crate) struct Passing<P> {
    inbound: VecDeque<TaggedPacket>,
    /// All that came at one time before anything is taken: a chain hands over everything of the interceptor before.
    outbound: VecDeque<TaggedPacket>,
    is_in_order: bool,
    passage: PhantomData<fn() -> P>,
}

impl<P> Passing<P> {
    pub(crate) fn new() -> Passing<P> {
        Passing {
            inbound: VecDeque::new(),
            outbound: VecDeque::new(),
            is_in_order: true,
            passage: PhantomData,
        }
    }
}

impl<P: Passage> Protocol<TaggedPacket, TaggedPacket, ()> for Passing<P> {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        P::inbound(packet, &mut self.inbound);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.inbound.pop_front()
    }

    fn handle_write(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        self.outbound.push_back(packet);
        self.is_in_order = self.outbound.len() == 1;
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        if !self.is_in_order {
            P::outbound(&mut self.outbound);
            self.is_in_order = true;
        }
        self.outbound.pop_front()
    }

    fn handle_timeout(&mut self, _now: Instant) -> Result<(), Error> {
        Ok(())
    }

    fn poll_timeout(&mut self) -> Option<Instant> {
        None
    }
}

impl<P: Passage + 'static> Interceptor for Passing<P> {
    fn bind_local_stream(&mut self, _info: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _info: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _info: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _info: &StreamInfo) {}
}
