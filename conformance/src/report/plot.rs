//! Quality over time as inline SVG: a panel a quantity over one axis of time, a line an ear, faults as shaded bands.
//!
//! Colours and line styles are those of the page, so that the drawing follows the reader's light or dark preference; the
//! lines differ by dashes too. The same figures stand below as a table.

use maud::{Markup, html};

use crate::timeline::{FaultTime, Line, Quantity, Timeline};

const WIDTH: f64 = 900.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 30.0;
const PANEL: f64 = 92.0;
const GAP: f64 = 40.0;
const AXIS: f64 = 30.0;
/// Lines that look different.
const STYLES: usize = 4;
/// Greatest value of an axis: more than any line carries, so that what is no measurement cannot spoil the drawing.
const MOST: f64 = 1e9;
/// Marks of an axis at most.
const MARKS_MAX: u32 = 10;
/// Rows of the table.
const ROWS: u32 = 12;

/// The drawing, its legend and its table; `id` names the scenario within the page.
pub fn drawing(timeline: &Timeline, id: &str) -> Markup {
    let height = TOP + Quantity::ALL.len() as f64 * (PANEL + GAP) - GAP + AXIS + 18.0;
    let ears = timeline.ears();
    html! {
        figure class="plot" {
            svg viewBox=(format!("0 0 {WIDTH} {height}")) role="img" aria-labelledby=(format!("{id}-plot-title {id}-plot-text")) {
                title id=(format!("{id}-plot-title")) { "Quality over time" }
                desc id=(format!("{id}-plot-text")) { (description(timeline)) }
                @for fault in &timeline.faults { (shade(timeline, fault, height)) }
                @for (number, quantity) in Quantity::ALL.into_iter().enumerate() {
                    (panel(timeline, quantity, TOP + number as f64 * (PANEL + GAP), &ears))
                }
                (time_axis(timeline, height))
            }
            figcaption {
                @for (place, ear) in ears.iter().enumerate() {
                    span class="key" {
                        svg width="34" height="10" aria-hidden="true" {
                            line class=(format!("series s{}", place % STYLES)) x1="1" x2="33" y1="5" y2="5" {}
                        }
                        " heard by " (ear)
                    }
                }
                @if timeline.left_out > 0 {
                    span class="key" { "not drawn: " (timeline.left_out) " more streams" }
                }
                @if !timeline.faults.is_empty() {
                    span class="key" {
                        svg width="18" height="12" aria-hidden="true" { rect class="fault" width="18" height="12" {} }
                        " fault: " (fault_words(&timeline.faults))
                    }
                }
            }
        }
        details {
            summary { "The same as a table" }
            (table(timeline, &ears))
        }
    }
}

fn description(timeline: &Timeline) -> String {
    let mut text = String::new();
    for quantity in Quantity::ALL {
        for line in timeline.of_quantity(quantity) {
            let values = || line.points.iter().map(|point| point.1);
            let (least, most) = (
                values().fold(f64::INFINITY, f64::min),
                values().fold(f64::NEG_INFINITY, f64::max),
            );
            if least <= most {
                text.push_str(&format!(
                    "{} heard by {}: {least:.1} to {most:.1} {}. ",
                    quantity.name(),
                    line.ear,
                    quantity.unit()
                ));
            }
        }
    }
    for fault in &timeline.faults {
        text.push_str(&format!(
            "From {:.0} to {:.0} s: {}. ",
            fault.from_s, fault.until_s, fault.text
        ));
    }
    text
}

fn fault_words(faults: &[FaultTime]) -> String {
    let mut words: Vec<&str> = faults.iter().map(|fault| fault.text.as_str()).collect();
    words.dedup();
    words.join("; ")
}

fn x(timeline: &Timeline, at_s: f64) -> f64 {
    let share = (at_s - timeline.from_s) / (timeline.until_s - timeline.from_s);
    LEFT + share.clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
}

fn shade(timeline: &Timeline, fault: &FaultTime, height: f64) -> Markup {
    let (from, until) = (x(timeline, fault.from_s), x(timeline, fault.until_s));
    html! {
        rect class="fault" x=(px(from)) y=(TOP - 4.0) width=(px((until - from).max(2.0))) height=(height - TOP - AXIS - 10.0) {
            title { (fault.text) }
        }
    }
}

fn panel(timeline: &Timeline, quantity: Quantity, top: f64, ears: &[&str]) -> Markup {
    let scale = Scale::of(timeline, quantity, top);
    html! {
        text class="name" x=(LEFT) y=(px(top - 10.0)) { (quantity.name()) ", " (quantity.unit()) }
        @for mark in scale.marks() {
            line class="grid" x1=(LEFT) x2=(WIDTH - RIGHT) y1=(px(scale.y(mark))) y2=(px(scale.y(mark))) {}
            text class="mark" x=(LEFT - 8.0) y=(px(scale.y(mark) + 4.0)) text-anchor="end" { (mark_words(mark)) }
        }
        @for line in timeline.of_quantity(quantity) {
            @let style = ears.iter().position(|ear| *ear == line.ear).unwrap_or(0) % STYLES;
            @for stretch in stretches(line) {
                polyline class=(format!("series s{style}")) points=(points(timeline, stretch, &scale)) {}
            }
        }
    }
}

/// The points of a line without the pauses in which nothing was measured.
fn stretches(line: &Line) -> impl Iterator<Item = &[(f64, f64)]> {
    let apart = line.points.windows(2).map(|pair| pair[1].0 - pair[0].0);
    let mut apart: Vec<f64> = apart.filter(|apart| *apart > 0.0).collect();
    apart.sort_by(f64::total_cmp);
    let usual = apart.get(apart.len() / 2).copied().unwrap_or_default();
    line.points
        .chunk_by(move |one, next| next.0 - one.0 <= 3.0 * usual)
}

fn points(timeline: &Timeline, stretch: &[(f64, f64)], scale: &Scale) -> String {
    let mut text = String::new();
    for (at, value) in stretch {
        text.push_str(&format!(
            "{},{} ",
            px(x(timeline, *at)),
            px(scale.y(*value))
        ));
    }
    text
}

fn time_axis(timeline: &Timeline, height: f64) -> Markup {
    let step = nice((timeline.until_s - timeline.from_s) / 8.0);
    let first = (timeline.from_s / step).ceil() as i64;
    let last = (timeline.until_s / step).floor() as i64;
    let y = height - AXIS;
    html! {
        line class="axis" x1=(LEFT) x2=(WIDTH - RIGHT) y1=(px(y - 14.0)) y2=(px(y - 14.0)) {}
        @for number in first..=last {
            @let at = x(timeline, number as f64 * step);
            line class="axis" x1=(px(at)) x2=(px(at)) y1=(px(y - 14.0)) y2=(px(y - 9.0)) {}
            text class="mark" x=(px(at)) y=(px(y + 5.0)) text-anchor="middle" { (mark_words(number as f64 * step)) }
        }
        text class="mark" x=(WIDTH - RIGHT) y=(px(y + 22.0)) text-anchor="end" { "seconds of the run" }
    }
}

/// The vertical axis of a panel.
struct Scale {
    top: f64,
    least: f64,
    most: f64,
}

impl Scale {
    fn of(timeline: &Timeline, quantity: Quantity, top: f64) -> Self {
        let values = timeline
            .of_quantity(quantity)
            .flat_map(|line| &line.points)
            .map(|point| point.1);
        let most = values.fold(0.0, f64::max).min(MOST);
        let (least, most) = match quantity {
            Quantity::Score => (1.0, 5.0),
            Quantity::Loss => (0.0, most.max(2.0)),
            Quantity::Bitrate | Quantity::QueueDelay | Quantity::TargetDelay => {
                (0.0, most.max(20.0))
            }
        };
        let step = nice((most - least) / 3.0);
        Self {
            top,
            least,
            most: least + step * ((most - least) / step).ceil(),
        }
    }

    fn y(&self, value: f64) -> f64 {
        let share = (value - self.least) / (self.most - self.least);
        self.top + PANEL * (1.0 - share.clamp(0.0, 1.0))
    }

    fn marks(&self) -> Vec<f64> {
        let step = nice((self.most - self.least) / 4.0);
        let count = (((self.most - self.least) / step).round() as u32).min(MARKS_MAX);
        (0..=count)
            .map(|number| self.least + step * f64::from(number))
            .collect()
    }
}

/// The next of 1, 2, 5, 10, … that is not less.
fn nice(step: f64) -> f64 {
    if !step.is_finite() || step <= 0.0 {
        return 1.0;
    }
    let mut decade = 1e-3;
    while decade * 10.0 < step {
        decade *= 10.0;
    }
    let fits = |times: &f64| times * decade >= step * (1.0 - 1e-9);
    [1.0, 2.0, 5.0, 10.0].into_iter().find(fits).unwrap_or(10.0) * decade
}

fn table(timeline: &Timeline, ears: &[&str]) -> Markup {
    let step = (timeline.until_s - timeline.from_s) / f64::from(ROWS);
    let rows = (0..ROWS).map(|row| timeline.from_s + f64::from(row) * step);
    let columns: Vec<&Line> = Quantity::ALL
        .into_iter()
        .flat_map(|quantity| {
            ears.iter().filter_map(move |ear| {
                timeline
                    .of_quantity(quantity)
                    .find(|line| line.ear == **ear)
            })
        })
        .collect();
    html! {
        div class="scroll" {
            table {
                thead { tr { th { "seconds" } @for line in &columns {
                    th class="number" { (line.quantity.name()) ", " (line.quantity.unit()) br; "heard by " (line.ear) }
                } } }
                tbody { @for from in rows {
                    tr { td { (format!("{from:.0}–{:.0}", from + step)) } @for line in &columns {
                        td class="number" { (line.mean(from, from + step).map_or("–".to_owned(), |mean| format!("{mean:.1}"))) }
                    } }
                } }
            }
        }
    }
}

fn mark_words(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A length to a tenth of a pixel: as fine as an eye sees, and no longer than needed.
fn px(length: f64) -> String {
    let text = format!("{length:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests;
