use std::fmt::Write as _;

use super::*;

fn sdp(lines: &str) -> Sdp {
    let text = format!("v=0\no=- 1 1 IN IP4 10.0.0.1\ns=-\nc=IN IP4 10.0.0.1\nt=0 0\n{lines}");
    Sdp::parse(text.replace('\n', "\r\n").as_bytes()).unwrap()
}

const AUDIO: &str = "m=audio 4000 RTP/AVP 0\n";
const HELD: &str = "m=audio 4000 RTP/AVP 0\na=sendonly\n";

#[test]
fn the_whole_table() {
    let mut table = String::new();
    for state in [Stable, Offered, Answering] {
        for input in ["offer", "handle_answer", "handle_offer", "answer", "refuse"] {
            let mut negotiation = Negotiation::new();
            match state {
                Stable => {}
                Offered => negotiation.offer(sdp(AUDIO)).unwrap(),
                Answering => negotiation.handle_offer(sdp(AUDIO)).unwrap(),
            }
            let done = match input {
                "offer" => negotiation.offer(sdp(AUDIO)),
                "handle_answer" => negotiation.handle_answer(sdp(AUDIO)),
                "handle_offer" => negotiation.handle_offer(sdp(AUDIO)),
                "answer" => negotiation.answer(sdp(AUDIO)),
                _ => {
                    negotiation.refuse();
                    Ok(())
                }
            };
            let agreed = if negotiation.local().is_some() {
                ", agreed"
            } else {
                ""
            };
            let done = done.map_or_else(|error| error.to_string(), |()| "done".to_owned());
            writeln!(
                table,
                "{state:?} + {input} -> {:?}{agreed}: {done}",
                negotiation.state()
            )
            .unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn an_answer_must_fit_its_offer() {
    assert_eq!(check(&sdp(AUDIO), &sdp(AUDIO)), Ok(()));
    let two = format!("{AUDIO}m=video 4002 RTP/AVP 96\n");
    assert_eq!(
        check(&sdp(&two), &sdp(AUDIO)),
        Err(OfferAnswerError::LinesDiffer {
            offered: 2,
            answered: 1
        })
    );
    let rejected = format!("{AUDIO}m=video 0 RTP/AVP 96\n");
    assert_eq!(check(&sdp(&two), &sdp(&rejected)), Ok(()));
    let secure = sdp(&AUDIO.replace("AVP", "SAVP"));
    assert!(matches!(
        check(&sdp(AUDIO), &secure),
        Err(OfferAnswerError::LineDiffers { line: 0, .. })
    ));
    let widened = check(&sdp(HELD), &sdp(AUDIO));
    assert!(matches!(
        widened,
        Err(OfferAnswerError::DirectionWidened { .. })
    ));
    assert_eq!(
        check(&sdp(HELD), &sdp(&HELD.replace("sendonly", "recvonly"))),
        Ok(())
    );
}

#[test]
fn a_refused_offer_leaves_what_was_agreed() {
    let mut negotiation = Negotiation::new();
    negotiation.offer(sdp(AUDIO)).unwrap();
    negotiation.handle_answer(sdp(AUDIO)).unwrap();
    negotiation.offer(sdp(HELD)).unwrap();
    negotiation.refuse();
    assert_eq!(negotiation.local(), Some(&sdp(AUDIO)));
    assert_eq!(
        negotiation.offer(sdp("")),
        Err(OfferAnswerError::LinesDropped {
            before: 1,
            offered: 0
        })
    );
}

/// Phones exist that answer every hold with sendrecv: the hold stands all the same.
#[test]
fn an_answer_that_wants_more_than_was_offered_is_cut() {
    let line = |direction: &str| sdp(&format!("m=audio 4000 RTP/AVP 0\na={direction}\n"));
    for (offered, answered, wanted) in [
        ("sendonly", "sendrecv", Direction::SendOnly),
        ("inactive", "sendrecv", Direction::Inactive),
        ("recvonly", "recvonly", Direction::Inactive),
        ("sendrecv", "sendonly", Direction::RecvOnly),
    ] {
        let mut negotiation = Negotiation::new();
        negotiation.offer(line(offered)).unwrap();
        negotiation.handle_answer(line(answered)).unwrap();
        let (local, remote) = (negotiation.local().unwrap(), negotiation.remote().unwrap());
        let agreed = Agreement::of(local, remote).unwrap();
        assert_eq!(agreed.audio.direction, wanted, "{offered}, {answered}");
    }
    // Ours never does.
    let mut negotiation = Negotiation::new();
    negotiation.handle_offer(line("sendonly")).unwrap();
    assert!(matches!(
        negotiation.answer(line("sendrecv")),
        Err(OfferAnswerError::DirectionWidened { .. })
    ));
}
