//! What a client has told, with its times, and which calls follow from it.

use std::collections::BTreeMap;
use std::time::Duration;

use client::{CallId, Event, Measurement, Recording, meeting};

/// Events told at most of one that was expected and did not come.
const LAST_WORDS: usize = 4;

/// What a client has told.
#[derive(Debug, Default)]
pub(super) struct Diary {
    events: Vec<(Duration, Event)>,
    calls: BTreeMap<CallId, Call>,
    call_time: Duration,
}

/// What was shown of the quality of a call or a meeting.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) at: Duration,
    pub(super) in_meeting: bool,
    pub(super) measurement: Box<Measurement>,
}

impl Shown {
    /// Of a meeting; of its pictures the line with the own camera.
    fn of_meeting(at: Duration, shown: &meeting::Measurement) -> Self {
        let own = shown.video.first();
        Self {
            at,
            in_meeting: true,
            measurement: Box::new(Measurement {
                heard: shown.heard.clone(),
                statistics: shown.statistics.clone(),
                video: own.map(|line| line.statistics.clone()),
                fidelity: None,
            }),
        }
    }
}

/// A call as its user sees it.
#[derive(Clone, Copy, Debug, Default)]
struct Call {
    is_ringing: bool,
    is_held: bool,
    /// Since when it stands.
    stands: Option<Duration>,
    is_over: bool,
}

impl Diary {
    /// One more event.
    pub(super) fn write(&mut self, now: Duration, event: Event) {
        if let Some((id, change)) = change(&event) {
            let call = self.calls.entry(id).or_default();
            match change {
                Change::Rings => call.is_ringing = true,
                Change::Begins => {}
                Change::Stands => {
                    call.is_ringing = false;
                    call.stands.get_or_insert(now);
                }
                Change::Held => call.is_held = true,
                Change::Retrieved => call.is_held = false,
                Change::Over => end(call, now, &mut self.call_time),
            }
        }
        self.events.push((now, event));
    }

    /// The client is gone, and its calls with it.
    pub(super) fn close(&mut self, now: Duration) {
        for call in self.calls.values_mut() {
            end(call, now, &mut self.call_time);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    /// The first event from that place on that fits, and its place.
    pub(super) fn find(
        &self,
        from: usize,
        fits: &impl Fn(&Event) -> bool,
    ) -> Option<(usize, Event)> {
        let mut rest = self.events.iter().enumerate().skip(from);
        rest.find(|(_, (_, event))| fits(event))
            .map(|(place, (_, event))| (place, event.clone()))
    }

    /// What came in place of what was expected.
    pub(super) fn last_words(&self, from: usize) -> String {
        let told: Vec<String> = self
            .events
            .iter()
            .skip(from)
            .filter(|(_, event)| !matches!(event, Event::Measured { .. }))
            .map(|(at, event)| format!("{:.3} s {}", at.as_secs_f64(), short(event)))
            .collect();
        match told.len() {
            0 => "nothing since".to_owned(),
            count => told[count.saturating_sub(LAST_WORDS)..].join(", "),
        }
    }

    /// Time of all calls that stood, summed.
    pub(super) fn call_time(&self) -> Duration {
        self.call_time
    }

    /// What was shown of the quality of calls and of meetings, and when.
    pub(super) fn shown(&self) -> impl Iterator<Item = Shown> {
        self.events.iter().filter_map(|(at, event)| match event {
            Event::Measured { measurement, .. }
            | Event::Ended {
                measurement: Some(measurement),
                ..
            } => Some(Shown {
                at: *at,
                in_meeting: false,
                measurement: measurement.clone(),
            }),
            Event::Meeting(
                meeting::Event::Measured(measurement)
                | meeting::Event::Left {
                    measurement: Some(measurement),
                    ..
                },
            ) => Some(Shown::of_meeting(*at, measurement)),
            _ => None,
        })
    }

    /// What was said and heard in calls that are over.
    pub(super) fn recordings(&self) -> Vec<Recording> {
        let recording = |(_, event): &(Duration, Event)| match event {
            Event::Ended { recording, .. } => recording.clone(),
            _ => None,
        };
        self.events.iter().filter_map(recording).collect()
    }

    /// The call that came in last and still rings.
    pub(super) fn ringing(&self) -> Option<CallId> {
        self.calls
            .iter()
            .rev()
            .find(|(_, call)| call.is_ringing && !call.is_over)
            .map(|(id, _)| *id)
    }

    /// The call held last.
    pub(super) fn held(&self) -> Option<CallId> {
        self.calls
            .iter()
            .rev()
            .find(|(_, call)| call.is_held && !call.is_over)
            .map(|(id, _)| *id)
    }

    /// The call that stands and is not held, else the newest that is not over.
    pub(super) fn in_hand(&self) -> Option<CallId> {
        let mut open = self.calls.iter().rev().filter(|(_, call)| !call.is_over);
        let newest = open.clone().next();
        let active = open.find(|(_, call)| call.stands.is_some() && !call.is_held);
        active.or(newest).map(|(id, _)| *id)
    }

    /// Calls that stand and are not held by us.
    pub(super) fn active(&self) -> usize {
        self.calls
            .values()
            .filter(|call| call.stands.is_some() && !call.is_held && !call.is_over)
            .count()
    }

    /// Calls that are not over.
    pub(super) fn open(&self) -> usize {
        self.calls.values().filter(|call| !call.is_over).count()
    }
}

fn end(call: &mut Call, now: Duration, call_time: &mut Duration) {
    if !call.is_over
        && let Some(since) = call.stands
    {
        *call_time += now.saturating_sub(since);
    }
    call.is_over = true;
}

enum Change {
    Rings,
    Begins,
    Stands,
    Held,
    Retrieved,
    Over,
}

fn change(event: &Event) -> Option<(CallId, Change)> {
    Some(match event {
        Event::IncomingCall { call, .. } => (*call, Change::Rings),
        Event::Calling { call, .. } => (*call, Change::Begins),
        Event::Talking { call, .. } => (*call, Change::Stands),
        Event::Held { call } => (*call, Change::Held),
        Event::Retrieved { call } => (*call, Change::Retrieved),
        Event::Ended { call, .. } => (*call, Change::Over),
        _ => return None,
    })
}

/// An event in few words.
fn short(event: &Event) -> String {
    let text = format!("{event:?}");
    match text.char_indices().nth(160) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
