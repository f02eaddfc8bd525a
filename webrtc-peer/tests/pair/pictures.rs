//! Lines for pictures: what is agreed on, packets both ways, repair and feedback.

use std::time::Duration;

use webrtc_peer::offer::{self, OfferedKind};
use webrtc_peer::{AudioCodec, Codec, Config, Direction, Event, PeerError, RtpPacket, Track};
use webrtc_peer::{TrackId, VideoCodec};

use super::support::{ANSWERER, OFFERER, Pair, config};
use super::{ALICE, BOB, SOON};

const PICTURE: TrackId = TrackId(1);

/// An offering side with a camera and two lines to watch others.
fn offering(codecs: &[VideoCodec]) -> Config {
    let mut config = config(ALICE, 1, &[AudioCodec::Opus], &[]);
    config.tracks.extend([
        Track::video(codecs, Direction::SendReceive),
        Track::video(codecs, Direction::ReceiveOnly),
        Track::video(codecs, Direction::ReceiveOnly),
    ]);
    config
}

/// The other side, with a line for each that is offered and it has a codec for.
fn answering(codecs: &[VideoCodec]) -> impl FnOnce(&str) -> Config {
    let codecs = codecs.to_vec();
    move |offer| {
        let mut config = config(BOB, 2, &[AudioCodec::Opus], &[]);
        for line in offer::lines(offer).unwrap() {
            if let OfferedKind::Video(offered) = line.kind
                && offered.iter().any(|one| codecs.contains(one))
            {
                let direction = line.direction.unwrap().reversed();
                config.tracks.push(Track::video(&codecs, direction));
            }
        }
        config
    }
}

fn pair(offered: &[VideoCodec], answered: &[VideoCodec], loss_percent: u32) -> Pair {
    let mut pair = Pair::answer(offering(offered), answering(answered), loss_percent);
    for peer in [OFFERER, ANSWERER] {
        pair.run_until_seen(peer, SOON, |event| *event == Event::Connected);
    }
    pair
}

fn packet(ssrc: u32, payload_type: u8, sequence: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let packet = RtpPacket {
        ssrc,
        payload_type,
        codec: None,
        sequence,
        timestamp: u32::from(sequence) * 3_000,
        marker: sequence.is_multiple_of(2),
        payload: payload.to_vec().into(),
    };
    packet.write(&mut bytes);
    bytes
}

impl Pair {
    fn show(&mut self, peer: usize, track: TrackId, packet: &[u8]) -> Option<u16> {
        let sent = self.peers[peer].send_packet(self.now, track, packet);
        self.drain(peer);
        self.run_until(self.now + Duration::from_millis(10));
        sent.unwrap()
    }

    fn came(&self, peer: usize, on: TrackId) -> Vec<RtpPacket> {
        let packets = self.events[peer]
            .iter()
            .filter_map(|(_, event)| match event {
                Event::Rtp { track, packet } if *track == on => Some(packet.clone()),
                _ => None,
            });
        packets.collect()
    }
}

#[test]
fn the_answering_side_chooses_the_order_of_codecs() {
    let (h264, vp8) = (VideoCodec::H264, VideoCodec::Vp8);
    let mut pair = pair(&[vp8, h264], &[h264, vp8], 0);
    for peer in [OFFERER, ANSWERER] {
        let formats = pair.peers[peer].video_formats(PICTURE);
        let codecs: Vec<VideoCodec> = formats.iter().map(|format| format.codec).collect();
        assert_eq!(codecs, [h264, vp8]);
        for format in formats {
            assert_eq!(format.payload_type, format.codec.offered_payload_type());
            assert_eq!(format.repair, Some(format.payload_type + 1));
        }
        let mids = [0, 1, 2, 3].map(|track| pair.peers[peer].mid(TrackId(track)));
        assert_eq!(mids, ["0", "1", "2", "3"].map(|mid| Some(mid.to_owned())));
    }
    // Only the answering side sends on the others.
    assert!(pair.peers[OFFERER].video_formats(TrackId(2)).is_empty());
    assert_eq!(pair.peers[ANSWERER].video_formats(TrackId(2)).len(), 2);
}

#[test]
fn packets_of_pictures_arrive_as_they_were_written() {
    let (h264, vp8) = (VideoCodec::H264, VideoCodec::Vp8);
    let mut pair = pair(&[h264, vp8], &[h264, vp8], 0);
    for (number, codec) in (0..).zip([h264, vp8, h264]) {
        for (peer, track) in [
            (OFFERER, PICTURE),
            (ANSWERER, PICTURE),
            (ANSWERER, TrackId(3)),
        ] {
            let sources = pair.peers[peer].sources(track).unwrap();
            let payload_type = codec.offered_payload_type();
            let written = packet(
                sources.media,
                payload_type,
                65_534u16.wrapping_add(number),
                &[peer as u8; 900],
            );
            pair.show(peer, track, &written);
            let came = pair.came(1 - peer, track).pop().unwrap();
            assert_eq!(came.codec, Some(Codec::Video(codec)));
            let mut again = Vec::new();
            came.write(&mut again);
            assert_eq!(again, written);
        }
    }
}

#[test]
fn a_retransmission_arrives_as_the_packet_it_repeats() {
    let mut pair = pair(&[VideoCodec::H264], &[VideoCodec::H264], 0);
    let sources = pair.peers[OFFERER].sources(PICTURE).unwrap();
    let original = packet(sources.media, 102, 10, b"picture");
    pair.show(OFFERER, PICTURE, &original);
    let mut repair = packet(sources.repair, 103, 500, &[0, 10]);
    repair.extend(b"picture");
    // The timestamp is that of the packet that is repeated.
    repair[4..8].copy_from_slice(&original[4..8]);
    pair.show(OFFERER, PICTURE, &repair);
    let came = pair.came(ANSWERER, PICTURE);
    let [first, second] = &came[..] else {
        panic!("{came:?}");
    };
    assert_eq!(
        (first.sequence, &first.payload),
        (second.sequence, &second.payload)
    );
    assert_eq!(first.ssrc, second.ssrc);
}

#[test]
fn feedback_arrives_and_packets_are_reported_on() {
    let mut pair = pair(&[VideoCodec::H264], &[VideoCodec::H264], 0);
    let sources = pair.peers[OFFERER].sources(PICTURE).unwrap();
    let numbers: Vec<u16> = (0..30)
        .filter_map(|number| {
            let bytes = packet(sources.media, 102, number, b"picture");
            pair.show(OFFERER, PICTURE, &bytes)
        })
        .collect();
    assert_eq!(numbers, (0..30).collect::<Vec<u16>>());
    // A picture loss indication (RFC 4585 §6.3.1) behind an empty receiver report.
    let mut loss = vec![0x80, 201, 0, 1, 0, 0, 0, 7, 0x81, 206, 0, 2, 0, 0, 0, 7];
    loss.extend(sources.media.to_be_bytes());
    let now = pair.now;
    pair.peers[ANSWERER].send_rtcp(now, &loss).unwrap();
    pair.drain(ANSWERER);
    pair.run_until(now + Duration::from_secs(6));
    let reports = pair.events[OFFERER]
        .iter()
        .filter_map(|(_, event)| match event {
            Event::Rtcp { track, compound } => Some((*track, compound[0] & 0x1f, compound[1])),
            _ => None,
        });
    let reports: Vec<_> = reports.collect();
    // Picture loss, transport-wide feedback, a receiver report with one block.
    for expected in [(PICTURE, 1, 206), (PICTURE, 15, 205), (PICTURE, 1, 201)] {
        assert!(reports.contains(&expected), "{expected:?} in {reports:?}");
    }
    let is_sender_report =
        |event: &Event| matches!(event, Event::Rtcp { compound, .. } if compound[1] == 200);
    pair.run_until_seen(ANSWERER, SOON, is_sender_report);
}

#[test]
fn a_side_without_a_codec_for_pictures_still_talks() {
    let mut pair = pair(&[VideoCodec::H264], &[], 0);
    assert!(pair.peers[OFFERER].video_formats(PICTURE).is_empty());
    super::talk(&mut pair, 10);
    assert_eq!(super::heard(&pair, ANSWERER), 10);
    let now = pair.now;
    let written = packet(1, 102, 0, b"picture");
    let sent = pair.peers[OFFERER].send_packet(now, PICTURE, &written);
    assert!(matches!(sent, Err(PeerError::NotNegotiated(1))), "{sent:?}");
}

#[test]
fn what_is_no_packet_of_the_line_is_refused() {
    let mut pair = pair(&[VideoCodec::H264], &[VideoCodec::H264], 0);
    let (now, peer) = (pair.now, &mut pair.peers[OFFERER]);
    let sources = peer.sources(PICTURE).unwrap();
    let wrong = [
        packet(sources.media.wrapping_add(1), 102, 0, b""),
        packet(sources.media, 103, 0, b""),
        packet(sources.repair, 102, 0, b""),
        vec![0x80; 11],
        Vec::new(),
    ];
    for bytes in wrong {
        let sent = peer.send_packet(now, PICTURE, &bytes);
        assert!(matches!(sent, Err(PeerError::BadPacket(_))), "{sent:?}");
    }
    for track in [TrackId(0), TrackId(2), TrackId(9)] {
        let bytes = packet(sources.media, 102, 0, b"");
        assert!(peer.send_packet(now, track, &bytes).is_err());
    }
    assert!(peer.send_rtcp(now, &[0x81, 206, 0, 9]).is_err());
    assert!(peer.send_rtcp(now, &[]).is_err());
}
