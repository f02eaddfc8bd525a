use super::*;
use crate::codec::AudioCodec;
use crate::srtp::Suite;
use crate::tone::Tone;

fn identity(number: u8) -> crate::Identity {
    crate::Identity::generate(|octets| octets.fill(number))
}

fn key(number: u8, suite: Suite) -> SdesKey {
    SdesKey::generate(suite, |octets| octets.fill(number))
}

fn config(number: u8) -> StreamConfig {
    StreamConfig {
        telephone_event: Some(101),
        ..StreamConfig::new(AudioCodec::Pcma, identity(number))
    }
}

/// Two streams on a wire with a fixed delay; `drops` says which RTP packets of `a` are lost.
struct Pair {
    a: Stream,
    b: Stream,
    now: Duration,
    on_way: Vec<(Duration, bool, bool, Vec<u8>)>,
    delay: Duration,
    drops: fn(u64) -> bool,
    count: u64,
    keys_heard: Vec<DtmfEvent>,
}

impl Pair {
    fn new(a: StreamConfig, b: StreamConfig, delay: Duration) -> Pair {
        let (a, b, now) = (Stream::new(a), Stream::new(b), Duration::from_millis(777));
        Pair {
            a,
            b,
            now,
            on_way: Vec::new(),
            delay,
            drops: |_| false,
            count: 0,
            keys_heard: Vec::new(),
        }
    }

    fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now += Duration::from_millis(1);
            for index in 0..self.on_way.len() {
                let (at, to_b, is_rtp, bytes) = &mut self.on_way[index];
                if *at == self.now {
                    let target = if *to_b { &mut self.b } else { &mut self.a };
                    if *is_rtp {
                        target.handle_rtp(self.now, bytes)
                    } else {
                        target.handle_rtcp(self.now, bytes)
                    }
                }
            }
            self.on_way.retain(|(at, ..)| *at > self.now);
            for to_b in [true, false] {
                let stream = if to_b { &mut self.a } else { &mut self.b };
                stream.tick(self.now);
                loop {
                    let (is_rtp, bytes) = match stream.poll() {
                        StreamOutput::Rtp(bytes) => (true, bytes.to_vec()),
                        StreamOutput::Rtcp(bytes) => (false, bytes.to_vec()),
                        StreamOutput::Dtmf(event) => {
                            self.keys_heard.push(event);
                            continue;
                        }
                        StreamOutput::Wait(deadline) if deadline <= self.now => {
                            stream.tick(self.now);
                            continue;
                        }
                        StreamOutput::Wait(_) => break,
                    };
                    self.count += u64::from(is_rtp && to_b);
                    if !(is_rtp && to_b && (self.drops)(self.count)) {
                        self.on_way
                            .push((self.now + self.delay, to_b, is_rtp, bytes));
                    }
                }
            }
        }
    }
}

#[test]
fn a_protected_call_is_heard_with_its_frequency_level_and_delay() {
    for suite in Suite::ALL {
        let (ka, kb) = (key(1, suite), key(2, suite));
        let keys = |inbound: &SdesKey, outbound: &SdesKey| KeyPair {
            inbound: Some(inbound.clone()),
            outbound: Some(outbound.clone()),
        };
        let a = StreamConfig {
            keys: keys(&kb, &ka),
            source: Source::Tone(Tone::marked(8_000, 1_000.0)),
            ..config(1)
        };
        let b = StreamConfig {
            keys: keys(&ka, &kb),
            ..config(2)
        };
        let mut pair = Pair::new(a, b, Duration::from_millis(43));
        pair.run(Duration::from_secs(12));
        let heard = pair.b.heard();
        assert!(
            (heard.frequency_hz.unwrap() - 1_000.0).abs() < 1.0,
            "{heard:?}"
        );
        assert!((heard.level_dbm0.unwrap() + 10.0).abs() < 0.5, "{heard:?}");
        let delay = heard.delay.unwrap();
        // 20 ms to fill the frame, 43 ms on the way, 10 to 30 ms in the buffer.
        assert!((72_000..=94_000).contains(&delay.latest_us), "{delay:?}");
        assert_eq!(heard.gaps, 0);
        let statistics = pair.b.statistics();
        assert_eq!(statistics.playout.concealed_samples, 0);
        assert_eq!(statistics.received.unwrap().lost, 0);
        assert!(statistics.quality.unwrap().mos_cq > 4.2);
        let round_trip = pair.a.statistics().round_trip.unwrap();
        assert!(
            (85..=87).contains(&round_trip.as_millis()),
            "{round_trip:?}"
        );
        assert!(pair.b.statistics().reports_sent >= 2);
        assert_eq!(pair.b.statistics().arrived.refused, 0);
    }
}

#[test]
fn without_loss_every_sample_is_that_of_the_codec() {
    let samples: Vec<i16> = (0..8_000i32)
        .map(|n| (n * n % 20_011 - 10_000) as i16)
        .collect();
    let a = StreamConfig {
        source: Source::once(samples.clone()),
        ..config(1)
    };
    let mut pair = Pair::new(a, config(2), Duration::from_millis(5));
    let mut heard = Vec::new();
    for _ in 0..80 {
        pair.run(Duration::from_millis(20));
        heard.extend_from_slice(pair.b.heard_frame());
    }
    let (mut codes, mut expected) = (vec![0; 8_000], vec![0; 8_000]);
    crate::codec::g711::encode_a_law(&samples, &mut codes);
    crate::codec::g711::decode_a_law(&codes, &mut expected);
    let lag = heard
        .windows(160)
        .position(|window| window == &expected[..160])
        .unwrap();
    assert_eq!(heard[lag..lag + 8_000], expected);
}

#[test]
fn loss_is_counted_concealed_and_rated() {
    let a = StreamConfig {
        source: Source::Tone(Tone::marked(8_000, 440.0)),
        ..config(1)
    };
    let mut pair = Pair::new(a, config(2), Duration::from_millis(30));
    pair.drops = |number| number % 10 == 5;
    pair.run(Duration::from_secs(10));
    let statistics = pair.b.statistics();
    let lost = statistics.received.unwrap().lost;
    assert!((49..=50).contains(&lost), "{lost}");
    assert!(
        statistics
            .playout
            .concealed_samples
            .abs_diff(lost as u64 * 160)
            <= 160,
        "{statistics:?}"
    );
    assert!((statistics.effective_loss() - 0.1).abs() < 0.005);
    let quality = statistics.quality.unwrap();
    assert!(quality.r < 75.0 && quality.mos_lq < 3.9, "{quality:?}");
    let heard = pair.b.heard();
    assert!(
        (heard.frequency_hz.unwrap() - 440.0).abs() < 1.0 && heard.gaps == 0,
        "{heard:?}"
    );
    assert!(
        pair.a
            .statistics()
            .remote
            .unwrap()
            .fraction_lost
            .abs_diff(25)
            < 5
    );
}

#[test]
fn what_is_lost_in_an_outage_is_counted_when_it_is_over() {
    /// Whether a packet is lost, by its number.
    type IsLost = fn(u64) -> bool;
    let outages: [(IsLost, u64); 3] = [
        (|number| (100..120).contains(&number), 20),
        (|number| (100..140).contains(&number), 40),
        (|number| (100..250).contains(&number), 150),
    ];
    for (drops, lost) in outages {
        let a = StreamConfig {
            source: Source::Tone(Tone::marked(8_000, 440.0)),
            ..config(1)
        };
        let mut pair = Pair::new(a, config(2), Duration::from_millis(30));
        pair.drops = drops;
        pair.run(Duration::from_secs(10));
        let statistics = pair.b.statistics();
        assert_eq!(statistics.received.unwrap().lost, lost as i64);
        assert_eq!(
            (
                statistics.playout.packets_missed,
                statistics.playout.missed_runs
            ),
            (lost, 1)
        );
        let share = lost as f64 / statistics.received.unwrap().expected as f64;
        let told = statistics.voice_metrics();
        assert!(
            (told.loss - share).abs() < 0.001 && told.discard == 0.0,
            "{told:?}"
        );
    }
}

#[test]
fn who_is_asked_to_tells_how_the_voice_was_heard() {
    let told = |number| StreamConfig {
        extended_reports: ExtendedReports {
            voice_metrics: true,
            ..ExtendedReports::default()
        },
        source: Source::Tone(Tone::marked(8_000, 440.0)),
        ..config(number)
    };
    let mut pair = Pair::new(told(1), config(2), Duration::from_millis(30));
    pair.drops = |number| number % 10 == 5;
    pair.run(Duration::from_secs(20));
    assert_eq!(pair.a.statistics().remote_voice, None, "nobody asked b");
    let heard = pair.b.statistics().remote_voice.unwrap();
    assert_eq!((heard.ssrc, heard.loss_rate), (pair.b.statistics().ssrc, 0));
    assert!((92..=93).contains(&heard.r_factor), "{heard:?}");
    let mut pair = Pair::new(config(1), told(2), Duration::from_millis(30));
    pair.drops = |number| number % 10 == 5;
    pair.run(Duration::from_secs(20));
    let heard = pair.a.statistics().remote_voice.unwrap();
    // A tenth is lost, each alone: all of it lies in one long burst of every tenth packet.
    assert!(
        (24..=26).contains(&heard.loss_rate) && heard.discard_rate == 0,
        "{heard:?}"
    );
    assert!((24..=28).contains(&heard.burst_density), "{heard:?}");
    assert!((59..=61).contains(&heard.round_trip_delay_ms), "{heard:?}");
    assert!((60..=72).contains(&heard.r_factor), "{heard:?}");
    assert!((30..=60).contains(&heard.end_system_delay_ms), "{heard:?}");
}

#[test]
fn who_does_not_send_learns_the_round_trip_if_both_want_it() {
    let both = |answers| {
        let silent = StreamConfig {
            direction: Direction::ReceiveOnly,
            extended_reports: ExtendedReports {
                receiver_round_trip: answers,
                ..ExtendedReports::default()
            },
            ..config(1)
        };
        let speaks = StreamConfig {
            direction: Direction::SendOnly,
            ..silent.clone()
        };
        (
            silent,
            StreamConfig {
                identity: identity(2),
                ..speaks
            },
        )
    };
    for (answers, is_known) in [
        (None, false),
        (Some(Answers::All), true),
        (Some(Answers::Senders), true),
    ] {
        let (silent, speaks) = both(answers);
        let mut pair = Pair::new(silent, speaks, Duration::from_millis(30));
        pair.run(Duration::from_secs(20));
        let told = pair.a.statistics().round_trip;
        assert_eq!(told.is_some(), is_known, "{answers:?}");
        assert!(
            told.is_none_or(|told| (59..=61).contains(&told.as_millis())),
            "{told:?}"
        );
    }
    // Of two who do not send, none may answer where only senders do.
    for (answers, is_known) in [(Answers::All, true), (Answers::Senders, false)] {
        let (silent, _) = both(Some(answers));
        let other = StreamConfig {
            identity: identity(2),
            ..silent.clone()
        };
        let mut pair = Pair::new(silent, other, Duration::from_millis(30));
        pair.run(Duration::from_secs(20));
        let told = pair.a.statistics().round_trip;
        assert_eq!(told.is_some(), is_known, "{answers:?}: {told:?}");
    }
}

#[test]
fn keys_are_heard_and_speech_pauses_without_concealment() {
    let a = StreamConfig {
        source: Source::Tone(Tone::sine(8_000, 440.0, -10.0)),
        ..config(1)
    };
    let mut pair = Pair::new(a, config(2), Duration::from_millis(30));
    pair.run(Duration::from_secs(1));
    for character in "73#".chars() {
        pair.a
            .press(
                Key::from_char(character).unwrap(),
                Duration::from_millis(80),
            )
            .unwrap();
    }
    pair.run(Duration::from_secs(2));
    let pressed: String = pair
        .keys_heard
        .iter()
        .filter_map(|event| match event {
            DtmfEvent::Pressed(key) => Some(key.as_char()),
            DtmfEvent::Released { .. } => None,
        })
        .collect();
    assert_eq!((pressed.as_str(), pair.keys_heard.len()), ("73#", 6));
    let playout = pair.b.statistics().playout;
    assert_eq!(
        playout.concealed_samples, playout.silent_concealed_samples,
        "{playout:?}"
    );
    assert_eq!(playout.packets_missed, 0);
    let plain = StreamConfig::new(AudioCodec::Pcma, identity(3));
    let key = Key::from_char('1').unwrap();
    assert_eq!(
        Stream::new(plain).press(key, FRAME),
        Err(DtmfError::NotNegotiated)
    );
}

#[test]
fn hold_mute_and_retrieve() {
    let tone = Source::Tone(Tone::sine(8_000, 440.0, -10.0));
    let a = StreamConfig {
        source: tone,
        ..config(1)
    };
    let mut pair = Pair::new(a, config(2), Duration::from_millis(30));
    pair.run(Duration::from_secs(1));
    pair.a.set_muted(true);
    pair.run(Duration::from_secs(1));
    let (muted_at, sent) = (pair.now, pair.a.statistics().sent.packets);
    pair.run(Duration::from_secs(1));
    assert!(!pair.b.ear_mut().unwrap().has_heard_since(muted_at));
    assert_eq!(pair.a.statistics().sent.packets, sent + 50);
    pair.a.set_muted(false);
    pair.a.set_direction(Direction::Inactive);
    pair.run(Duration::from_secs(2));
    assert_eq!(pair.a.statistics().sent.packets, sent + 50);
    pair.a.set_direction(Direction::SendReceive);
    let retrieved_at = pair.now;
    pair.run(Duration::from_millis(200));
    assert!(
        pair.b
            .ear_mut()
            .unwrap()
            .has_heard_since(retrieved_at + Duration::from_millis(100))
    );
    assert_eq!(pair.b.statistics().received.unwrap().lost, 0);
}

#[test]
fn opus_is_heard_and_its_losses_are_concealed() {
    let opus = |number| StreamConfig {
        telephone_event: Some(101),
        ..StreamConfig::new(AudioCodec::Opus, identity(number))
    };
    let a = StreamConfig {
        source: Source::Tone(Tone::marked(48_000, 440.0)),
        ..opus(1)
    };
    let mut pair = Pair::new(a, opus(2), Duration::from_millis(30));
    pair.drops = |number| number % 25 == 7;
    pair.run(Duration::from_secs(4));
    let heard = pair.b.heard();
    assert!(
        (heard.frequency_hz.unwrap() - 440.0).abs() < 3.0 && heard.gaps == 0,
        "{heard:?}"
    );
    assert!(
        (60_000..95_000).contains(&heard.delay.unwrap().latest_us),
        "{heard:?}"
    );
    let playout = pair.b.statistics().playout;
    assert_eq!(playout.concealed_samples, playout.packets_missed * 960);
    assert!(playout.packets_missed >= 7);
}

#[test]
fn what_comes_on_hold_is_counted_and_not_kept() {
    let a = StreamConfig {
        source: Source::Tone(Tone::sine(8_000, 440.0, -10.0)),
        ..config(1)
    };
    let mut pair = Pair::new(a, config(2), Duration::from_millis(30));
    pair.b.set_direction(Direction::SendOnly);
    pair.run(Duration::from_secs(5));
    assert!(pair.b.statistics().arrived.packets > 240 && pair.b.heard().first_sound.is_none());
    pair.b.set_direction(Direction::SendReceive);
    pair.run(Duration::from_secs(1));
    let playout = pair.b.statistics().playout;
    assert_eq!(
        (
            playout.concealed_samples,
            playout.buffer_flushes,
            playout.packets_missed
        ),
        (0, 0, 0)
    );
    assert!(pair.b.heard().first_sound.is_some());
}

#[test]
fn new_keys_take_over_and_old_ones_no_longer_pass() {
    let suite = Suite::AesCm128HmacSha1_80;
    let pair_of = |inbound: u8, outbound: u8| KeyPair {
        inbound: Some(key(inbound, suite)),
        outbound: Some(key(outbound, suite)),
    };
    let a = StreamConfig {
        keys: pair_of(2, 1),
        source: Source::Tone(Tone::sine(8_000, 440.0, -10.0)),
        ..config(1)
    };
    let mut pair = Pair::new(
        a,
        StreamConfig {
            keys: pair_of(1, 2),
            ..config(2)
        },
        Duration::from_millis(30),
    );
    pair.run(Duration::from_secs(1));
    pair.a.rekey(pair_of(2, 3));
    pair.run(Duration::from_millis(500));
    assert!(pair.b.statistics().arrived.refused >= 20);
    pair.b.rekey(pair_of(3, 2));
    let since = pair.now;
    pair.run(Duration::from_secs(1));
    assert!(
        pair.b
            .ear_mut()
            .unwrap()
            .has_heard_since(since + Duration::from_millis(900))
    );
    assert!(pair.a.statistics().arrived.refused == 0 && pair.a.statistics().arrived.packets > 100);
}

#[test]
fn farewell_is_heard_and_a_sleep_skips_its_frames() {
    let mut pair = Pair::new(config(1), config(2), Duration::from_millis(5));
    pair.run(Duration::from_secs(1));
    let sent = pair.a.statistics().sent.packets;
    pair.now += Duration::from_secs(3);
    pair.on_way.clear();
    pair.run(Duration::from_millis(400));
    assert!(pair.a.statistics().sent.packets <= sent + 30);
    pair.a.close(pair.now);
    pair.run(Duration::from_millis(100));
    assert!(pair.b.statistics().farewell_received);
}

#[test]
fn wide_band_speech_is_heard_at_its_own_rate() {
    let g722 = |number| StreamConfig::new(AudioCodec::G722, identity(number));
    let a = StreamConfig {
        source: Source::Tone(Tone::marked(16_000, 5_500.0)),
        ..g722(1)
    };
    let mut pair = Pair::new(a, g722(2), Duration::from_millis(30));
    pair.drops = |number| number % 50 == 7;
    pair.run(Duration::from_secs(4));
    let heard = pair.b.heard();
    assert!(
        (heard.frequency_hz.unwrap() - 5_500.0).abs() < 3.0 && heard.gaps == 0,
        "{heard:?}"
    );
    let playout = pair.b.statistics().playout;
    assert_eq!(playout.concealed_samples, playout.packets_missed * 320);
}

#[test]
fn packets_of_all_negotiated_times_are_sent_and_heard() {
    for (codec, rate) in [(AudioCodec::Pcma, 8_000), (AudioCodec::Opus, 48_000)] {
        for (ms, sent_ms) in [
            (10, 10),
            (20, 20),
            (30, 30),
            (40, 40),
            (60, 60),
            (7, 10),
            (500, 60),
        ] {
            let is_opus = codec == AudioCodec::Opus;
            let sent_ms = if is_opus && sent_ms == 30 {
                20
            } else {
                sent_ms
            };
            let config = |number| StreamConfig {
                packet_time: Duration::from_millis(ms),
                ..StreamConfig::new(codec, identity(number))
            };
            let a = StreamConfig {
                source: Source::Tone(Tone::sine(rate, 440.0, -10.0)),
                ..config(1)
            };
            let mut pair = Pair::new(a, config(2), Duration::from_millis(30));
            pair.run(Duration::from_millis(3_000));
            let packets = pair.a.statistics().sent.packets;
            assert!(
                packets.abs_diff(3_000 / sent_ms) <= 1,
                "{codec:?} {ms}: {packets}"
            );
            let heard = pair.b.heard();
            assert!(
                (heard.frequency_hz.unwrap() - 440.0).abs() < 3.0 && heard.gaps == 0,
                "{codec:?} {ms}: {heard:?}"
            );
            let playout = pair.b.statistics().playout;
            assert_eq!(playout.packets_missed, 0, "{codec:?} {ms}");
        }
    }
}

#[test]
fn pauses_are_described_and_heard_as_noise() {
    let noisy = |number| StreamConfig {
        comfort_noise: Some(13),
        ..StreamConfig::new(AudioCodec::Pcma, identity(number))
    };
    // Loud for a second, then a hiss of about -63 dBov.
    let mut state = 1u32;
    let samples: Vec<i16> = (0..40_000)
        .map(|n| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let white = (state >> 16) as i16;
            if n < 8_000 { white / 8 } else { white / 800 }
        })
        .collect();
    let a = StreamConfig {
        source: Source::once(samples),
        ..noisy(1)
    };
    let mut pair = Pair::new(a, noisy(2), Duration::from_millis(30));
    pair.run(Duration::from_secs(4));
    let statistics = pair.b.statistics();
    // A second and a fifth of speech, then two descriptions a second.
    assert!(
        (60..75).contains(&statistics.arrived.packets),
        "{statistics:?}"
    );
    let playout = statistics.playout;
    assert_eq!(playout.packets_missed, 0, "{playout:?}");
    assert_eq!(playout.concealed_samples, playout.silent_concealed_samples);
    let frame = pair.b.heard_frame();
    let power: f64 = frame.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / 160.0;
    assert!((10.0..80.0).contains(&power.sqrt()), "{power}");
}

#[test]
fn opus_repairs_its_losses_once_it_has_learned_to_wait() {
    let opus = |number| StreamConfig {
        format: String::from("useinbandfec=1"),
        ..StreamConfig::new(AudioCodec::Opus, identity(number))
    };
    let talker = crate::tone::Tone::marked(48_000, 300.0);
    let a = StreamConfig {
        source: Source::Tone(talker),
        ..opus(1)
    };
    let mut pair = Pair::new(a, opus(2), Duration::from_millis(30));
    pair.drops = |number| number % 10 == 5;
    pair.run(Duration::from_secs(10));
    let playout = pair.b.statistics().playout;
    assert!(
        playout.packets_recovered >= 30 && playout.packets_missed <= 20,
        "{playout:?}"
    );
}
