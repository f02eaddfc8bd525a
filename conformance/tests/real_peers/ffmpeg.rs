//! H.264 against ffmpeg: what we code it decodes, what it codes and packs we unpack and decode; every picture tells which
//! it is.

use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use media::video::h264::{Encoder, Rate};
use media::video::{Camera, Format, Mark, Pattern, Picture};
use media::{Identity, VideoConfig, VideoOutput, VideoStream};

use crate::lab::{Failure, Lab, free_port_pair};

const FORMAT: Format = Format::MEDIUM;
const PICTURES: u32 = 60;
/// How long a program may take for some seconds of video.
const PATIENCE: Duration = Duration::from_secs(60);

/// Codes 60 pictures, two of them key frames, and has ffmpeg decode the byte stream.
pub(crate) fn ffmpeg_decodes_our_pictures() -> Result<(), Failure> {
    let lab = Lab::new()?;
    let rate = Rate::Bitrate {
        bits_per_second: 800_000,
    };
    let mut encoder = Encoder::new(FORMAT, rate)?;
    let mut pattern = Pattern::new(FORMAT)?;
    let mut stream = Vec::new();
    for number in 0..PICTURES {
        let time = Duration::from_secs(1) * number / FORMAT.frame_rate;
        let picture = pattern.paint(Mark::at(number, time));
        stream.extend(encoder.encode(picture, time, number % 30 == 0)?.bytes());
    }
    let (coded, raw) = (lab.path("ours.h264"), lab.path("decoded.yuv"));
    std::fs::write(&coded, stream)?;
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-i"]).arg(&coded);
    ffmpeg.args(["-f", "rawvideo", "-pix_fmt", "yuv420p"]);
    finish(ffmpeg.arg(&raw).spawn()?)?;
    let marks = marks(&std::fs::read(&raw)?);
    expect_numbers(&marks, 0..PICTURES)
}

/// Sends our packets to a socket of ffmpeg, which decodes two seconds of them.
pub(crate) fn ffmpeg_receives_our_packets() -> Result<(), Failure> {
    let lab = Lab::new()?;
    let port = free_port_pair()?;
    let (description, raw) = (lab.path("ours.sdp"), lab.path("received.yuv"));
    let lines = [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "c=IN IP4 127.0.0.1",
        "t=0 0",
        &format!("m=video {port} RTP/AVP 99"),
        "a=rtpmap:99 H264/90000",
        "a=fmtp:99 packetization-mode=1; profile-level-id=42e01f",
        "",
    ];
    std::fs::write(&description, lines.join("\r\n"))?;
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-protocol_whitelist", "file,udp,rtp", "-i"]);
    ffmpeg
        .arg(&description)
        .args(["-frames:v", "30", "-fps_mode", "passthrough"]);
    ffmpeg
        .args(["-f", "rawvideo", "-pix_fmt", "yuv420p"])
        .arg(&raw);
    let mut ffmpeg = Running(ffmpeg.spawn()?);

    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let mut stream = VideoStream::new(VideoConfig {
        camera: Camera::Clip(FORMAT),
        ..VideoConfig::new(99, identity())
    })?;
    let start = Instant::now();
    while ffmpeg.0.try_wait()?.is_none() {
        let now = start.elapsed();
        if now > PATIENCE {
            return Err("ffmpeg did not decode 30 pictures within a minute".into());
        }
        stream.tick(now);
        while let VideoOutput::Rtp(packet) | VideoOutput::Rtcp(packet) = stream.poll() {
            // A port that is not open yet answers with an error, which is no concern of the sender's.
            let _ = socket.send_to(packet, ("127.0.0.1", port));
        }
        // A viewer that came late asks; ffmpeg does not, so it is given a key frame each second.
        if now.as_millis() % 1_000 < 5 {
            stream.give_key_frame(now);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let marks = marks(&std::fs::read(&raw)?);
    let told = marks.iter().flatten().count();
    if marks.len() == 30 && told == 30 {
        Ok(())
    } else {
        Err(format!("of {} pictures {told} tell their number", marks.len()).into())
    }
}

/// Has ffmpeg code the pattern with x264's baseline in three slices, and send it as packets to our stream.
pub(crate) fn our_stream_shows_what_ffmpeg_sends() -> Result<(), Failure> {
    let lab = Lab::new()?;
    let raw = lab.path("pattern.yuv");
    let mut pattern = Pattern::new(FORMAT)?;
    let mut octets = Vec::new();
    for number in 0..PICTURES {
        let picture = pattern.paint(Mark { number, time_ms: 0 });
        octets.extend_from_slice(picture.luma());
        picture
            .chroma()
            .iter()
            .for_each(|plane| octets.extend_from_slice(plane));
    }
    std::fs::write(&raw, octets)?;
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_read_timeout(Some(Duration::from_millis(200)))?;
    let port = socket.local_addr()?.port();
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args([
        "-v", "error", "-re", "-f", "rawvideo", "-pix_fmt", "yuv420p",
    ]);
    ffmpeg
        .args(["-video_size", "640x360", "-framerate", "30", "-i"])
        .arg(&raw);
    ffmpeg.args([
        "-c:v",
        "libx264",
        "-profile:v",
        "baseline",
        "-g",
        "30",
        "-slices",
        "3",
    ]);
    ffmpeg.args([
        "-tune",
        "zerolatency",
        "-b:v",
        "1M",
        "-payload_type",
        "97",
        "-f",
        "rtp",
    ]);
    ffmpeg
        .arg(format!("rtp://127.0.0.1:{port}?pkt_size=1200"))
        .stdout(Stdio::null());
    let mut ffmpeg = Running(ffmpeg.spawn()?);

    let mut stream = VideoStream::new(VideoConfig {
        camera: Camera::None,
        ..VideoConfig::new(97, identity())
    })?;
    let start = Instant::now();
    let mut datagram = [0; 2_048];
    loop {
        match socket.recv_from(&mut datagram) {
            Ok((len, _)) => stream.handle_rtp(start.elapsed(), &mut datagram[..len]),
            Err(_) if ffmpeg.0.try_wait()?.is_some() => break,
            Err(_) if start.elapsed() > PATIENCE => return Err("ffmpeg does not end".into()),
            Err(_) => {}
        }
    }
    let seen = stream.statistics().seen;
    let last = seen.mark.map(|mark| mark.number);
    let whole = u64::from(PICTURES);
    if (seen.pictures, seen.marked, last) == (whole, whole, Some(PICTURES - 1))
        && (seen.missed, seen.disorder, seen.malformed, seen.undecodable) == (0, 0, 0, 0)
    {
        Ok(())
    } else {
        Err(format!("not all of {PICTURES} pictures were seen in order: {seen:?}").into())
    }
}

fn identity() -> Identity {
    let mut next = 0;
    Identity::generate(|octets| {
        for octet in octets {
            next += 37;
            *octet = next as u8;
        }
    })
}

/// The marks of raw pictures, in order; none where a picture tells nothing.
fn marks(raw: &[u8]) -> Vec<Option<Mark>> {
    raw.chunks(FORMAT.width * FORMAT.height * 3 / 2)
        .map(|octets| Mark::read(&Picture::from_planar(FORMAT.width, FORMAT.height, octets)?))
        .collect()
}

fn expect_numbers(marks: &[Option<Mark>], numbers: std::ops::Range<u32>) -> Result<(), Failure> {
    let told: Vec<Option<u32>> = marks
        .iter()
        .map(|mark| mark.map(|mark| mark.number))
        .collect();
    let expected: Vec<Option<u32>> = numbers.map(Some).collect();
    if told == expected {
        Ok(())
    } else {
        Err(format!("the pictures tell {told:?}").into())
    }
}

fn finish(mut program: Child) -> Result<(), Failure> {
    let status = program.wait()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("ffmpeg ended with {status}").into())
    }
}

/// A program that ends with its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
