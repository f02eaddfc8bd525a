//! Phones that ring: Alice has called Bob, and each of Bob's devices rings, refuses, or is heard no more.

use sim_ipoffice::Config;
use sip::event::SessionId;
use sip::user_agent::{Reply, Transport};

use crate::town::Town;

impl Town {
    /// Alice (201) has called 202, who has devices with these names. Gives her phone, her call, and his devices.
    pub(crate) fn calling<const N: usize>(
        config: Config,
        devices: [&str; N],
    ) -> (Town, usize, SessionId, [usize; N]) {
        let mut town = Town::new(config);
        let alice = town.registered("201", "Deskphone/1", Transport::Udp);
        let bobs = devices.map(|device| town.registered("202", device, Transport::Udp));
        let offer = town.offer(alice);
        let call = town.call(alice, "202", Some(offer));
        town.run(100);
        (town, alice, call, bobs)
    }

    /// A device says that it rings.
    pub(crate) fn ring(&mut self, phone: usize) {
        let session = self.ringing(phone).expect("the phone rings");
        self.act(phone, |now, agent| {
            agent.progress(now, session, Reply::new(180))
        })
        .unwrap();
        self.run(100);
    }

    /// A device refuses.
    pub(crate) fn reject(&mut self, phone: usize, status: u16) {
        let session = self.ringing(phone).expect("the phone rings");
        self.act(phone, |now, agent| {
            agent.reject(now, session, Reply::new(status))
        })
        .unwrap();
        self.run(1_000);
    }

    /// Nothing is left of any call.
    pub(crate) fn settles(&mut self) {
        self.run(120_000);
        assert!(self.office.is_idle(), "{:?}", self.office);
        assert_eq!(self.media_sockets(), []);
    }
}
