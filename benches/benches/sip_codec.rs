//! What does one SIP message cost? Reading, reading with its usual headers typed, and writing, beside `rsip` in the same run.

use std::hint::black_box;

use benches::{CountingAllocator, CpuTime};
use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rsip::prelude::*;
use sip::{Message, Name};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// An INVITE of a softphone with audio and video, as one softphone sends it to its server.
///
/// Its Contact has no quoted parameter, which `rsip` cannot read.
const INVITE: &str = "INVITE sip:202@ipoffice.example SIP/2.0\r\n\
Via: SIP/2.0/TCP 10.1.2.3:49152;branch=z9hG4bK-524287-1---7f1d3f0a9e0b7c55;rport\r\n\
Max-Forwards: 70\r\n\
Contact: <sip:201@10.1.2.3:49152;transport=tcp>;reg-id=1\r\n\
To: \"Bob\" <sip:202@ipoffice.example>\r\n\
From: \"Alice\" <sip:201@ipoffice.example>;tag=8a1c6f2d\r\n\
Call-ID: 82771ODhjZmQ0MTAxYWMyMmI5ZjA4MDM1YjA2ZjE5ZTI4\r\n\
CSeq: 2 INVITE\r\n\
Route: <sip:proxy.ipoffice.example;lr>\r\n\
Allow: INVITE, ACK, CANCEL, BYE, NOTIFY, REFER, MESSAGE, OPTIONS, INFO, SUBSCRIBE, UPDATE, PRACK\r\n\
Supported: replaces, norefersub, extended-refer, timer, outbound, path\r\n\
User-Agent: Solstice/0.1 (Windows 10)\r\n\
Session-Expires: 1800;refresher=uac\r\n\
Min-SE: 90\r\n\
Authorization: Digest username=\"201\",realm=\"ipoffice\",nonce=\"5f3c9a\",uri=\"sip:202@ipoffice.example\",response=\"6629fae49393a05397450978507c4ef1\",algorithm=MD5\r\n\
P-Preferred-Identity: <sip:201@ipoffice.example>\r\n\
Content-Type: application/sdp\r\n\
Content-Length: {length}\r\n\r\n";

const BODY: &str = "v=0\r\no=- 3847 1 IN IP4 10.1.2.3\r\ns=-\r\nc=IN IP4 10.1.2.3\r\nt=0 0\r\n\
m=audio 40750 RTP/AVP 0 8 9 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:9 G722/8000\r\n\
a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n\
m=video 40752 RTP/AVP 109\r\na=rtpmap:109 H264/90000\r\na=fmtp:109 profile-level-id=42e01f;packetization-mode=1\r\na=sendrecv\r\n";

fn invite() -> Bytes {
    Bytes::from(INVITE.replace("{length}", &BODY.len().to_string()) + BODY)
}

fn codec(criterion: &mut Criterion<CpuTime>) {
    let bytes = invite();
    let text = String::from_utf8(bytes.to_vec()).expect("the message is text");
    let ours = Message::parse_bytes(bytes.clone()).expect("a valid message");
    let theirs = rsip::Request::try_from(text.as_str()).expect("a message that rsip reads");

    let mut group = criterion.benchmark_group("sip_codec");
    group.throughput(Throughput::Elements(1));
    group.bench_function("read/ours", |bencher| {
        bencher.iter(|| Message::parse_bytes(black_box(bytes.clone())))
    });
    group.bench_function("read/rsip", |bencher| {
        bencher.iter(|| rsip::Request::try_from(black_box(text.as_str())))
    });
    group.bench_function("read_typed/ours", |bencher| {
        bencher.iter(|| {
            typed(&Message::parse_bytes(black_box(bytes.clone())).expect("a valid message"))
        });
    });
    group.bench_function("read_typed/rsip", |bencher| {
        bencher.iter(|| {
            typed_rsip(
                &rsip::Request::try_from(black_box(text.as_str()))
                    .expect("a message that rsip reads"),
            )
        });
    });
    group.bench_function("write/ours", |bencher| {
        bencher.iter(|| black_box(&ours).write())
    });
    group.bench_function("write/rsip", |bencher| {
        bencher.iter(|| black_box(&theirs).to_string())
    });
    group.finish();
}

/// The headers that a server looks at before it acts.
fn typed(message: &Message) {
    let headers = message.headers();
    black_box((
        headers.via().is_ok(),
        headers.from().is_ok(),
        headers.to().is_ok(),
        headers.call_id().is_ok(),
        headers.cseq().is_ok(),
        headers.contacts().is_ok(),
        headers.routes().is_ok(),
        headers.max_forwards().is_ok(),
        headers.credentials(Name::Authorization).len(),
    ));
}

fn typed_rsip(request: &rsip::Request) {
    black_box((
        request
            .via_header()
            .is_ok_and(|header| header.typed().is_ok()),
        request
            .from_header()
            .is_ok_and(|header| header.typed().is_ok()),
        request
            .to_header()
            .is_ok_and(|header| header.typed().is_ok()),
        request.call_id_header().is_ok(),
        request
            .cseq_header()
            .is_ok_and(|header| header.typed().is_ok()),
        request
            .contact_header()
            .is_ok_and(|header| header.typed().is_ok()),
        request
            .route_header()
            .is_some_and(|header| header.typed().is_ok()),
        request.max_forwards_header().is_ok(),
        request
            .authorization_header()
            .is_some_and(|header| header.typed().is_ok()),
    ));
}

criterion_group! {
    name = benchmarks;
    config = Criterion::default().with_measurement(CpuTime::PROCESS);
    targets = codec
}
criterion_main!(benchmarks);
