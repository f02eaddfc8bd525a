use std::time::Duration;

use super::*;
use crate::link::LinkSpec;
use crate::link::trial::{Trial, ms};

const N: usize = 20_000;

/// Delays in ms of packets too far apart to wait for each other.
fn drawn(distribution: Distribution, correlation: f64, seed: u64) -> Vec<f64> {
    let spec = LinkSpec::default().then(JitterSpec {
        distribution,
        correlation,
        reorder: true,
    });
    Trial::new(spec)
        .seed(seed)
        .packets(N)
        .every(Duration::from_secs(3600))
        .run()
        .delays()
        .map(|delay| delay.as_secs_f64() * 1e3)
        .collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn deviation(values: &[f64]) -> f64 {
    let mean = mean(values);
    (values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>()
        / values.len() as f64)
        .sqrt()
}

fn autocorrelation(values: &[f64]) -> f64 {
    let mean = mean(values);
    let sum: f64 = values
        .windows(2)
        .map(|pair| (pair[0] - mean) * (pair[1] - mean))
        .sum();
    sum / values.len() as f64 / deviation(values).powi(2)
}

proptest::proptest! {
    #![proptest_config(crate::link::trial::seeded_cases(12))]

    #[test]
    fn uniform_has_its_bounds_mean_and_deviation(from in 0..50_u64, width in 1..50_u64, correlation in 0.0..0.9_f64, seed: u64) {
        let got = drawn(Distribution::Uniform { from: ms(from), to: ms(from + width) }, correlation, seed);
        let (low, width) = (from as f64, width as f64);
        proptest::prop_assert!(got.iter().all(|delay| (low..=low + width).contains(delay)));
        // The fewer independent draws, the wider the tolerance.
        let slack = (1.0 + correlation) / (1.0 - correlation);
        proptest::prop_assert!((mean(&got) - low - width / 2.0).abs() < 0.012 * width * slack.sqrt() + 1e-6);
        proptest::prop_assert!((deviation(&got) / (width / 12_f64.sqrt()) - 1.0).abs() < 0.02 * slack.sqrt() + 1e-6);
    }

    #[test]
    fn normal_has_its_mean_deviation_and_memory(mean_ms in 60..100_u64, deviation_ms in 1..10_u64, correlation in 0.0..0.9_f64, seed: u64) {
        let got = drawn(Distribution::Normal { mean: ms(mean_ms), deviation: ms(deviation_ms) }, correlation, seed);
        let slack = ((1.0 + correlation) / (1.0 - correlation)).sqrt();
        proptest::prop_assert!((mean(&got) - mean_ms as f64).abs() < 0.04 * deviation_ms as f64 * slack);
        proptest::prop_assert!((deviation(&got) / deviation_ms as f64 - 1.0).abs() < 0.025 * slack);
        proptest::prop_assert!((autocorrelation(&got) - correlation).abs() < 0.04);
    }

    #[test]
    fn pareto_has_its_least_its_median_and_its_tail(least in 1..20_u64, shape in 1.5..5.0_f64, seed: u64) {
        let got = drawn(Distribution::Pareto { least: ms(least), shape, most: Duration::from_secs(3600) }, 0.0, seed);
        let beyond = |x: f64| got.iter().filter(|delay| **delay > x).count() as f64 / N as f64;
        proptest::prop_assert!(got.iter().all(|delay| *delay >= least as f64 - 1e-6));
        for factor in [1.2_f64, 2.0, 4.0] {
            proptest::prop_assert!((beyond(least as f64 * factor) - factor.powf(-shape)).abs() < 0.016, "beyond {factor} x least");
        }
    }

    #[test]
    fn a_table_gives_back_its_quantiles(steps in proptest::collection::vec(0..20_u64, 2..10), seed: u64) {
        let quantiles: Vec<Duration> = steps.iter().scan(0, |sum, step| { *sum += step; Some(ms(*sum)) }).collect();
        let mut got = drawn(Distribution::Table { quantiles: quantiles.clone() }, 0.0, seed);
        got.sort_by(f64::total_cmp);
        let range = quantiles.last().unwrap().as_secs_f64() * 1e3;
        for (index, quantile) in quantiles.iter().enumerate() {
            let place = (index * (N - 1)) / (quantiles.len() - 1);
            // A flat step next to a steep one: compare the share instead of the value.
            let (below, value) = (got.partition_point(|delay| *delay < quantile.as_secs_f64() * 1e3), quantile.as_secs_f64() * 1e3);
            let upto = got.partition_point(|delay| *delay <= value + 1e-6);
            proptest::prop_assert!(below as f64 <= place as f64 + 0.016 * N as f64 && upto as f64 >= place as f64 - 0.016 * N as f64, "{range} {index}");
        }
    }

    #[test]
    fn order_is_kept_unless_asked(seed: u64) {
        let distribution = Distribution::Uniform { from: Duration::ZERO, to: ms(100) };
        let kept = Trial::new(LinkSpec::default().then(JitterSpec::new(distribution.clone()))).seed(seed).packets(500).every(ms(1)).run();
        let free = Trial::new(LinkSpec::default().then(JitterSpec { reorder: true, ..JitterSpec::new(distribution) })).seed(seed).packets(500).every(ms(1)).run();
        proptest::prop_assert!(kept.is_in_order());
        proptest::prop_assert!(!free.is_in_order());
    }
}
