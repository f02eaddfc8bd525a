//! The buffer's decisions on fixed traces of loss and delay, as a person reads them.

use std::fmt::Write as _;
use std::time::Duration;

use super::line::{FRAME, Line, Moment, ms};
use crate::jitter::{Played, PlayoutStatistics};

/// A line for each run of frames of one kind under one target, with what was counted in it.
fn log(moments: &[Moment]) -> String {
    let mut text = String::new();
    let mut before = PlayoutStatistics::default();
    let mut first = 0;
    for (number, moment) in moments.iter().enumerate() {
        let goes_on = |next: &Moment| next.played == moment.played && next.target == moment.target;
        if moments.get(number + 1).is_some_and(goes_on) {
            continue;
        }
        let _ = writeln!(
            text,
            "{:>5} ms +{:<3} {}; target {} ms, {} wait",
            (FRAME * first as u32).as_millis(),
            number + 1 - first,
            decisions(&before, moment),
            moment.target.as_millis(),
            moment.waiting,
        );
        (first, before) = (number + 1, moment.statistics);
    }
    text
}

fn decisions(before: &PlayoutStatistics, last: &Moment) -> String {
    let gained = |count: fn(&PlayoutStatistics) -> u64| count(&last.statistics) - count(before);
    let mut what = String::from(match last.played {
        Played::Waiting => "waits",
        Played::Normal => "plays",
        Played::Comfort => "is silent",
        Played::Concealed => "conceals",
    });
    let mut note = |count: u64, word: &str| {
        if count > 0 {
            let _ = write!(what, ", {count} {word}");
        }
    };
    note(
        gained(|all| all.removed_samples_for_acceleration),
        "samples less",
    );
    note(
        gained(|all| all.inserted_samples_for_deceleration),
        "samples more",
    );
    note(gained(|all| all.packets_missed), "missed");
    note(gained(|all| all.packets_discarded), "too late");
    note(gained(|all| all.buffer_flushes), "flushed");
    what
}

/// Delays of packets in ms, `-` for one that is lost, `x n` for the last n times; then 30 ms for ever.
fn path(trace: &'static str) -> impl FnMut(u64) -> Option<Duration> {
    let mut all: Vec<Option<Duration>> = Vec::new();
    for word in trace.split_whitespace() {
        match word.strip_prefix('x') {
            Some(times) => {
                let last = *all.last().expect("something to repeat");
                all.extend(std::iter::repeat_n(
                    last,
                    times.parse::<usize>().unwrap() - 1,
                ));
            }
            None => all.push(word.parse().map_or(None, ms)),
        }
    }
    move |number| all.get(number as usize).copied().unwrap_or(ms(30))
}

#[test]
fn single_losses_and_bursts() {
    let trace =
        "30 x10 - 30 x10 - - - 30 x5 - 30 - 30 x10 - - - - - - - - - - - - - - - - - - - - 30 x20";
    insta::assert_snapshot!(log(&Line::new().run(90, &mut path(trace))));
}

#[test]
fn a_packet_that_comes_too_late_and_packets_out_of_order() {
    let trace = "30 x20 75 30 x20 130 30 x20 55 30 55 30 55 30 x30";
    insta::assert_snapshot!(log(&Line::new().run(110, &mut path(trace))));
}

#[test]
fn a_step_of_the_delay_up_and_down() {
    let trace = "30 x50 130 x600 30 x400";
    insta::assert_snapshot!(log(&Line::new().run(1_000, &mut path(trace))));
}

#[test]
fn a_queue_that_builds_up_and_drains() {
    let trace = "30 x50 34 38 42 46 50 54 58 62 66 70 74 78 82 86 90 94 98 102 106 110 110 x30 \
        100 90 80 70 60 50 40 30 x400";
    insta::assert_snapshot!(log(&Line::new().run(500, &mut path(trace))));
}
