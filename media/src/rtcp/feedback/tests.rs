use proptest::prelude::*;
use rtcp_types as oracle;
use rtcp_types::prelude::*;

use super::super::{Compound, IntraRequest, Packet, TemporaryLimit};
use super::*;

fn written(write: impl FnOnce(&mut CompoundWriter<'_>)) -> Vec<u8> {
    let mut buffer = vec![0xaa; 2_000];
    let mut writer = CompoundWriter::new(&mut buffer);
    write(&mut writer);
    let len = writer.finish();
    buffer.truncate(len);
    buffer
}

fn read(bytes: &[u8]) -> Feedback<'_> {
    let packet = Compound::parse(bytes).unwrap().packets().next();
    let Some(Packet::Feedback(feedback)) = packet else {
        panic!("{packet:?}")
    };
    feedback
}

fn nack(sequences: &[u16]) -> Vec<u8> {
    written(|writer| {
        writer
            .nack(Ssrc(1), Ssrc(2), sequences.iter().copied())
            .unwrap();
    })
}

#[test]
fn seventeen_numbers_in_a_row_take_one_entry() {
    let all: Vec<u16> = (0..17).map(|step| 65_530_u16.wrapping_add(step)).collect();
    assert_eq!(nack(&all).len(), 12 + 4);
    assert_eq!(nack(&[]).len(), 0);
    let bytes = nack(&[5, 5, 21, 20, 3]);
    let FeedbackMessage::Nack(nack) = read(&bytes).message else {
        panic!()
    };
    assert_eq!(nack.sequences().collect::<Vec<_>>(), [5, 20, 21, 3]);
}

#[test]
fn picture_loss_and_full_intra_are_the_same_as_the_oracles_to_the_octet() {
    let ours = written(|writer| writer.picture_loss(Ssrc(1), Ssrc(2)).unwrap());
    let pli = oracle::Pli::builder();
    let theirs = oracle::PayloadFeedback::builder(&pli)
        .sender_ssrc(1)
        .media_ssrc(2);
    let mut buffer = [0; 64];
    let len = theirs.write_into(&mut buffer).unwrap();
    assert_eq!(ours, buffer[..len]);
    assert!(Compound::parse(&ours).unwrap().is_reduced());

    let requests = [
        IntraRequest {
            ssrc: Ssrc(7),
            command: 255,
        },
        IntraRequest {
            ssrc: Ssrc(8),
            command: 0,
        },
    ];
    // The oracle keeps its entries in no order, so only one is compared.
    let ours = written(|writer| writer.full_intra(Ssrc(1), &requests[..1]).unwrap());
    let fir = oracle::Fir::builder().add_ssrc(7, 255);
    let theirs = oracle::PayloadFeedback::builder(&fir).sender_ssrc(1);
    let len = theirs.write_into(&mut buffer).unwrap();
    assert_eq!(ours, buffer[..len]);
    let ours = written(|writer| writer.full_intra(Ssrc(1), &requests).unwrap());
    let FeedbackMessage::FullIntra(full_intra) = read(&ours).message else {
        panic!()
    };
    assert_eq!(full_intra.requests().collect::<Vec<_>>(), requests);
}

#[test]
fn estimates_are_read_and_written_as_a_second_implementation_does() {
    use rtc_rtcp::payload_feedbacks::receiver_estimated_maximum_bitrate::ReceiverEstimatedMaximumBitrate as Theirs;
    use rtc_shared::marshal::{Marshal, Unmarshal};
    for (rate, exact) in [
        (1, true),
        (262_143, true),
        (262_145, false),
        (8_927_168, true),
        (1 << 40, true),
    ] {
        let ours = written(|writer| {
            writer
                .maximum_bitrate(Ssrc(1), rate, &[Ssrc(72), Ssrc(73)])
                .unwrap();
        });
        let FeedbackMessage::MaximumBitrate(estimate) = read(&ours).message else {
            panic!()
        };
        assert_eq!(estimate.bits_per_second == rate, exact);
        assert!(estimate.bits_per_second <= rate && rate - estimate.bits_per_second <= rate >> 17);
        assert!(estimate.sources().eq([Ssrc(72), Ssrc(73)]));
        let theirs = Theirs::unmarshal(&mut &ours[..]).unwrap();
        assert_eq!(theirs.bitrate, estimate.bits_per_second as f32);
        assert_eq!(theirs.ssrcs, [72, 73]);
        assert_eq!(theirs.marshal().unwrap(), ours);
    }
    let most = written(|writer| writer.maximum_bitrate(Ssrc(1), u64::MAX, &[]).unwrap());
    let FeedbackMessage::MaximumBitrate(estimate) = read(&most).message else {
        panic!()
    };
    assert_eq!(estimate.bits_per_second, 0x3_ffff << 46);
}

#[test]
fn cut_off_feedback_is_refused_with_its_type() {
    let broken = |packet_type, format| {
        Err(RtcpError::Feedback {
            packet_type,
            format,
        })
    };
    let mut remb = written(|writer| writer.maximum_bitrate(Ssrc(1), 9, &[Ssrc(72)]).unwrap());
    remb[16] = 2;
    assert_eq!(Compound::parse(&remb).map(drop), broken(206, 15));
    let mut twcc = written(|writer| {
        let arrivals = [Some(std::time::Duration::ZERO)];
        writer
            .transport_wide(Ssrc(1), Ssrc(2), 0, 0, arrivals.into_iter())
            .unwrap();
    });
    twcc[15] = 8;
    assert_eq!(Compound::parse(&twcc).map(drop), broken(205, 15));
    assert_eq!(
        Compound::parse(&[0x81, 206, 0, 1, 0, 0, 0, 1]).unwrap_err(),
        RtcpError::TooShort {
            packet_type: 206,
            len: 8,
            need: 12
        }
    );
}

#[test]
fn padding_of_one_to_three_octets_is_taken_as_browsers_send_it() {
    let mut bytes = written(|writer| {
        let arrivals = [Some(std::time::Duration::ZERO); 8];
        writer
            .transport_wide(Ssrc(1), Ssrc(2), 0, 0, arrivals.into_iter())
            .unwrap();
    });
    let last = bytes.len() - 1;
    bytes[0] |= 0x20;
    bytes[last] = 2;
    let FeedbackMessage::TransportWide(feedback) = read(&bytes).message else {
        panic!()
    };
    assert_eq!(feedback.arrivals().count(), 8);
    bytes[last] = 3;
    assert!(Compound::parse(&bytes).is_err(), "a delta is padded away");
}

proptest! {
    #[test]
    fn missing_numbers_read_back_here_and_by_the_oracle(start: u16, steps in proptest::collection::vec(1u16..40, 0..60)) {
        let mut at = start;
        let mut sequences = vec![start];
        for step in steps {
            at = at.wrapping_add(step);
            sequences.push(at);
        }
        let bytes = nack(&sequences);
        let feedback = read(&bytes);
        let FeedbackMessage::Nack(ours) = feedback.message else { panic!() };
        prop_assert!(ours.sequences().eq(sequences.iter().copied()));
        prop_assert_eq!((feedback.sender, feedback.media), (Ssrc(1), Ssrc(2)));
        let packet = oracle::TransportFeedback::parse(&bytes).unwrap();
        let theirs = packet.parse_fci::<oracle::Nack<'_>>().unwrap();
        prop_assert!(theirs.entries().eq(sequences));
    }
}

#[test]
fn a_temporary_limit_is_laid_out_as_the_rfc_draws_it() {
    let limit = TemporaryLimit {
        ssrc: Ssrc(0x0102_0304),
        bits_per_second: 256_000,
        overhead: 40,
    };
    let bytes = written(|writer| writer.limit_request(Ssrc(9), &[limit]).unwrap());
    // 256,000 = 128,000 · 2^1 in 17 bits.
    let word: u32 = 1 << 26 | 128_000 << 9 | 40;
    let mut expected = vec![0x83, 205, 0, 4, 0, 0, 0, 9, 0, 0, 0, 0, 1, 2, 3, 4];
    expected.extend(word.to_be_bytes());
    assert_eq!(bytes, expected);
    let notice = written(|writer| writer.limit_notice(Ssrc(9), &[]).unwrap());
    assert_eq!(notice, [0x84, 205, 0, 2, 0, 0, 0, 9, 0, 0, 0, 0]);
    // Of 1,000 octets and 28 of IPv4 and UDP.
    assert_eq!(limit.of_rtp(1_000), 256_000 * 1_000 / 1_028);
}

proptest! {
    #[test]
    fn a_temporary_limit_comes_back_but_for_its_last_bits(bits_per_second: u64, overhead in 0..512_u16) {
        let limit = TemporaryLimit { ssrc: Ssrc(5), bits_per_second, overhead };
        let bytes = written(|writer| writer.limit_request(Ssrc(1), &[limit, limit]).unwrap());
        let FeedbackMessage::LimitRequest(limits) = read(&bytes).message else { panic!() };
        let read: Vec<TemporaryLimit> = limits.limits().collect();
        prop_assert_eq!(read.len(), 2);
        prop_assert_eq!((read[0].ssrc, read[0].overhead), (limit.ssrc, overhead));
        prop_assert!(read[0].bits_per_second <= bits_per_second);
        prop_assert!(bits_per_second - read[0].bits_per_second <= bits_per_second >> 16);
    }
}
