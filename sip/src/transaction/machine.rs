//! One of the four machines behind one set of inputs.

use std::time::Duration;

use super::Action;
use super::client::{self, Client};
use super::invite_client::{self, InviteClient};
use super::invite_server::{self, InviteServer};
use super::server::{self, Server};
use crate::message::Method;

/// The machine of one transaction.
#[derive(Clone, Debug)]
pub(super) enum Machine {
    InviteClient(InviteClient),
    Client(Client),
    InviteServer(InviteServer),
    Server(Server),
}

/// What may happen to any transaction; not every machine has a use for each.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Input {
    /// A response with this status arrived.
    Response(u16),
    /// The request came again.
    Repeat,
    /// An ACK with this transaction's branch came.
    Ack,
    /// The user answers with this status.
    Respond(u16),
    /// The deadline has come.
    Timeout,
    /// What carries the messages is gone.
    Lost,
    /// The session gives up waiting for the end of a cancelled call.
    Abandon,
}

impl Machine {
    /// The machine of a request that has just been sent.
    pub(super) fn client(now: Duration, method: &Method, reliable: bool) -> Self {
        if *method == Method::Invite {
            Self::InviteClient(InviteClient::new(now, reliable))
        } else {
            Self::Client(Client::new(now, reliable))
        }
    }

    /// The machine of a request that has just arrived.
    pub(super) fn server(now: Duration, method: &Method, reliable: bool) -> Self {
        if *method == Method::Invite {
            Self::InviteServer(InviteServer::new(now, reliable))
        } else {
            Self::Server(Server::new(now, reliable))
        }
    }

    pub(super) fn handle(&mut self, now: Duration, input: Input) -> Action {
        match self {
            Self::InviteClient(machine) => {
                let input = match input {
                    Input::Response(status) => invite_client::Input::Response(status),
                    Input::Timeout => invite_client::Input::Timeout,
                    Input::Lost => invite_client::Input::Lost,
                    Input::Abandon => invite_client::Input::Abandon,
                    Input::Repeat | Input::Ack | Input::Respond(_) => return Action::Nothing,
                };
                machine.handle(now, input)
            }
            Self::Client(machine) => {
                let input = match input {
                    Input::Response(status) => client::Input::Response(status),
                    Input::Timeout => client::Input::Timeout,
                    Input::Lost => client::Input::Lost,
                    Input::Repeat | Input::Ack | Input::Respond(_) | Input::Abandon => {
                        return Action::Nothing;
                    }
                };
                machine.handle(now, input)
            }
            Self::InviteServer(machine) => {
                let input = match input {
                    Input::Repeat => invite_server::Input::Invite,
                    Input::Ack => invite_server::Input::Ack,
                    Input::Respond(status) => invite_server::Input::Respond(status),
                    Input::Timeout => invite_server::Input::Timeout,
                    Input::Lost => invite_server::Input::Lost,
                    Input::Response(_) | Input::Abandon => return Action::Nothing,
                };
                machine.handle(now, input)
            }
            Self::Server(machine) => {
                let input = match input {
                    Input::Repeat => server::Input::Request,
                    Input::Respond(status) => server::Input::Respond(status),
                    Input::Timeout => server::Input::Timeout,
                    Input::Lost => server::Input::Lost,
                    Input::Response(_) | Input::Ack | Input::Abandon => return Action::Nothing,
                };
                machine.handle(now, input)
            }
        }
    }

    /// Whether it is a request of ours that nothing was heard of yet.
    pub(super) fn is_unheard(&self) -> bool {
        match self {
            Self::InviteClient(machine) => machine.state() == invite_client::State::Calling,
            Self::Client(machine) => machine.state() == client::State::Trying,
            Self::InviteServer(_) | Self::Server(_) => false,
        }
    }

    /// Whether the transaction can be forgotten.
    pub(super) fn is_over(&self) -> bool {
        match self {
            Self::InviteClient(machine) => machine.state() == invite_client::State::Terminated,
            Self::Client(machine) => machine.state() == client::State::Terminated,
            Self::InviteServer(machine) => machine.state() == invite_server::State::Terminated,
            Self::Server(machine) => machine.state() == server::State::Terminated,
        }
    }

    /// When `Input::Timeout` is wanted.
    pub(super) fn deadline(&self) -> Option<Duration> {
        match self {
            Self::InviteClient(machine) => machine.deadline(),
            Self::Client(machine) => machine.deadline(),
            Self::InviteServer(machine) => machine.deadline(),
            Self::Server(machine) => machine.deadline(),
        }
    }
}
