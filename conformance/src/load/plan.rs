//! What a load is to be: how many calls, how fast, how long, between whom, and which share of it is ours.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a load is to be. Calls are numbered from 0; call number n begins n / rate seconds after the first.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Calls of all shares.
    pub calls: u32,
    /// Calls that begin in a second, of all shares.
    pub rate: f64,
    /// How long each call is talked, in seconds.
    pub seconds: u64,
    /// Speech codecs to offer, best first; empty leaves it to the phone.
    pub codecs: Vec<String>,
    /// Number of the first caller; call n has the nth after it.
    pub callers: u64,
    /// Who answers.
    pub called: Called,
    /// The one user as whom all callers register, in place of one each.
    pub trunk: Option<String>,
}

/// Who answers the calls.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Called {
    /// A phone of ours for each call: call n goes to the nth number after this.
    Phones(u64),
    /// Somebody else: all calls go to this number.
    Number(String),
}

/// One of several equal parts of a load, each made by a machine of its own.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "(u32, u32)", into = "(u32, u32)")]
pub struct Share {
    number: u32,
    of: u32,
}

impl Plan {
    /// The calls of a share, by number: those of all shares take turns.
    pub fn calls_of(&self, share: Share) -> impl Iterator<Item = u32> + use<> {
        (share.number - 1..self.calls).step_by(share.of as usize)
    }

    /// When a call begins, after the first of all.
    pub fn begin(&self, call: u32) -> Duration {
        Duration::from_secs_f64(f64::from(call) / self.rate)
    }

    /// The user who makes a call.
    pub fn caller(&self, call: u32) -> String {
        match &self.trunk {
            Some(user) => user.clone(),
            None => (self.callers + u64::from(call)).to_string(),
        }
    }

    /// The user of ours who answers a call, if one does.
    pub fn callee(&self, call: u32) -> Option<String> {
        match self.called {
            Called::Phones(first) => Some((first + u64::from(call)).to_string()),
            Called::Number(_) => None,
        }
    }

    /// The number that is dialled for a call.
    pub fn number(&self, call: u32) -> String {
        match &self.called {
            Called::Phones(first) => (first + u64::from(call)).to_string(),
            Called::Number(number) => number.clone(),
        }
    }

    /// Phones of ours that a call takes.
    pub fn phones_in_a_call(&self) -> u32 {
        match self.called {
            Called::Phones(_) => 2,
            Called::Number(_) => 1,
        }
    }
}

impl Share {
    /// The only one.
    pub const WHOLE: Share = Share { number: 1, of: 1 };

    /// Share `number` of `of`, counted from 1.
    pub fn new(number: u32, of: u32) -> Result<Share, String> {
        if (1..=of).contains(&number) {
            Ok(Share { number, of })
        } else {
            Err(format!("{number}/{of} is no share: write 1/3, 2/3 or 3/3"))
        }
    }

    /// Reads `2/3`.
    pub fn read(text: &str) -> Result<Share, String> {
        let parts = text.split_once('/');
        let numbers = parts.and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        let (number, of) = numbers.ok_or_else(|| format!("{text:?} is no share: write 1/3"))?;
        Share::new(number, of)
    }

    /// Which one, from 1.
    pub fn number(self) -> u32 {
        self.number
    }

    /// Of how many.
    pub fn of(self) -> u32 {
        self.of
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl TryFrom<(u32, u32)> for Share {
    type Error = String;

    fn try_from((number, of): (u32, u32)) -> Result<Share, String> {
        Share::new(number, of)
    }
}

impl From<Share> for (u32, u32) {
    fn from(share: Share) -> Self {
        (share.number, share.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_take_turns_and_leave_out_nobody() {
        let plan = Plan {
            calls: 11,
            rate: 4.0,
            seconds: 1,
            codecs: Vec::new(),
            callers: 1000,
            called: Called::Phones(2000),
            trunk: None,
        };
        let share = |number| plan.calls_of(Share::new(number, 3).expect("a share"));
        assert_eq!(share(2).collect::<Vec<_>>(), [1, 4, 7, 10]);
        let mut all: Vec<u32> = (1..=3).flat_map(share).collect();
        all.sort_unstable();
        assert_eq!(all, (0..11).collect::<Vec<_>>());
        assert_eq!(plan.begin(6), Duration::from_millis(1500));
        assert_eq!(
            (plan.caller(3), plan.number(3)),
            ("1003".to_owned(), "2003".to_owned())
        );
    }

    #[test]
    fn what_is_no_share_is_refused() {
        for text in ["", "1", "0/2", "3/2", "1/0", "a/b", "-1/2", "1/2/3"] {
            assert!(
                Share::read(text).is_err_and(|e| e.contains("no share")),
                "{text}"
            );
        }
        assert_eq!(
            Share::read("2/2").map(|share| share.to_string()),
            Ok("2/2".to_owned())
        );
    }
}
