//! How good is what is heard in place of lost packets? P.862 (PESQ, narrow-band) of concealment by the play-out buffer, beside
//! repeating the last packet and beside silence, on speech drawn from seeds.
//!
//! ```console
//! $ cargo run --release -p media --example plc_quality -- 5 1
//! ```
//!
//! The first number is that of the seeds, the second the first of them; each seed is said by four talkers for 8 s, in G.711
//! packets of 20 ms, on a line that has been losing packets for 10 s. Scores are means over all talkers and seeds. All
//! methods run in the same play-out buffer, which a line makes wait for so long: one packet of ten, drawn, comes so much later
//! than the others. What it waits longer because of losses it does for ours only. Repetition is tried as it is, with
//! a gain of 0.8 once, and with one of 0.8 for each packet; the best of the three is what ours is held against. `bound` is ours if
//! the first packet of each gap had come, which no concealment can know. Exit status 1 if the
//! gain falls below what it was by all seeds that were tried.

mod trial;

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use media::Talker;
use trial::{LOSSES, Loss, Scores, score};

/// How much later one packet of ten comes, ms.
const UNEVEN_MS: [u64; 3] = [0, 20, 60];

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let (Ok(seeds), Ok(first)) = (
        numbers.next().unwrap_or(Ok(5)),
        numbers.next().unwrap_or(Ok(1)),
    ) else {
        eprintln!("expected the number of seeds and the first of them, both whole numbers");
        return ExitCode::from(2);
    };
    let mut table = String::from(
        "| loss | uneven | unharmed | silence | repeated | at 0.8 | fading | ours | bound | gain | wanted |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    let mut is_worse = false;
    for (loss, uneven_ms) in LOSSES
        .iter()
        .flat_map(|&loss| UNEVEN_MS.map(|uneven_ms| (loss, uneven_ms)))
    {
        let mut sum = Scores::default();
        for seed in first..first + seeds {
            for talker in Talker::ALL {
                score(&mut sum, loss, uneven_ms, talker, seed);
            }
        }
        row(&mut table, loss, uneven_ms, &sum);
        // What is no number is worse too: nothing could be scored.
        is_worse |= sum.gain().is_nan() || sum.gain() < loss.floor;
    }
    // A closed pipe is no fault of what was measured.
    let _ = std::io::stdout().write_all(table.as_bytes());
    ExitCode::from(u8::from(is_worse))
}

fn row(table: &mut String, loss: Loss, uneven_ms: u64, sum: &Scores) {
    let [silence, plain, softer, fading, ours] = sum.by_method.map(|of| sum.mean(of));
    let _ = writeln!(
        table,
        "| {} | {uneven_ms} ms | {:.3} | {silence:.3} | {plain:.3} | {softer:.3} | {fading:.3} | {ours:.3} | {:.3} | {:+.3} | {:+.1} |",
        loss.name,
        sum.mean(sum.unharmed),
        sum.mean(sum.bound),
        sum.gain(),
        loss.wanted,
    );
}
