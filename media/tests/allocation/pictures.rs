//! Pictures: taken apart and put together, forwarded, paced, estimated.

use std::time::Duration;

use media::bandwidth::{ArrivalLog, BandwidthEstimator, Limits};
use media::forward::{
    Incoming, KeyFrameRequests, LayerRates, Outgoing, Pacer, PayloadFormat, Rewriter,
};
use media::rtcp::{Compound, CompoundWriter, FeedbackMessage, Packet};
use media::video::h264::{Depacketized, Depacketizer, Packetizer};
use media::video::{Camera, Clip, Format};
use media::{Identity, SdesKey, Ssrc, Suite, VideoConfig, VideoOutput, VideoStream};

use crate::allocations::assert_no_allocations;

/// A sender, a forwarder with two receivers, and one of them that looks (but does not decode: the decoder allocates).
struct Meeting {
    sender: VideoStream,
    receiver: VideoStream,
    outgoing: [Outgoing; 2],
    rates: LayerRates,
    requests: KeyFrameRequests,
    pacer: Pacer,
    estimator: BandwidthEstimator,
    log: ArrivalLog,
    number: u16,
}

impl Meeting {
    fn new() -> Meeting {
        let key = SdesKey::generate(Suite::AeadAes128Gcm, |octets| octets.fill(5));
        let identity = |number: u8| Identity::generate(|octets| octets.fill(number));
        let stream = |number, camera, key: Option<SdesKey>| {
            let config = VideoConfig::new(99, identity(number));
            let keys = media::KeyPair {
                inbound: key,
                outbound: None,
            };
            VideoStream::new(VideoConfig {
                camera,
                keys,
                watch: false,
                ..config
            })
            .expect("no encoder is needed beyond the clip's")
        };
        let outgoing =
            |number: u16| Outgoing::new(Ssrc(7), 99, Rewriter::video(number), Some(&key));
        Meeting {
            sender: stream(1, Camera::SMALL_CLIP, None),
            receiver: stream(2, Camera::None, Some(key.clone())),
            outgoing: [outgoing(1), outgoing(2)],
            rates: LayerRates::default(),
            requests: KeyFrameRequests::default(),
            pacer: Pacer::new(10_000_000),
            estimator: BandwidthEstimator::new(Limits::default()),
            log: ArrivalLog::new(),
            number: 0,
        }
    }

    fn run(&mut self, from: Duration, pictures: u32) {
        let mut buffer = [0; 1_500];
        for picture in 0..pictures {
            let now = from + Duration::from_secs(1) * picture / 15;
            self.sender.tick(now);
            while let VideoOutput::Rtp(packet) | VideoOutput::Rtcp(packet) = self.sender.poll() {
                let Ok(incoming) = Incoming::read(PayloadFormat::H264, packet) else {
                    continue;
                };
                self.rates.on_packet(now, 0, packet.len());
                for outgoing in &mut self.outgoing {
                    outgoing.choose(self.rates.choose(now, 1_000_000, outgoing.layer()));
                    if let Some(layer) = outgoing.awaited() {
                        self.requests.want(layer);
                    }
                    if let Some(len) = outgoing.forward(now, 0, &incoming, &mut buffer) {
                        self.pacer.push(&buffer[..len]);
                    }
                    self.requests.poll(now, None);
                }
                let mut copy = 0;
                while let Some(packet) = self.pacer.pop(now + Duration::from_millis(60)) {
                    self.number = self.number.wrapping_add(1);
                    self.estimator.on_sent(now, self.number, packet.len());
                    self.log
                        .on_packet(now + Duration::from_millis(60), self.number);
                    copy += 1;
                    // One in seven is lost, one of two receivers looks.
                    if copy % 2 == 1 && !self.number.is_multiple_of(7) {
                        buffer[..packet.len()].copy_from_slice(packet);
                        let len = packet.len();
                        self.receiver.handle_rtp(now, &mut buffer[..len]);
                    }
                }
            }
            self.receiver.tick(now);
            while let VideoOutput::Rtp(_) | VideoOutput::Rtcp(_) = self.receiver.poll() {
                self.sender.give_key_frame(now);
            }
            self.feed_back(now, &mut buffer);
        }
    }

    fn feed_back(&mut self, now: Duration, buffer: &mut [u8]) {
        let mut writer = CompoundWriter::new(buffer);
        if self.log.write(&mut writer, Ssrc(1), Ssrc(7)).expect("room") {
            let len = writer.finish();
            for packet in Compound::parse(&buffer[..len]).expect("ours").packets() {
                if let Packet::Feedback(feedback) = packet
                    && let FeedbackMessage::TransportWide(feedback) = feedback.message
                {
                    self.estimator.on_feedback(now, &feedback);
                }
            }
        }
    }
}

#[test]
fn pictures_are_sent_forwarded_and_put_together_without_allocation() {
    let mut meeting = Meeting::new();
    meeting.run(Duration::ZERO, 300);
    let clip = Clip::of(Format::SMALL).expect("an encoder");
    let (mut packetizer, mut depacketizer) = (Packetizer::new(1_200), Depacketizer::new());
    let mut payload = [0; 1_200];
    let mut sequence = 0u16;
    let mut play = || {
        let mut whole = 0;
        for number in 0..clip.len() {
            packetizer.begin();
            while let Some(piece) = packetizer.next(clip.picture(number), &mut payload) {
                depacketizer.handle(sequence, number, piece.is_last, &payload[..piece.len]);
                sequence = sequence.wrapping_add(1);
            }
            whole += u32::from(matches!(
                depacketizer.poll(),
                Some(Depacketized::Picture { .. })
            ));
        }
        whole
    };
    let mut whole = play();
    assert_no_allocations(|| {
        whole += play() + play();
        meeting.run(Duration::from_secs(20), 1_500);
    });
    assert_eq!(whole, 3 * clip.len());
    let seen = meeting.receiver.statistics();
    assert!(
        seen.seen.pictures > 200 && seen.seen.orphaned > 200,
        "{seen:?}"
    );
    assert!(meeting.estimator.statistics().feedbacks > 1_000);
}
