//! The route to a controller: its name is asked about, its targets are tried one after the other (RFC 3263).

use std::collections::VecDeque;
use std::net::IpAddr;

use net::Entropy;
use sip::flow::Transport;
use sip::resolve::{Answer, Output, Question, Resolution, Target, Wanted};

use crate::settings::Controller;

/// What is to be done next on the way to a controller.
#[derive(Debug)]
pub(super) enum Next {
    /// Ask the name system.
    Ask(Question),
    /// Register here.
    Reach(Target),
    /// The name leads nowhere that this host can go.
    Nowhere,
}

/// The way to one controller.
#[derive(Debug)]
pub(super) struct Route {
    /// Transport where neither the controller's entry nor the name system says one.
    fallback: Transport,
    resolution: Option<Resolution>,
    /// Targets that are still to be tried.
    targets: VecDeque<Target>,
}

impl Route {
    pub(super) fn new(fallback: Transport) -> Self {
        Self {
            fallback,
            resolution: None,
            targets: VecDeque::new(),
        }
    }

    /// Begins to look for a controller; `can_go` says whether this host has an address towards another.
    pub(super) fn begin(
        &mut self,
        controller: &Controller,
        can_go: impl Fn(IpAddr) -> bool,
    ) -> Next {
        self.clear();
        self.resolution = Some(Resolution::new(Wanted {
            host: controller.host.clone(),
            port: controller.port,
            transport: controller.transport.sip(),
            fallback: self.fallback,
        }));
        self.follow(can_go)
    }

    /// The name system has answered; `None` when the answer is one to an earlier question.
    pub(super) fn handle(
        &mut self,
        question: &Question,
        answer: &Answer,
        entropy: &mut Entropy,
        can_go: impl Fn(IpAddr) -> bool,
    ) -> Option<Next> {
        let resolution = self.resolution.as_mut()?;
        if resolution.poll() != Output::Ask(question.clone()) {
            return None;
        }
        resolution.handle(answer, entropy);
        Some(self.follow(can_go))
    }

    /// The next target, after one that does not do.
    pub(super) fn next_target(&mut self) -> Option<Target> {
        self.targets.pop_front()
    }

    /// Forgets what was found: the name system is asked afresh the next time.
    pub(super) fn clear(&mut self) {
        self.resolution = None;
        self.targets.clear();
    }

    fn follow(&mut self, can_go: impl Fn(IpAddr) -> bool) -> Next {
        match self.resolution.as_ref().map(Resolution::poll) {
            Some(Output::Ask(question)) => Next::Ask(question),
            Some(Output::Found(targets)) => {
                self.resolution = None;
                let usable = targets
                    .into_iter()
                    .filter(|target| can_go(target.address.ip()));
                self.targets = usable.collect();
                self.next_target().map_or(Next::Nowhere, Next::Reach)
            }
            None => Next::Nowhere,
        }
    }
}
