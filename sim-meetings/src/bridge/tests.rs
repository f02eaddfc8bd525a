//! What the bridge does with offers and ports; what is heard is tested with whole peers in `tests/`.

use super::*;
use std::net::Ipv4Addr;

fn bridge(range: std::ops::RangeInclusive<u16>) -> Bridge {
    let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    Bridge::new(
        address,
        range,
        SystemTime::UNIX_EPOCH,
        [1; 32],
        vec![VideoCodec::H264, VideoCodec::Vp8],
        BTreeSet::new(),
    )
}

const NOW: Duration = Duration::from_secs(1);
const ANN: ParticipantId = ParticipantId(1);

#[test]
fn a_port_held_by_another_program_is_passed_over() {
    let mut bridge = bridge(50_000..=50_001);
    bridge.offer(NOW, ANN, "1", "v=0");
    assert!(matches!(bridge.poll(), Output::Bind { port: 50_000 }));
    bridge.on_bind_failed(50_000);
    assert!(matches!(bridge.poll(), Output::Bind { port: 50_001 }));
    bridge.on_bind_failed(50_001);
    let refused = Output::Refused {
        id: ANN,
        refusal: Refusal::NoPort,
    };
    assert_eq!(format!("{:?}", bridge.poll()), format!("{refused:?}"));
}

#[test]
fn a_senseless_offer_is_refused_and_its_port_is_free_again() {
    let mut bridge = bridge(50_000..=50_000);
    for _ in 0..2 {
        bridge.offer(NOW, ANN, "1", "v=0");
        assert!(matches!(bridge.poll(), Output::Bind { port: 50_000 }));
        bridge.on_bound(NOW, 50_000);
        let refusal = Refusal::BadDescription;
        let refused = Output::Refused { id: ANN, refusal };
        assert_eq!(format!("{:?}", bridge.poll()), format!("{refused:?}"));
        assert!(matches!(bridge.poll(), Output::Unbind { port: 50_000 }));
        assert!(matches!(bridge.poll(), Output::Wait(None)));
    }
}

#[test]
fn one_who_leaves_before_the_port_is_bound_leaves_nothing_behind() {
    let mut bridge = bridge(50_000..=50_000);
    bridge.offer(NOW, ANN, "1", "v=0");
    bridge.leave(NOW, ANN);
    assert!(matches!(bridge.poll(), Output::Bind { port: 50_000 }));
    bridge.on_bound(NOW, 50_000);
    assert!(matches!(bridge.poll(), Output::Unbind { port: 50_000 }));
}
