use super::*;
use proptest::prelude::*;

fn message(number: usize, body: &str) -> String {
    format!(
        "OPTIONS sip:a@h SIP/2.0\r\nCSeq: {number} OPTIONS\r\nl: {}\r\n\r\n{body}",
        body.len()
    )
}

fn all(framer: &mut StreamFramer) -> Result<Vec<Frame>, FramingError> {
    let mut frames = Vec::new();
    while let Some(frame) = framer.next()? {
        frames.push(frame);
    }
    Ok(frames)
}

proptest! {
    #[test]
    fn any_cut_of_a_stream_gives_the_same_frames(cuts in proptest::collection::vec(1usize..40, 1..60)) {
        let text = format!("{}\r\n\r\n{}\r\n{}", message(1, "hello"), message(2, ""), message(3, "\r\n\r\n"));
        let mut framer = StreamFramer::accepted();
        let (mut frames, mut rest) = (Vec::new(), text.as_bytes());
        let mut cuts = cuts.into_iter().cycle();
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at(cuts.next().unwrap_or(1).min(rest.len()));
            framer.push(chunk);
            frames.extend(all(&mut framer)?);
            rest = after;
        }
        let kinds: Vec<String> = frames.iter().map(|frame| match frame {
            Frame::Message(message) => String::from_utf8_lossy(message.body()).into_owned(),
            Frame::Ping | Frame::Pong | Frame::Unreadable { .. } => format!("{frame:?}"),
        }).collect();
        prop_assert_eq!(kinds, ["hello", "Ping", "", "\r\n\r\n"]);
    }

    #[test]
    fn garbage_harms_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut framer = StreamFramer::opened();
        framer.push(&bytes);
        let _ = all(&mut framer);
        let _ = datagram(Bytes::from(bytes));
    }
}

#[test]
fn what_breaks_a_stream_is_a_clear_error() {
    let broken = |bytes: &[u8]| {
        let mut framer = StreamFramer::accepted();
        framer.push(bytes);
        let error = all(&mut framer).unwrap_err();
        framer.push(message(1, "").as_bytes());
        assert_eq!(all(&mut framer), Err(error.clone()), "an error is for good");
        error.to_string()
    };
    let line = format!("OPTIONS sip:a@h SIP/2.0\r\nx: {}", "y".repeat(1 << 20));
    assert_eq!(
        broken(line.as_bytes()),
        "start line and headers exceed 65535 bytes"
    );
    assert_eq!(
        broken(b"OPTIONS sip:a@h SIP/2.0\r\nx: y\r\n\r\n"),
        "no Content-Length on a stream"
    );
    assert_eq!(
        broken(b"OPTIONS sip:a@h SIP/2.0\r\nl: 99999999\r\n\r\n"),
        "body of 99999999 bytes exceeds 1048576"
    );
    assert_eq!(
        broken(b"OPTIONS sip:a@h SIP/2.0\r\nl: x\r\n\r\n"),
        "stream out of step: bad Content-Length: \"x\""
    );
}

#[test]
fn an_unreadable_start_line_does_not_cost_the_stream() {
    let mut framer = StreamFramer::accepted();
    framer.push(b"OPTIONS sip:a@h SIP/9.0\r\nl: 2\r\n\r\nxx");
    framer.push(message(1, "after").as_bytes());
    let frames = all(&mut framer).unwrap();
    assert!(matches!(
        &frames[0],
        Frame::Unreadable {
            error: ParseError::Version { .. },
            ..
        }
    ));
    assert!(matches!(&frames[1], Frame::Message(message) if &message.body()[..] == b"after"));
}

#[test]
fn keep_alive_by_role() {
    let mut client = StreamFramer::opened();
    client.push(b"\r\n");
    assert_eq!(all(&mut client), Ok(vec![Frame::Pong]));
    assert_eq!(datagram(Bytes::from_static(b"\r\n\r\n")), Frame::Ping);
    assert_eq!(datagram(Bytes::from_static(b"\0\0\0\0")), Frame::Ping);
}
