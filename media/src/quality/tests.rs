use std::time::Duration;

use super::metrics::Fates;
use super::*;

#[test]
fn the_defaults_give_93_2_and_4_41() {
    let r = Transmission::default().rating();
    assert!((r - 93.2).abs() < 0.1, "{r}");
    assert!((mos(r) - 4.41).abs() < 0.01);
    assert_eq!((mos(-1.0), mos(100.0), mos(1.0)), (1.0, 4.5, 1.0));
}

#[test]
fn ratings_have_the_scores_that_g_109_publishes() {
    for (rating, score) in [
        (90.0, 4.34),
        (80.0, 4.03),
        (70.0, 3.60),
        (60.0, 3.10),
        (50.0, 2.58),
    ] {
        assert!(
            (mos(rating) - score).abs() < 0.01,
            "R {rating}: {}",
            mos(rating)
        );
    }
    // The narrowband optimum lies at 93.2 of 129 on the wideband scale.
    assert!((wideband_mos(RATING_MAX) - 4.5).abs() < 0.01);
    assert!((wideband_mos(93.2) - mos(93.2 / 1.29)).abs() < 1e-9);
}

#[test]
fn lossy_codecs_cost_what_g_113_publishes() {
    // Ie under random loss as measured, before there was a formula: G.113 (05/2002) Appendix I, table I.3.
    let g729 = [
        (0.0, 11.0),
        (0.5, 13.0),
        (1.0, 15.0),
        (1.5, 17.0),
        (2.0, 19.0),
        (3.0, 23.0),
        (4.0, 26.0),
        (8.0, 36.0),
        (16.0, 49.0),
    ];
    for (percent, published) in g729 {
        let ie = effective_equipment(G729A.ie, G729A.bpl, percent, 1.0);
        assert!((ie - published).abs() < 0.7, "G.729A at {percent} %: {ie}");
    }
    let g711 = [
        (1.0, 5.0),
        (2.0, 7.0),
        (3.0, 10.0),
        (5.0, 15.0),
        (7.0, 20.0),
        (10.0, 25.0),
        (15.0, 35.0),
        (20.0, 45.0),
    ];
    for (percent, published) in g711 {
        let ie = effective_equipment(G711.ie, G711.bpl, percent, 1.0);
        assert!((ie - published).abs() < 3.1, "G.711 at {percent} %: {ie}");
    }
}

#[test]
fn delay_that_is_noticed_less_costs_less() {
    for delay_ms in [0.0, 99.0, 100.0] {
        assert_eq!(DelaySensitivity::Default.impairment(delay_ms), 0.0);
    }
    let classes = [
        DelaySensitivity::Default,
        DelaySensitivity::Low,
        DelaySensitivity::VeryLow,
    ];
    for delay_ms in [200.0, 400.0, 800.0] {
        let costs = classes.map(|class| class.impairment(delay_ms));
        assert!(
            costs[0] > costs[1] && costs[1] > costs[2] && costs[2] >= 0.0,
            "{delay_ms} ms: {costs:?}"
        );
    }
    // X is a power of two of 100 ms here: at 200 ms the formula is 25 (2^(1/6) - 3 (1 + 3^-6)^(1/6) + 2).
    let at_200 = 25.0 * (2f64.powf(1.0 / 6.0) - 3.0 * (1.0 + 3f64.powi(-6)).powf(1.0 / 6.0) + 2.0);
    assert!((DelaySensitivity::Default.impairment(200.0) - at_200).abs() < 1e-9);
}

#[test]
fn wideband_calls_have_a_scale_of_their_own() {
    let best = WidebandTransmission::default();
    assert_eq!(best.rating(), 129.0);
    let far = WidebandTransmission {
        ta_ms: 400.0,
        ..best
    };
    let cost = DelaySensitivity::Default.impairment(400.0);
    assert!((best.rating() - far.rating() - cost).abs() < 1e-9);
    assert_eq!(far.listening_rating(), 129.0);
    let random = WidebandTransmission {
        ie: 13.0,
        ppl_percent: 4.0,
        bpl: 10.0,
        ..best
    };
    assert!((random.rating() - (129.0 - 13.0 - 82.0 * 4.0 / 14.0)).abs() < 1e-9);
    let bursty = WidebandTransmission {
        burst_r: 2.0,
        ..random
    };
    assert!(bursty.rating() < random.rating() - 1.0);
    let opus = Quality::rate(OPUS, 0.0, 1.0, 60.0);
    assert_eq!((opus.band, opus.r), (Band::Wide, 122.0));
    assert!(opus.mos_lq > 4.4 && opus.mos_cq > 4.4, "{opus:?}");
}

#[test]
fn delay_loss_and_echo_cost_what_the_recommendation_says() {
    let at = |ta_ms: f64| {
        Transmission {
            ta_ms,
            t_ms: ta_ms,
            tr_ms: 2.0 * ta_ms,
            ..Transmission::default()
        }
        .rating()
    };
    // G.107's figure on delay: flat to about 150 ms, then falling by some 30 points to 500 ms.
    assert!(
        at(50.0) > 90.0 && at(150.0) > 87.0,
        "{} {}",
        at(50.0),
        at(150.0)
    );
    assert!((55.0..72.0).contains(&at(400.0)), "{}", at(400.0));
    let steps: Vec<f64> = (0..20).map(|step| at(f64::from(step) * 50.0)).collect();
    assert!(steps.windows(2).all(|pair| pair[1] <= pair[0] + 1e-9));

    let lossy = Transmission {
        ppl_percent: 5.0,
        ..Transmission::default()
    };
    let expected = Transmission::default().rating() - 95.0 * 5.0 / (5.0 + 4.3);
    assert!((lossy.rating() - expected).abs() < 1e-9);
    let bursty = Transmission {
        burst_r: 2.0,
        ..lossy
    };
    assert!(bursty.rating() < lossy.rating());
    let echo = Transmission {
        t_ms: 100.0,
        ta_ms: 100.0,
        tr_ms: 200.0,
        telr: 45.0,
        ..Transmission::default()
    };
    assert!(echo.rating() < at(100.0) - 5.0);
}

#[test]
fn rating_a_call_separates_listening_from_conversation() {
    let good = Quality::rate(G711, 0.0, 1.0, 40.0);
    assert!(good.mos_lq > 4.3 && good.mos_cq > 4.2, "{good:?}");
    let far = Quality::rate(G711, 0.0, 1.0, 500.0);
    assert!(far.mos_cq < good.mos_cq - 0.5 && (far.mos_lq - good.mos_lq).abs() < 0.01);
    let lossy = Quality::rate(G711, 0.1, 2.0, 40.0);
    assert!(lossy.mos_lq < good.mos_lq - 0.5);
}

#[test]
fn burst_ratio_is_one_for_scattered_loss() {
    assert_eq!(burst_ratio(0, 0, 100), 1.0);
    assert_eq!(burst_ratio(5, 5, 100), 1.0);
    assert!((burst_ratio(30, 10, 1_000) - 3.0 * 0.97).abs() < 1e-9);
}

#[test]
fn bursts_and_gaps_are_told_apart() {
    let mut bursts = Bursts::default();
    bursts.received(100);
    bursts.lost(1); // Alone: part of the gap.
    bursts.received(99);
    for _ in 0..5 {
        bursts.lost(2);
        bursts.received(2);
    }
    bursts.received(100);
    let metrics = bursts.metrics();
    assert_eq!(metrics.burst_packets, 18.0);
    assert_eq!(metrics.burst_density, 10.0 / 18.0);
    assert_eq!(metrics.gap_density, 1.0 / (320.0 - 18.0));
    assert_eq!(metrics.gap_packets, (320.0 - 18.0) / 2.0);
}

/// What a delay of a millisecond gains on none at all: G.107 takes a talker's echo that is not delayed for sidetone, and
/// 0.0565 of R is the most that this makes (at 1.0 ms, where the echo begins to count as one).
const SIDETONE: f64 = 0.06;

#[test]
fn a_delay_of_a_millisecond_is_better_than_none_by_a_hair() {
    let gain = |micros: u32| {
        let quality = Quality::rate(G711, 0.0, 0.0, f64::from(micros) / 1_000.0);
        quality.r - quality.r_lq
    };
    assert!((0.05..SIDETONE).contains(&gain(1_000)));
    assert!(
        (0..100_000)
            .step_by(50)
            .all(|micros| gain(micros) < SIDETONE)
    );
    assert!(gain(20_000) < 0.0);
}

proptest::proptest! {
    #[test]
    fn whatever_is_measured_the_scores_are_on_their_scale(
        loss in 0.0..=1.0f64, burst in 0.0..50.0f64, delay_ms in 0.0..10_000.0f64, which in 0..5usize,
    ) {
        let codec = [G711, G711_WITHOUT_CONCEALMENT, G729A, G722, OPUS][which];
        let quality = Quality::rate(codec, loss, burst, delay_ms);
        let most = if codec.band == Band::Wide { 129.0 } else { 93.3 };
        proptest::prop_assert!(quality.r <= quality.r_lq + SIDETONE && quality.r_lq <= most, "{quality:?}");
        for score in [quality.mos_lq, quality.mos_cq] {
            proptest::prop_assert!((1.0..=4.5).contains(&score), "{quality:?}");
        }
        let worse = Quality::rate(codec, (loss + 0.01).min(1.0), burst, delay_ms + 20.0);
        proptest::prop_assert!(worse.mos_cq <= quality.mos_cq + 1e-9);
    }
}

#[test]
fn lost_and_late_are_told_apart() {
    let fates = Fates {
        played: 940,
        missed: 60,
        discarded: 20,
    };
    let bursts = BurstMetrics {
        burst_packets: 18.0,
        gap_packets: 200.0,
        burst_density: 0.5,
        gap_density: 0.01,
    };
    let metrics = VoiceMetrics::of_losses(fates, bursts, Duration::from_millis(20));
    assert_eq!((metrics.loss, metrics.discard), (0.04, 0.02));
    assert_eq!(metrics.burst_duration, Duration::from_millis(360));
    assert_eq!(metrics.gap_duration, Duration::from_secs(4));
    // A flush throws away more than missed its turn.
    let flushed = Fates {
        discarded: 500,
        ..fates
    };
    let metrics = VoiceMetrics::of_losses(flushed, bursts, Duration::from_millis(20));
    assert_eq!((metrics.loss, metrics.discard), (0.0, 0.06));
    let nothing = VoiceMetrics::of_losses(Fates::default(), BurstMetrics::default(), Duration::MAX);
    assert_eq!((nothing.loss, nothing.one_way_delay()), (0.0, None));
}

#[test]
fn metrics_fit_the_block_of_rfc_3611() {
    let ms = Duration::from_millis;
    let metrics = VoiceMetrics {
        loss: 0.05,
        discard: 1.0,
        burst_duration: ms(100_000),
        round_trip: Some(ms(84)),
        end_system_delay: ms(61),
        signal_dbm0: Some(-19.6),
        quality: Some(Quality::rate(OPUS, 0.0, 1.0, 60.0)),
        ..VoiceMetrics::default()
    };
    let block = metrics.to_block(crate::rtp::Ssrc(7));
    assert_eq!((block.loss_rate, block.discard_rate), (12, 255));
    assert_eq!(
        (block.burst_duration_ms, block.round_trip_delay_ms),
        (u16::MAX, 84)
    );
    assert_eq!(
        (block.signal_level_dbm0, block.noise_level_dbm0),
        (-20, 127)
    );
    // 122 of 129 is 94.6 of 100.
    assert_eq!(
        (
            block.r_factor,
            block.mos_listening_tenths,
            block.gap_threshold
        ),
        (95, 44, 16)
    );
    let unknown = VoiceMetrics::default().to_block(crate::rtp::Ssrc(7));
    assert_eq!(
        (unknown.r_factor, unknown.mos_conversational_tenths),
        (127, 127)
    );
    assert_eq!(
        (unknown.signal_level_dbm0, unknown.round_trip_delay_ms),
        (127, 0)
    );
}
