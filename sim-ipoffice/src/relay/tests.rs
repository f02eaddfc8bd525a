use super::*;
use crate::config::PortRange;

fn house(low: u16, high: u16) -> House {
    House::new(PortPool::new(PortRange { low, high }))
}

fn here() -> IpAddr {
    "192.0.2.1".parse().unwrap()
}

/// Does what the house wishes; sockets in `taken` cannot be bound.
fn bind(house: &mut House, taken: &[u16], next: &mut u64) -> Vec<Opening> {
    let mut openings = Vec::new();
    while let Some(wish) = house.next_wish() {
        if let Socket::Bind { place, local } = wish {
            *next += 1;
            house.binding(place, FlowId(*next));
            let failed = taken.contains(&local.port());
            openings.extend(if failed {
                house.failed(FlowId(*next))
            } else {
                house.bound(FlowId(*next))
            });
        }
    }
    openings
}

#[test]
fn a_port_of_somebody_else_is_passed_over() {
    let mut house = house(40_750, 41_000);
    let room = house.open(here(), Some(here()), false).unwrap();
    assert_eq!(
        bind(&mut house, &[40_751, 40_752], &mut 0),
        [Opening::Ready(room)]
    );
    let ports =
        [Side::A, Side::B].map(|side| house.address(room, MediaKind::Audio, side).unwrap().port());
    assert!(
        ports.iter().all(|port| port % 2 == 0 && *port > 40_752),
        "{ports:?}"
    );
    house.close(room);
    assert_eq!(house.room_count(), 0);
    assert!(house.by_flow.is_empty());
}

#[test]
fn when_no_port_can_be_had_the_room_fails() {
    let mut house = house(40_750, 41_000);
    let room = house.open(here(), None, false).unwrap();
    let all: Vec<u16> = (40_750..=41_000).collect();
    assert_eq!(
        bind(&mut house, &all, &mut 0).last(),
        Some(&Opening::Failed(room))
    );
    house.close(room);
    assert!(house.by_flow.is_empty() && house.next_wish().is_none());
}

#[test]
fn a_room_that_closes_early_takes_its_sockets_along() {
    let mut house = house(40_750, 41_000);
    let room = house.open(here(), None, false).unwrap();
    let Some(Socket::Bind { place, .. }) = house.next_wish() else {
        panic!()
    };
    house.close(room);
    assert_eq!(
        house.next_wish(),
        None,
        "the other socket is not wished for any more"
    );
    house.binding(place, FlowId(5));
    assert_eq!(house.next_wish(), Some(Socket::Close(FlowId(5))));
    assert_eq!(house.bound(FlowId(5)), None);
}

#[test]
fn used_up_ports_are_given_back_whole() {
    let mut house = house(40_750, 40_753);
    let first = house.open(here(), None, false).unwrap();
    assert_eq!(house.open(here(), Some(here()), false), None);
    assert_eq!(house.pool.taken(), 1);
    house.close(first);
    assert!(house.open(here(), Some(here()), false).is_some());
}
