//! One phone of the load: registers, makes or takes its call, tells what it was like, and leaves.

use std::time::Duration;

use client::{CallId, Command, EndReason, Event, LogIn, Softphone};
use net::Host;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::notice::{Failure, Notice};

/// A phone, and whom it tells.
pub(super) struct Phone {
    pub(super) softphone: Softphone,
    pub(super) notices: mpsc::Sender<Notice>,
}

impl Phone {
    /// Registers, and tells how it went; whether it did.
    pub(super) async fn log_in(&mut self, login: LogIn) -> bool {
        let result = match timeout(LOGIN_TIME, self.registration(login)).await {
            Ok(result) => result,
            Err(_) => Err(Failure::NoRegistrar),
        };
        let is_in = result.is_ok();
        self.tell(Notice::Registered(result)).await;
        is_in
    }

    async fn registration(&mut self, login: LogIn) -> Result<(), Failure> {
        self.ask(Command::LogIn(login)).await?;
        loop {
            match self.event().await? {
                Event::LoggedIn { .. } => return Ok(()),
                Event::LoginFailed {
                    error:
                        client::LoginError::Refused {
                            failure, status, ..
                        },
                } => return Err(Failure::of_login(failure, status)),
                Event::LoginFailed { .. } => return Err(Failure::NoConnection),
                // While there is somewhere else to try, it is tried at once.
                Event::LineTrouble {
                    failure,
                    status,
                    retry_in_s: 1..,
                    ..
                } => return Err(Failure::of_login(failure, status)),
                _ => {}
            }
        }
    }

    /// Calls, talks, hangs up, and tells all of it. `time` is how long to talk.
    pub(super) async fn call(&mut self, host: &Host, number: String, time: Duration) {
        self.tell(Notice::Begun).await;
        let result = self.make(host, number, time).await;
        self.tell(Notice::Over(result)).await;
    }

    async fn make(&mut self, host: &Host, number: String, time: Duration) -> Result<(), Failure> {
        let begun = host.now();
        let video = false;
        self.ask(Command::Call { number, video }).await?;
        let answer = timeout(ANSWER_TIME, self.answer(host, begun)).await;
        let call = answer.map_err(|_| Failure::NoAnswer)??;
        if let Ok(ended) = timeout(time, self.end(call)).await {
            let (reason, _) = ended?;
            return Err(Failure::of_end(&reason, true));
        }
        self.ask(Command::HangUp { call }).await?;
        let ended = timeout(GOODBYE_TIME, self.end(call)).await;
        let (_, was_heard) = ended.map_err(|_| Failure::Stopped)??;
        was_heard.then_some(()).ok_or(Failure::Silent)
    }

    /// Waits until the far side answers.
    async fn answer(&mut self, host: &Host, begun: Duration) -> Result<CallId, Failure> {
        let mut has_rung = false;
        loop {
            let event = self.event().await?;
            let after = host.now().saturating_sub(begun);
            match event {
                Event::Ringing { .. } if !has_rung => {
                    has_rung = true;
                    self.tell(Notice::Ringing(after)).await;
                }
                Event::Talking { call, .. } => {
                    self.tell(Notice::Answered(after)).await;
                    return Ok(call);
                }
                Event::Ended { reason, .. } => return Err(Failure::of_end(&reason, false)),
                Event::Refused { error, .. } => return Err(Failure::NotBegun(error)),
                _ => {}
            }
        }
    }

    /// Takes one call and stays in it until the caller hangs up.
    pub(super) async fn take_call(&mut self) -> Result<(), Failure> {
        loop {
            if let Event::IncomingCall { call, .. } = self.event().await? {
                let video = false;
                self.ask(Command::Answer { call, video }).await?;
                self.end(call).await?;
                return Ok(());
            }
        }
    }

    /// Waits for the end of a call; tells what was heard, and gives why it ended and whether anything was heard.
    async fn end(&mut self, wanted: CallId) -> Result<(EndReason, bool), Failure> {
        loop {
            if let Event::Ended {
                call,
                reason,
                measurement,
                ..
            } = self.event().await?
                && call == wanted
            {
                let received = measurement
                    .as_ref()
                    .and_then(|heard| heard.statistics.received);
                if let Some(measurement) = measurement {
                    self.tell(Notice::Heard(measurement)).await;
                }
                return Ok((reason, received.is_some_and(|heard| heard.received > 0)));
            }
        }
    }

    /// Leaves, so that the registrar keeps no binding of ours.
    pub(super) async fn leave(self) {
        drop(self.softphone.commands);
        drop(self.softphone.events);
        let _ = timeout(GOODBYE_TIME, self.softphone.task.join()).await;
    }

    async fn ask(&self, command: Command) -> Result<(), Failure> {
        let sent = self.softphone.commands.send(command).await;
        sent.map_err(|_| Failure::Stopped)
    }

    async fn event(&mut self) -> Result<Event, Failure> {
        self.softphone.events.recv().await.ok_or(Failure::Stopped)
    }

    async fn tell(&self, notice: Notice) {
        // Nobody counts any more once the load has been given up.
        let _ = self.notices.send(notice).await;
    }
}

/// Time for a registration; our phone itself gives up a silent registrar after 32 s (RFC 3261 §17.1.2.2, timer F).
const LOGIN_TIME: Duration = Duration::from_secs(40);
/// Time for the far side to answer.
const ANSWER_TIME: Duration = Duration::from_secs(60);
/// Time for a goodbye to be answered (timer F again).
const GOODBYE_TIME: Duration = Duration::from_secs(40);
