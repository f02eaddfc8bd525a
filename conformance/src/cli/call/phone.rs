//! One call of a softphone without a screen, from login to goodbye.

use std::time::Duration;

use client::settings::Remark;
use client::{
    CallId, Command, EndReason, Event, LogIn, LoginError, Measurement, Recording, Softphone,
};
use sip::user_agent::RegistrationFailure;
use tokio::time::timeout;

use crate::cli::Trouble;
use crate::cli::place::stuck;

/// Time for a login: look-up, settings, registration.
const LOGIN_TIME: Duration = Duration::from_secs(40);
/// Time for the far side to answer.
const ANSWER_TIME: Duration = Duration::from_secs(120);
/// Time for a goodbye.
const GOODBYE_TIME: Duration = Duration::from_secs(40);

/// How a call came out.
pub(super) enum Ended {
    /// There was none; why.
    NoCall(String),
    /// There was one.
    Talked {
        /// What was heard.
        measurement: Option<Box<Measurement>>,
        /// Its samples.
        recording: Option<Recording>,
    },
}

/// A softphone, and whom it tells what it does.
pub(super) struct Phone<'a> {
    pub(super) softphone: Softphone,
    pub(super) say: &'a mut dyn FnMut(&str),
}

impl Phone<'_> {
    /// Logs in, calls, talks for some time, hangs up.
    pub(super) async fn call(
        &mut self,
        way: LogIn,
        (number, video): (&str, bool),
        time: Duration,
    ) -> Result<Ended, Trouble> {
        self.send(Command::LogIn(way)).await?;
        if let Some(why) = self.wait_for_login().await? {
            return Ok(Ended::NoCall(why));
        }
        self.send(Command::Call {
            number: number.to_owned(),
            video,
        })
        .await?;
        let call = match timeout(ANSWER_TIME, self.wait_for_answer()).await {
            Ok(Ok(Ok(call))) => call,
            Ok(Ok(Err(why))) => return Ok(Ended::NoCall(why)),
            Ok(Err(trouble)) => return Err(trouble),
            Err(_) => {
                return Ok(Ended::NoCall(format!(
                    "{number} does not answer within {} s",
                    ANSWER_TIME.as_secs()
                )));
            }
        };
        // The far side may hang up before the time is over.
        if let Ok(ended) = timeout(time, self.wait_for_end(call)).await {
            return ended;
        }
        self.send(Command::HangUp { call }).await?;
        timeout(GOODBYE_TIME, self.wait_for_end(call))
            .await
            .map_err(|_| stuck())?
    }

    /// Why there is no login; nothing if there is one.
    async fn wait_for_login(&mut self) -> Result<Option<String>, Trouble> {
        let waiting = async {
            let mut last = "nothing was heard from the registrar".to_owned();
            loop {
                let Some(event) = self.softphone.events.recv().await else {
                    return (Some("the phone ended".to_owned()), last);
                };
                match event {
                    Event::SettingsApplied { remarks, .. } => self.say_remarks(&remarks),
                    Event::LoggedIn {
                        controller,
                        expires_s,
                    } => {
                        (self.say)(&format!("logged in at {controller} for {expires_s} s"));
                        return (None, last);
                    }
                    Event::LoginFailed { error } => return (Some(in_words(&error)), last),
                    Event::LineTrouble {
                        controller,
                        failure,
                        status,
                        retry_in_s,
                    } => {
                        last = format!(
                            "{controller}: {failure:?}, status {}",
                            status.map_or_else(|| "none".to_owned(), |status| status.to_string())
                        );
                        // While there is somewhere else to try, it is tried at once.
                        if retry_in_s > 0 {
                            return (Some(last.clone()), last);
                        }
                    }
                    _ => {}
                }
            }
        };
        match timeout(LOGIN_TIME, waiting).await {
            Ok((why, _)) => Ok(why.map(|why| format!("no login: {why}"))),
            Err(_) => Ok(Some(format!(
                "no login within {} s; see that the registrar's address and port are right",
                LOGIN_TIME.as_secs()
            ))),
        }
    }

    /// Which settings were not followed: unused ones on one line, invalid ones with what was expected.
    fn say_remarks(&mut self, remarks: &[Remark]) {
        let mut unused = Vec::new();
        for remark in remarks {
            match remark {
                Remark::Unused { name } => unused.push(name.as_str()),
                Remark::Invalid { .. } => (self.say)(&format!("settings: {remark}")),
            }
        }
        if !unused.is_empty() {
            let names = unused.join(", ");
            (self.say)(&format!("settings: not used by this client: {names}"));
        }
    }

    /// The call, or why there is none.
    async fn wait_for_answer(&mut self) -> Result<Result<CallId, String>, Trouble> {
        loop {
            match self.event().await? {
                Event::Ringing { .. } => (self.say)("ringing"),
                Event::Talking { call, media } => {
                    let protection = media.suite.as_deref().unwrap_or("in the clear");
                    let picture = media.video.map(|codec| format!(", {codec}"));
                    (self.say)(&format!(
                        "talking: {}{} {protection}",
                        media.codec,
                        picture.unwrap_or_default()
                    ));
                    return Ok(Ok(call));
                }
                Event::Ended { reason, .. } => {
                    return Ok(Err(format!("no call: {}", spoken(&reason))));
                }
                Event::Refused { error, .. } => return Ok(Err(format!("no call: {error}"))),
                _ => {}
            }
        }
    }

    async fn wait_for_end(&mut self, wanted: CallId) -> Result<Ended, Trouble> {
        loop {
            if let Event::Ended {
                call,
                measurement,
                recording,
                ..
            } = self.event().await?
                && call == wanted
            {
                return Ok(Ended::Talked {
                    measurement,
                    recording,
                });
            }
        }
    }

    /// Logs out, so that the registrar keeps no binding of ours.
    pub(super) async fn leave(&mut self) {
        if self.send(Command::LogOut).await.is_err() {
            return;
        }
        let gone = async {
            while let Some(event) = self.softphone.events.recv().await {
                if matches!(
                    event,
                    Event::LoggedOut | Event::LoginFailed { .. } | Event::Refused { .. }
                ) {
                    return;
                }
            }
        };
        let _ = timeout(Duration::from_secs(5), gone).await;
    }

    async fn send(&mut self, command: Command) -> Result<(), Trouble> {
        self.softphone
            .commands
            .send(command)
            .await
            .map_err(|_| stuck())
    }

    async fn event(&mut self) -> Result<Event, Trouble> {
        self.softphone.events.recv().await.ok_or_else(stuck)
    }
}

fn in_words(error: &LoginError) -> String {
    match error {
        LoginError::Refused {
            controller,
            failure: RegistrationFailure::Authentication,
            ..
        } => {
            format!("{controller} refuses the user or the password")
        }
        other => other.to_string(),
    }
}

fn spoken(reason: &EndReason) -> String {
    match reason {
        EndReason::Rejected { status, text } => format!("refused with {status} {text}"),
        EndReason::Silence => "no answer at all".to_owned(),
        other => format!("{other:?}"),
    }
}
