use super::*;

#[test]
fn the_defaults_give_93_2_and_4_41() {
    let r = Transmission::default().rating();
    assert!((r - 93.2).abs() < 0.1, "{r}");
    assert!((mos(r) - 4.41).abs() < 0.01);
    assert_eq!((mos(-1.0), mos(100.0), mos(1.0)), (1.0, 4.5, 1.0));
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
