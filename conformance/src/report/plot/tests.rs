use super::*;
use crate::timeline::tests::timeline;

#[test]
fn a_plot_has_a_panel_a_quantity_a_title_and_words() {
    let page = drawing(&timeline(), "s-quality-hotel").into_string();
    for quantity in Quantity::ALL {
        assert!(page.contains(quantity.name()), "{}", quantity.name());
    }
    assert!(
        page.contains("role=\"img\"") && page.contains("<title id=\"s-quality-hotel-plot-title\">")
    );
    assert!(page.contains("Conversational quality heard by bob: 2.1 to 4.3 MOS."));
    assert!(page.contains("From 4 to 6 s: link of site home loses 8 % of packets &amp; more."));
    assert!(page.contains("heard by alice") && page.contains("class=\"fault\""));
}

#[test]
fn streams_that_are_not_drawn_are_told() {
    let mut many = timeline();
    assert!(!drawing(&many, "x").into_string().contains("not drawn"));
    many.left_out = 2;
    let page = drawing(&many, "x").into_string();
    assert!(page.contains("not drawn: 2 more streams"), "{page}");
}

#[test]
fn a_pause_is_a_gap_in_the_line() {
    let scores = timeline();
    let scores = scores
        .of_quantity(Quantity::Score)
        .next()
        .expect("there is one");
    assert_eq!(stretches(scores).count(), 2);
}

#[test]
fn nothing_is_drawn_outside_or_as_no_number() {
    let mut wild = timeline();
    wild.lines[0].points = vec![(-5.0, f64::MAX), (3.0, -1.0), (99.0, 0.0)];
    wild.lines[1].points.clear();
    let page = drawing(&wild, "x").into_string();
    assert!(!page.contains("NaN") && !page.contains("inf"), "{page}");
    let lines = page.split("points=\"").skip(1);
    for pair in lines.flat_map(|rest| {
        rest.split('"')
            .next()
            .unwrap_or_default()
            .split_whitespace()
    }) {
        let (x, y) = pair.split_once(',').expect("a pair");
        let (x, y): (f64, f64) = (x.parse().expect("a number"), y.parse().expect("a number"));
        assert!(
            (LEFT..=WIDTH - RIGHT).contains(&x) && y > 0.0 && y < 1_000.0,
            "{pair}"
        );
    }
}

#[test]
fn scales_have_round_marks() {
    for (step, round) in [
        (0.3, 0.5),
        (1.0, 1.0),
        (1.1, 2.0),
        (7.0, 10.0),
        (230.0, 500.0),
        (0.0, 1.0),
    ] {
        assert_eq!(nice(step), round, "{step}");
    }
    let scale = Scale::of(&timeline(), Quantity::Score, 0.0);
    assert_eq!(scale.marks(), [1.0, 2.0, 3.0, 4.0, 5.0]);
}
