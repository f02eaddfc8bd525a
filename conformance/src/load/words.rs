//! Results of a load in words, a line each.

use super::plan::Called;
use super::results::Results;
use super::spread::Spread;

impl Results {
    /// The results for a reader.
    pub fn lines(&self) -> Vec<String> {
        let (plan, tally, sound) = (&self.plan, &self.tally, &self.tally.sound);
        let codecs = match &plan.codecs[..] {
            [] => String::new(),
            codecs => format!(", {}", codecs.join(" or ")),
        };
        let called = match &plan.called {
            Called::Phones(_) => "both ends ours".to_owned(),
            Called::Number(number) => format!("answered by {number}"),
        };
        let mut lines = vec![
            format!(
                "load       {} calls, {} a second, {} s each{codecs}, {called}, at {}",
                plan.calls, plan.rate, plan.seconds, self.target
            ),
            format!(
                "calls      {} begun, {} answered, {} held to the end",
                tally.calls, tally.answered, tally.held
            ),
            format!("set-up     {}", times(&tally.set_up_us)),
            format!("ringing    {}", times(&tally.ringing_us)),
            format!(
                "loss       {} of {} packets ({:.4} %), {} missed at play-out; worst stream {:.2} %",
                sound.packets_lost,
                sound.packets_expected,
                percent(sound.packets_lost, sound.packets_expected),
                sound.packets_missed,
                sound.loss_ppm.most() as f64 / 1e4
            ),
            format!("jitter     {}", times(&sound.jitter_us)),
            format!("round trip {}", times(&sound.round_trip_us)),
            format!("MOS        {}", scores(&sound.mos_hundredths)),
        ];
        lines.extend(self.parts.iter().map(|part| {
            let server = part
                .server_cpu_seconds
                .map(|seconds| format!(", of the server {seconds:.2} s ({})", each(seconds, self)));
            format!(
                "share {}  {:.1} s, {:.0} packets/s, CPU time of the phones {:.2} s ({}){}",
                part.share,
                part.seconds,
                part.packets_per_second,
                part.cpu_seconds,
                each(part.cpu_seconds, self),
                server.unwrap_or_default()
            )
        }));
        for (failure, count) in &tally.failures {
            lines.push(format!("failed     {count} x {failure}"));
        }
        for number in self.missing() {
            lines.push(format!("missing    share {number}"));
        }
        lines
    }
}

/// Processor time for a second of one call, where one machine made all of it.
fn each(cpu_seconds: f64, results: &Results) -> String {
    let call_seconds = results.tally.held * results.plan.seconds;
    if results.parts.len() > 1 || call_seconds == 0 {
        return "all of its share".to_owned();
    }
    let each_us = cpu_seconds * 1e6 / call_seconds as f64;
    format!(
        "{each_us:.0} µs a call-second, {:.0} calls a core",
        1e6 / each_us
    )
}

fn times(spread: &Spread) -> String {
    if spread.count() == 0 {
        return "-".to_owned();
    }
    let ms = |us: u64| us as f64 / 1e3;
    let [p50, p90, p99] = [0.5, 0.9, 0.99].map(|share| ms(spread.quantile(share)));
    let most = ms(spread.most());
    format!("p50 {p50:.2} ms, p90 {p90:.2} ms, p99 {p99:.2} ms, max {most:.2} ms")
}

fn scores(spread: &Spread) -> String {
    if spread.count() == 0 {
        return "-".to_owned();
    }
    let mos = |hundredths: u64| hundredths as f64 / 1e2;
    let [p1, p10, p50] = [0.01, 0.1, 0.5].map(|share| mos(spread.quantile(share)));
    let least = mos(spread.least());
    format!("least {least:.2}, p1 {p1:.2}, p10 {p10:.2}, p50 {p50:.2}")
}

fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    part as f64 * 100.0 / whole as f64
}
