use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

#[test]
fn what_a_description_asks_for() {
    let mut table = String::new();
    for value in [
        "",
        "voip-metrics",
        "rcvr-rtt=all voip-metrics",
        "rcvr-rtt=sender:16",
        "rcvr-rtt=all:4294967295",
        "pkt-loss-rle=200 stat-summary=loss,dup,jitt VOIP-METRICS rcvr-rtt=ALL x-more=1",
        "rcvr-rtt=all rcvr-rtt=sender",
        "rcvr-rtt",
        "rcvr-rtt=",
        "rcvr-rtt=some",
        "rcvr-rtt=all:",
        "rcvr-rtt=all:+16",
        "rcvr-rtt=all:99999999999",
        "voip-metric xvoip-metrics",
    ] {
        writeln!(
            table,
            "{value:?} -> {:?}",
            ExtendedReports::parse(value).to_string()
        )
        .unwrap();
    }
    insta::assert_snapshot!(table);
}

/// What an offer and an answer come to: the answer's attribute, and what each side owes the other.
#[test]
fn the_outcome_of_each_offer_and_wish() {
    let values = [
        "",
        "voip-metrics",
        "rcvr-rtt=all",
        "rcvr-rtt=sender:8 voip-metrics",
    ];
    let mut table = String::new();
    for offered in values.map(ExtendedReports::parse) {
        for wished in values.map(ExtendedReports::parse) {
            let answer = wished.answered(offered);
            writeln!(
                table,
                "offered [{offered}], wished [{wished}]: answered [{answer}], owed to the caller [{}], to the called [{}]",
                answer.owed_to(offered),
                offered.owed_to(answer),
            )
            .unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

proptest! {
    #[test]
    fn any_value_is_read_and_what_is_written_is_read_again(value in "(\\PC|[ =:,]|rcvr-rtt|voip-metrics|all|sender|[0-9]){0,40}") {
        let asked = ExtendedReports::parse(&value);
        prop_assert_eq!(ExtendedReports::parse(&asked.to_string()), asked);
    }
}
