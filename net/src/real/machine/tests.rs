use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::faults::{Effect, FaultPlan, Target};
use crate::link::loss::LossSpec;
use crate::{Host, UdpSocket, World};

const HERE: &str = "here";
const FOREVER: Option<Duration> = None;

fn loopback() -> SocketAddr {
    "127.0.0.1:0".parse().expect("an address")
}

fn plan(target: Target, effect: Effect) -> FaultPlan {
    FaultPlan::seeded(7).with(target, Duration::ZERO, FOREVER, effect)
}

/// A host behind the plan's links, and one with none.
fn hosts(plan: &FaultPlan) -> (Host, Host) {
    let addresses = [loopback().ip()];
    let world = World::real_machine_under(plan, HERE, &addresses).expect("links only");
    (
        world.host(HERE),
        World::real_machine_at(&addresses).host("there"),
    )
}

async fn pair(plan: &FaultPlan) -> (UdpSocket, UdpSocket) {
    let (here, there) = hosts(plan);
    let socket = |host: Host| async move { host.udp(loopback()).await.expect("a socket") };
    (socket(here).await, socket(there).await)
}

async fn numbers(from: &UdpSocket, to: &UdpSocket, count: u8) -> Vec<u8> {
    for number in 1..=count {
        from.send_to(&[number], to.local_addr())
            .await
            .expect("sent");
    }
    let mut heard = Vec::new();
    while heard.last() != Some(&count) {
        heard.push(to.recv().await.expect("heard").0[0]);
    }
    heard
}

#[tokio::test]
async fn exactly_the_listed_datagrams_are_lost_on_their_way_out() {
    let lost = Effect::Stage(LossSpec::list(&[2, 3, 5]).into());
    let (here, there) = pair(&plan(Target::uplink(HERE), lost)).await;
    assert_eq!(numbers(&here, &there, 6).await, [1, 4, 6]);
    assert_eq!(numbers(&there, &here, 4).await, [1, 2, 3, 4]);
}

#[tokio::test]
async fn exactly_the_listed_datagrams_are_lost_on_their_way_in() {
    let lost = Effect::Stage(LossSpec::list(&[1, 4]).into());
    let (here, there) = pair(&plan(Target::downlink(HERE), lost)).await;
    assert_eq!(numbers(&there, &here, 5).await, [2, 3, 5]);
    assert_eq!(numbers(&here, &there, 2).await, [1, 2]);
}

#[tokio::test]
async fn a_delay_is_waited_for_both_ways() {
    let by = Duration::from_millis(40);
    let (here, there) = pair(&plan(Target::link(HERE), Effect::Delay { by })).await;
    let clock = World::real_machine().host("clock");
    let start = clock.now();
    assert_eq!(numbers(&here, &there, 3).await, [1, 2, 3]);
    assert!(clock.now() - start >= by);
    assert_eq!(numbers(&there, &here, 3).await, [1, 2, 3]);
    assert!(clock.now() - start >= 2 * by);
}

#[tokio::test]
async fn doubled_datagrams_come_twice() {
    let twice = Effect::Duplicate { percent: 100.0 };
    let (here, there) = pair(&plan(Target::link(HERE), twice)).await;
    here.send_to(b"out", there.local_addr())
        .await
        .expect("sent");
    there.send_to(b"in", here.local_addr()).await.expect("sent");
    for (socket, text) in [(&there, b"out".as_slice()), (&here, b"in")] {
        for _ in 0..2 {
            assert_eq!(&socket.recv().await.expect("heard").0[..], text);
        }
    }
}

/// What the far end gets of `bytes`, and what comes back of the same.
async fn echoed(plan: &FaultPlan, bytes: &[u8]) -> Vec<u8> {
    let (here, there) = hosts(plan);
    let listener = there.listen(loopback()).await.expect("a listener");
    let target = listener.local_addr();
    let server = there.spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).await.expect("read");
        stream.write_all(&heard).await.expect("written");
    });
    let stream = here.connect(target).await.expect("connected");
    stream
        .set_keep_alive(Some(Duration::from_secs(30)))
        .expect("set");
    let (mut reader, mut writer) = tokio::io::split(stream);
    let write = async {
        writer.write_all(bytes).await.expect("written");
        writer.shutdown().await.expect("half-closed");
    };
    let mut back = Vec::new();
    let read = async { reader.read_to_end(&mut back).await.expect("read") };
    tokio::join!(write, read);
    assert!(server.join().await);
    back
}

#[tokio::test]
async fn a_connection_behind_bad_links_carries_the_same_bytes_and_ends() {
    let bytes: Vec<u8> = (0..60_000_u32).map(|n| (n % 251) as u8).collect();
    let link = || Target::link(HERE);
    let jitter = Effect::Jitter {
        up_to: Duration::from_millis(3),
    };
    let plan = FaultPlan::seeded(3)
        .with(
            link(),
            Duration::ZERO,
            FOREVER,
            Effect::Lose { percent: 4.0 },
        )
        .with(
            link(),
            Duration::ZERO,
            FOREVER,
            Effect::Corrupt { percent: 2.0 },
        )
        .with(
            link(),
            Duration::ZERO,
            FOREVER,
            Effect::Duplicate { percent: 20.0 },
        )
        .with(link(), Duration::ZERO, FOREVER, Effect::Mtu { bytes: 900 })
        .with(link(), Duration::ZERO, FOREVER, jitter);
    assert!(echoed(&plan, &bytes).await == bytes);
}

#[tokio::test]
async fn a_lost_segment_comes_after_a_retransmission_time() {
    // The first packet is the handshake's, the second the only segment.
    let lost = Effect::Stage(LossSpec::list(&[2]).into());
    let clock = World::real_machine().host("clock");
    let start = clock.now();
    let back = echoed(&plan(Target::uplink(HERE), lost), b"hello").await;
    assert_eq!(back, b"hello");
    assert!(clock.now() - start >= Duration::from_millis(200));
}

#[tokio::test]
async fn a_cut_link_is_silence_until_it_is_whole_again() {
    let until = Duration::from_millis(300);
    let plan = FaultPlan::seeded(1).with(Target::link(HERE), Duration::ZERO, until, Effect::Cut);
    let clock = World::real_machine().host("clock");
    let start = clock.now();
    assert_eq!(echoed(&plan, b"hello").await, b"hello");
    assert!(clock.now() - start >= until);
}

#[tokio::test]
async fn an_aborted_connection_drops_what_is_on_its_way_and_a_dropped_one_does_not() {
    for is_aborted in [true, false] {
        let by = Duration::from_millis(100);
        let (here, there) = hosts(&plan(Target::link(HERE), Effect::Delay { by }));
        let listener = there.listen(loopback()).await.expect("a listener");
        let stream = here.connect(listener.local_addr()).await;
        let mut stream = stream.expect("connected");
        let (mut far, _) = listener.accept().await.expect("a connection");
        stream.write_all(b"on its way").await.expect("written");
        // The carrier takes it over.
        here.sleep(by / 4).await;
        if is_aborted {
            stream.abort();
            let error = far.read(&mut [0; 16]).await.expect_err("reset");
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
        } else {
            drop(stream);
            let mut heard = Vec::new();
            far.read_to_end(&mut heard).await.expect("an end in order");
            assert_eq!(heard, b"on its way");
        }
    }
}

#[tokio::test]
async fn a_reset_is_an_error_behind_links_too() {
    let slow = Effect::Delay {
        by: Duration::from_millis(1),
    };
    let (here, there) = hosts(&plan(Target::link(HERE), slow));
    let listener = there.listen(loopback()).await.expect("a listener");
    let mut stream = here
        .connect(listener.local_addr())
        .await
        .expect("connected");
    stream.write_all(b"unread").await.expect("written");
    let (mut far, _) = listener.accept().await.expect("a connection");
    // Dropped with data that nobody has read, once it is there: the system resets it.
    far.read_exact(&mut [0]).await.expect("the first octet");
    drop(far);
    let error = stream.read(&mut [0; 8]).await.expect_err("reset");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    drop(listener);
    let error = here.connect(stream.peer_addr()).await.expect_err("closed");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn what_is_not_ours_to_break_is_refused_with_the_reason() {
    let cases = [
        (Target::link(HERE), Effect::Rebind, "no NAT"),
        (Target::host(HERE), Effect::Crash, "only links"),
        (
            Target::pair(HERE, "there"),
            Effect::Cut,
            "the far end has no name",
        ),
    ];
    for (target, effect, part) in cases {
        let refused = World::real_machine_under(&plan(target, effect), HERE, &[loopback().ip()]);
        let error = refused.err().expect("refused").to_string();
        assert!(error.contains(part), "{error}");
    }
}
