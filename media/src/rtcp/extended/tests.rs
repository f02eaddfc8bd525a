use proptest::prelude::*;
use rtc_rtcp::extended_report as peer;
use rtc_shared::marshal::{Marshal, Unmarshal};
use rtcp_types as oracle;
use rtcp_types::prelude::*;

use super::super::{Compound, CompoundWriter, Packet};
use super::*;

const METRICS: VoipMetrics = VoipMetrics {
    ssrc: Ssrc(0xdead_beef),
    loss_rate: 1,
    discard_rate: 2,
    burst_density: 3,
    gap_density: 4,
    burst_duration_ms: 0x0506,
    gap_duration_ms: 0x0708,
    round_trip_delay_ms: 0x090a,
    end_system_delay_ms: 0x0b0c,
    signal_level_dbm0: -30,
    noise_level_dbm0: -70,
    residual_echo_return_loss_db: 55,
    gap_threshold: 16,
    r_factor: 93,
    external_r_factor: UNAVAILABLE,
    mos_listening_tenths: 44,
    mos_conversational_tenths: 43,
    concealment: LossConcealment::Standard,
    adaptation: JitterAdaptation::Adaptive,
    adaptation_rate: 5,
    jitter_nominal_ms: 40,
    jitter_maximum_ms: 80,
    jitter_absolute_maximum_ms: 300,
};

fn report(write: impl FnOnce(&mut ExtendedReportWriter<'_, '_>)) -> Vec<u8> {
    let mut buffer = vec![0xaa; 400];
    let mut writer = CompoundWriter::new(&mut buffer);
    write(&mut writer.extended_report(Ssrc(9)).unwrap());
    let len = writer.finish();
    buffer.truncate(len);
    buffer
}

fn blocks(bytes: &[u8]) -> Vec<ExtendedBlock<'_>> {
    let packet = Compound::parse(bytes).unwrap().packets().next();
    let Some(Packet::ExtendedReport { blocks, .. }) = packet else {
        panic!("{packet:?}")
    };
    blocks.collect()
}

#[test]
fn voip_metrics_are_those_of_a_second_implementation() {
    let bytes = report(|writer| writer.voip_metrics(&METRICS).unwrap());
    let [ExtendedBlock::VoipMetrics(metrics)] = blocks(&bytes)[..] else {
        panic!()
    };
    assert_eq!(metrics, METRICS);
    let theirs = peer::ExtendedReport::unmarshal(&mut &bytes[..]).unwrap();
    assert_eq!(theirs.sender_ssrc, 9);
    let metrics = theirs.reports[0]
        .as_any()
        .downcast_ref::<peer::VoIPMetricsReportBlock>()
        .unwrap();
    assert_eq!((metrics.ssrc, metrics.loss_rate), (0xdead_beef, 1));
    assert_eq!(
        (metrics.burst_duration, metrics.end_system_delay),
        (0x0506, 0x0b0c)
    );
    assert_eq!(
        (metrics.signal_level, metrics.gmin, metrics.mos_cq),
        (226, 16, 43)
    );
    assert_eq!((metrics.rx_config, metrics.jb_abs_max), (0xf5, 300));
    assert_eq!(theirs.marshal().unwrap(), bytes);
}

#[test]
fn times_and_their_answers_are_those_of_the_oracle() {
    let delays = [
        DelayBlock {
            ssrc: Ssrc(1),
            last_receiver_report: 2,
            delay_since_last_receiver_report: 3,
        },
        DelayBlock {
            ssrc: Ssrc(4),
            last_receiver_report: 5,
            delay_since_last_receiver_report: 6,
        },
    ];
    let bytes = report(|writer| {
        writer
            .receiver_reference_time(NtpTime(0x0102_0304_0506_0708))
            .unwrap();
        writer.delays(&delays).unwrap();
    });
    let [
        ExtendedBlock::ReceiverReferenceTime(NtpTime(0x0102_0304_0506_0708)),
        ExtendedBlock::Delays(ours),
    ] = blocks(&bytes)[..]
    else {
        panic!()
    };
    assert!(ours.iter().eq(delays));
    assert_eq!(ours.to(Ssrc(4)), Some(delays[1]));
    let answer = |delay: DelayBlock| {
        oracle::DelaySinceLastReceiverReportBlock::builder()
            .ssrc(delay.ssrc.0)
            .last_receiver_report(delay.last_receiver_report)
            .delay_since_last_receiver_report_timestamp(delay.delay_since_last_receiver_report)
    };
    let theirs = oracle::Xr::builder()
        .sender_ssrc(9)
        .add_block(oracle::ReceiverReferenceTime::builder().ntp_timestamp(0x0102_0304_0506_0708))
        .add_block(
            oracle::DelaySinceLastReceiverReport::builder()
                .add_block(answer(delays[0]))
                .add_block(answer(delays[1])),
        );
    let mut buffer = [0; 100];
    let len = theirs.write_into(&mut buffer).unwrap();
    assert_eq!(bytes, buffer[..len]);
}

#[test]
fn a_block_that_does_not_fit_leaves_the_report_whole() {
    let mut buffer = [0; 40];
    let mut writer = CompoundWriter::new(&mut buffer);
    let mut report = writer.extended_report(Ssrc(9)).unwrap();
    report.receiver_reference_time(NtpTime(1)).unwrap();
    assert!(report.voip_metrics(&METRICS).is_err());
    let len = writer.finish();
    assert_eq!(blocks(&buffer[..len]).len(), 1);
}

#[test]
fn unknown_blocks_are_passed_over_and_cut_off_ones_refused() {
    let mut bytes = report(|writer| {
        writer.receiver_reference_time(NtpTime(1)).unwrap();
        writer.voip_metrics(&METRICS).unwrap();
    });
    bytes[8] = 99;
    assert!(matches!(
        blocks(&bytes)[..],
        [
            ExtendedBlock::Other { block_type: 99, .. },
            ExtendedBlock::VoipMetrics(_)
        ]
    ));
    bytes[23] = 9;
    assert_eq!(
        Compound::parse(&bytes).unwrap_err(),
        RtcpError::ExtendedReport { block_type: 7 }
    );
}

proptest! {
    #[test]
    fn any_metrics_go_through_their_octets(octets: [u8; voip_metrics::LEN]) {
        let mut octets = octets;
        octets[25] = 0;
        let mut again = [0; voip_metrics::LEN];
        VoipMetrics::read(&octets).write(&mut again);
        prop_assert_eq!(octets, again);
    }
}
