//! What the server says in a meeting, and what follows from it.

use super::{Session, Step, over};
use crate::meeting::channel::{PictureLine, Said};
use crate::meeting::{Event, LeaveReason, SETUP_TIME, Trouble};

impl<E: From<Event> + Send + 'static> Session<E> {
    pub(super) async fn on_said(&mut self, said: Said) -> Step {
        match said {
            Said::Joined {
                participant,
                title,
                role,
                waiting,
            } => {
                self.tell(Event::Joined {
                    participant,
                    title,
                    role,
                    waiting,
                })
                .await;
                if waiting {
                    self.setup_deadline = None;
                } else {
                    self.offer().await?;
                }
            }
            Said::Roster {
                participants,
                locked,
                recording,
            } => {
                self.tell(Event::Roster {
                    participants,
                    locked,
                    recording,
                })
                .await;
                // Only those who are in are told who else is.
                if self.waiting {
                    self.setup_deadline = Some(self.host.now() + SETUP_TIME);
                    self.offer().await?;
                }
            }
            Said::Answer { sdp } => return self.on_answer(&sdp),
            Said::Pictures { lines } => self.on_pictures(lines).await,
            Said::Refused { request, code } if matches!(request.as_str(), "join" | "offer") => {
                return over(Trouble::Refused { code });
            }
            Said::Refused { request, code } => self.tell(Event::Refused { request, code }).await,
            Said::Left { reason } => {
                return Step::Break(match reason.as_str() {
                    "dropped" => LeaveReason::Dropped,
                    "ended" => LeaveReason::Ended,
                    _ => LeaveReason::Local,
                });
            }
            Said::Unknown => {}
        }
        Step::Continue(())
    }

    async fn on_pictures(&mut self, lines: Vec<PictureLine>) {
        if let Some(pictures) = &mut self.pictures {
            pictures.show(&lines);
        }
        self.lines.clone_from(&lines);
        self.tell(Event::Shown { lines }).await;
    }

    fn on_answer(&mut self, sdp: &str) -> Step {
        let now = self.host.now();
        let taken = self.peer.as_mut().map(|peer| peer.set_answer(now, sdp));
        if matches!(taken, Some(Ok(()))) {
            return Step::Continue(());
        }
        over(Trouble::Malformed {
            expected: "an answer to our offer",
        })
    }
}
