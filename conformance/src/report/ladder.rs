//! A ladder as inline SVG: columns are parties, arrows are messages, bars are media, bands are faults.
//!
//! Every message is a link to its raw text, which stands below the drawing.

use maud::{Markup, html};

use crate::ladder::{Ladder, Row, What};

const TIME_WIDTH: usize = 96;
const COLUMN_WIDTH: usize = 250;
const ROW_HEIGHT: usize = 30;
const HEAD_HEIGHT: usize = 34;
/// Letters of a label that fit between two neighbouring columns.
const LABEL_LETTERS: usize = 34;

/// The drawing and the raw messages; `id` names the scenario within the page.
pub fn drawing(ladder: &Ladder, id: &str) -> Markup {
    let width = TIME_WIDTH + COLUMN_WIDTH * ladder.parties.len().max(1);
    let height = HEAD_HEIGHT + ROW_HEIGHT * (ladder.rows.len() + 1);
    html! {
        div class="ladder" tabindex="0" role="region" aria-label="Ladder diagram; the same as text follows" {
            svg width=(width) height=(height) viewBox=(format!("0 0 {width} {height}")) aria-hidden="true" {
                @for (place, party) in ladder.parties.iter().enumerate() {
                    text class="party" x=(column(place)) y="20" text-anchor="middle" { (party) }
                    line class="life" x1=(column(place)) x2=(column(place)) y1="28" y2=(height) {}
                }
                @for (number, row) in ladder.rows.iter().enumerate() {
                    (drawn(ladder, row, number, id, width))
                }
            }
        }
        @if ladder.left_out > 0 {
            p class="soft" { (ladder.left_out) " more rows are not drawn; the capture has all of them." }
        }
        details {
            summary { "The same as text" }
            pre { (ladder.text()) }
        }
        (raws(ladder, id))
    }
}

fn column(place: usize) -> usize {
    TIME_WIDTH + COLUMN_WIDTH / 2 + COLUMN_WIDTH * place
}

fn place(ladder: &Ladder, party: &str) -> usize {
    column(
        ladder
            .parties
            .iter()
            .position(|known| known == party)
            .unwrap_or(0),
    )
}

fn drawn(ladder: &Ladder, row: &Row, number: usize, id: &str, width: usize) -> Markup {
    let y = HEAD_HEIGHT + ROW_HEIGHT * (number + 1);
    let time = format!("{:.4}", row.at_ns as f64 / 1e9);
    html! {
        text class="time" x="4" y=(y) { (time) }
        @match &row.what {
            What::Message { source, target, protocol, label, raw, lost } => {
                @let label = short(&format!("{protocol} {label}"));
                @let arrow = arrow(place(ladder, source), place(ladder, target), y, &label, lost.as_deref());
                @if raw.is_empty() { (arrow) } @else { a href=(format!("#{}", raw_id(id, number))) { (arrow) } }
            }
            What::Media { source, target, label, until_ns, packets, lost } => {
                @let seconds = until_ns.saturating_sub(row.at_ns) as f64 / 1e9;
                @let label = format!("{label} {packets} in {seconds:.1} s, {lost} lost");
                (bar(place(ladder, source), place(ladder, target), y, &short(&label)))
            }
            What::Note { party, text } => {
                circle class="dot" cx=(place(ladder, party)) cy=(y - 4) r="4" {}
                text x=(place(ladder, party) + 9) y=(y) { (short(text)) }
            }
            What::Fault { text } => {
                rect class="fault" x=(TIME_WIDTH) y=(y - 18) width=(width - TIME_WIDTH) height="24" {}
                text x=(TIME_WIDTH + 8) y=(y - 2) { "⚡ " (text) }
            }
        }
    }
}

fn arrow(from: usize, to: usize, y: usize, label: &str, lost: Option<&str>) -> Markup {
    let reach = if lost.is_some() { (from + to) / 2 } else { to };
    let back = if to >= from {
        reach.saturating_sub(9)
    } else {
        reach + 9
    };
    let tip = format!("{reach},{y} {back},{} {back},{}", y - 4, y + 4);
    html! {
        g class=[lost.map(|_| "lost")] {
            @if from == to {
                circle class="dot" cx=(from) cy=(y) r="4" {}
            } @else {
                line class="arrow" x1=(from) x2=(reach) y1=(y) y2=(y) {}
                polygon class="tip" points=(tip) {}
            }
            text x=((from + to) / 2) y=(y - 6) text-anchor="middle" { (label) }
            @if let Some(why) = lost {
                text class="cross" x=(reach + 4) y=(y + 4) { "✗ " (short(why)) }
            }
        }
    }
}

fn bar(from: usize, to: usize, y: usize, label: &str) -> Markup {
    let (left, right) = (from.min(to), from.max(to));
    let towards = if to >= from { "→" } else { "←" };
    html! {
        rect class="media" x=(left) y=(y - 14) width=((right - left).max(8)) height="16" rx="3" {}
        text x=((from + to) / 2) y=(y - 2) text-anchor="middle" { (towards) " " (label) }
    }
}

fn raws(ladder: &Ladder, id: &str) -> Markup {
    html! {
        details {
            summary { "Raw messages" }
            div class="raws" {
                @for (number, row) in ladder.rows.iter().enumerate() {
                    @if let What::Message { source, target, protocol, label, raw, .. } = &row.what {
                        @if !raw.is_empty() {
                            details id=(raw_id(id, number)) {
                                summary class="mono" {
                                    (format!("{:.6}", row.at_ns as f64 / 1e9)) " " (source) " → " (target) " "
                                    (protocol) " " (label)
                                }
                                pre { (raw) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn raw_id(id: &str, number: usize) -> String {
    format!("{id}-m{number}")
}

fn short(text: &str) -> String {
    if text.chars().count() <= LABEL_LETTERS {
        return text.to_owned();
    }
    let kept: String = text.chars().take(LABEL_LETTERS - 1).collect();
    format!("{kept}…")
}
