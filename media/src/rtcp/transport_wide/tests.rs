use std::time::Duration;

use proptest::prelude::*;
use rtcp_types as oracle;
use rtcp_types::prelude::*;

use super::super::{Compound, CompoundWriter, FeedbackMessage, Packet};
use super::*;
use crate::rtp::Ssrc;

/// Reads the only packet of a datagram.
fn read(bytes: &[u8]) -> TransportWide<'_> {
    let packet = Compound::parse(bytes).unwrap().packets().next();
    let Some(Packet::Feedback(feedback)) = packet else {
        panic!("{packet:?}")
    };
    let FeedbackMessage::TransportWide(feedback) = feedback.message else {
        panic!("{feedback:?}")
    };
    feedback
}

fn write(buffer: &mut [u8], base: u16, arrivals: &[Option<Duration>]) -> (usize, u16) {
    let mut writer = CompoundWriter::new(buffer);
    let count = writer
        .transport_wide(Ssrc(1), Ssrc(2), base, 7, arrivals.iter().copied())
        .unwrap();
    (writer.finish(), count)
}

/// What a reader should find: ticks of 250 us since the receiver's clock began.
fn since_start(feedback: TransportWide<'_>) -> Vec<Option<i64>> {
    let start = i64::from(feedback.reference) * TICKS_PER_REFERENCE;
    let ticks = feedback.arrivals().map(|arrival| arrival.ticks);
    ticks
        .map(|ticks| ticks.map(|ticks| start + i64::from(ticks)))
        .collect()
}

fn quarter_ms(ticks: u64) -> Option<Duration> {
    Some(Duration::from_micros(250 * ticks))
}

#[test]
fn every_kind_of_chunk_is_read() {
    let mut bytes = vec![0x8f, 205, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2];
    bytes.extend([0, 1, 0, 26, 0, 0, 10, 5]);
    let chunks: [u16; 4] = [
        3,                     // three lost
        0b1010_1010_0000_0000, // received, lost, received, lost, received, nine lost
        0b1101_1000_0000_0000, // small, large, five lost
        2 << 13 | 2,           // two large
    ];
    bytes.extend(chunks.iter().flat_map(|chunk| chunk.to_be_bytes()));
    bytes.extend([4, 5, 6, 7]);
    for delta in [-3_i16, 300, -300] {
        bytes.extend(delta.to_be_bytes());
    }
    bytes.extend([0, 0]);
    bytes[3] = (bytes.len() / 4 - 1) as u8;
    let feedback = read(&bytes);
    assert_eq!((feedback.base, feedback.count), (1, 26));
    assert_eq!((feedback.reference, feedback.feedback_count), (10, 5));
    let received: Vec<(u16, i32)> = feedback
        .arrivals()
        .filter_map(|arrival| Some((arrival.sequence, arrival.ticks?)))
        .collect();
    assert_eq!(
        received,
        [
            (4, 4),
            (6, 9),
            (8, 15),
            (18, 22),
            (19, 19),
            (25, 319),
            (26, 19)
        ]
    );
    assert_eq!(feedback.arrivals().count(), 26);
}

#[test]
fn the_reserved_status_and_missing_deltas_are_refused() {
    let head = [0, 1, 0, 7, 0, 0, 0, 0];
    let with = |rest: &[u8]| TransportWide::parse(&[&head[..], rest].concat()).is_some();
    assert!(with(&[0xd5, 0x55, 1, 2, 3, 4, 5, 6, 7]));
    assert!(!with(&[0xd5, 0x55, 1, 2, 3, 4, 5, 6]));
    assert!(!with(&[0xd5, 0x57, 1, 2, 3, 4, 5, 6, 7]));
    assert!(!with(&[0x60, 0x07, 1, 2, 3, 4, 5, 6, 7]));
    assert!(!with(&[0x00, 0x06]), "the chunks end before the count");
}

#[test]
fn a_long_run_takes_one_chunk_and_a_mixture_the_smallest() {
    let mut buffer = [0xaa; 1_200];
    let steady: Vec<_> = (0..1_000).map(|number| quarter_ms(number * 80)).collect();
    let (len, count) = write(&mut buffer, 0xfff0, &steady);
    assert_eq!((len, count), (4 + 8 + 8 + 2 + 1_000 + 2, 1_000));
    assert_eq!(
        read(&buffer[..len]).arrivals().last().unwrap().sequence,
        983
    );
    let lossy: Vec<_> = (0..28)
        .map(|number| (number % 3 != 0).then(|| Duration::from_millis(number)))
        .collect();
    let (len, count) = write(&mut buffer, 0, &lossy);
    assert_eq!((len, count), (4 + 8 + 8 + 2 * 2 + 18 + 2, 28));
}

#[test]
fn what_does_not_fit_is_left_for_the_next() {
    let arrivals: Vec<_> = (0..200).map(|number| quarter_ms(number * 3)).collect();
    let mut buffer = [0; 100];
    let (len, count) = write(&mut buffer, 0, &arrivals);
    assert_eq!((len, count), (100, 78));
    assert_eq!(since_start(read(&buffer[..len])).len(), 78);
    // More than eight seconds apart: the second can't be told from the first.
    let apart = [quarter_ms(5), quarter_ms(5 + 40_000)];
    assert_eq!(write(&mut buffer, 0, &apart).1, 1);
    let mut writer = CompoundWriter::new(&mut buffer[..23]);
    let result = writer.transport_wide(Ssrc(1), Ssrc(2), 0, 0, apart.iter().copied());
    assert!(result.is_err());
    assert_eq!(writer.finish(), 0);
}

#[test]
fn reference_times_grow_across_their_wrap() {
    let mut clock = ReferenceClock::default();
    assert_eq!(clock.ticks(0xff_fffe), 0xff_fffe * 256);
    assert_eq!(clock.ticks(3), 0x100_0003 * 256);
    assert_eq!(clock.ticks(0xff_ffff), 0xff_ffff * 256);
    assert_eq!(clock.ticks(0), 0x100_0000 * 256);
}

/// Steps between arrivals, some of them backwards, and losses.
fn arrivals() -> impl Strategy<Value = Vec<Option<Duration>>> {
    let step = prop_oneof![
        6 => (0i64..200).prop_map(Some),
        2 => (-400i64..900).prop_map(Some),
        3 => Just(None),
    ];
    let pattern = (step, 1usize..40).prop_map(|(step, times)| vec![step; times]);
    proptest::collection::vec(pattern, 1..12).prop_map(|runs| {
        let mut at = 1_000_000i64;
        runs.concat()
            .into_iter()
            .map(|step| {
                step.map(|step| {
                    at += step;
                    Duration::from_micros(250 * at.unsigned_abs())
                })
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn arrivals_read_back_exactly_here_and_by_the_oracle(arrivals in arrivals(), base: u16, room in 24usize..700) {
        let mut buffer = [0xaa; 700];
        let (len, count) = write(&mut buffer[..room], base, &arrivals);
        let feedback = read(&buffer[..len]);
        let expected: Vec<Option<i64>> = arrivals[..usize::from(count)]
            .iter()
            .map(|arrival| arrival.map(|time| time.as_micros() as i64 / 250))
            .collect();
        prop_assert_eq!(since_start(feedback), expected.clone());
        prop_assert!(usize::from(count) == arrivals.len() || len + 8 > room, "{} of {} octets", len, room);

        let packet = oracle::TransportFeedback::parse(&buffer[..len]).unwrap();
        let theirs = packet.parse_fci::<oracle::Twcc<'_>>().unwrap();
        let mut at = i64::from(theirs.reference_time()) * TICKS_PER_REFERENCE;
        for ((theirs, ours), expected) in theirs.packets().zip(feedback.arrivals()).zip(expected) {
            let (sequence, status) = theirs.unwrap();
            prop_assert_eq!(sequence, ours.sequence);
            let theirs = match status {
                oracle::TwccPacketStatus::NotReceived => None,
                oracle::TwccPacketStatus::Received { delta } => {
                    at += i64::from(delta);
                    Some(at)
                }
            };
            prop_assert_eq!(theirs, expected);
        }
    }

    #[test]
    fn any_control_information_is_read_like_the_oracle_or_refused(mut control in proptest::collection::vec(any::<u8>(), 8..80), count in 0u16..200) {
        control[2..4].copy_from_slice(&count.to_be_bytes());
        control.resize(control.len() & !3, 0);
        let theirs = oracle::Twcc::parse(&control).unwrap();
        let ours = TransportWide::parse(&control);
        let Some(ours) = ours else { return Ok(()) };
        let mut sum = 0;
        let mut theirs = theirs.packets();
        for ours in ours.arrivals() {
            let (sequence, status) = theirs.next().unwrap().unwrap();
            prop_assert_eq!(sequence, ours.sequence);
            let ticks = match status {
                oracle::TwccPacketStatus::NotReceived => None,
                oracle::TwccPacketStatus::Received { delta } => {
                    sum += i32::from(delta);
                    Some(sum)
                }
            };
            prop_assert_eq!(ticks, ours.ticks);
        }
        prop_assert!(theirs.next().is_none());
    }
}
