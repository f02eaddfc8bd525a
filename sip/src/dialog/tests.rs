use super::*;
use crate::message::Message;

fn message(text: &str) -> Message {
    Message::parse(text.replace('\n', "\r\n").as_bytes()).unwrap()
}

fn invite(more: &str) -> Request {
    let text = format!(
        "INVITE sip:202@10.0.0.2 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\nFrom: <sip:201@h>;tag=a\n\
         To: <sip:202@h>\nCall-ID: 1\nCSeq: 7 INVITE\nContact: <sip:201@10.0.0.1:5070>\n{more}\n"
    );
    match message(&text) {
        Message::Request(request) => request,
        Message::Response(_) => unreachable!(),
    }
}

fn answer(status: u16, tag: &str, more: &str) -> Response {
    let text = format!(
        "SIP/2.0 {status} OK\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\nFrom: <sip:201@h>;tag=a\n\
         To: <sip:202@h>;tag={tag}\nCall-ID: 1\nCSeq: 7 INVITE\nContact: <sip:202@10.0.0.2:5080>\n{more}\n"
    );
    match message(&text) {
        Message::Response(response) => response,
        Message::Request(_) => unreachable!(),
    }
}

#[test]
fn both_sides_see_the_same_dialog_the_other_way_round() {
    let routes = "Record-Route: <sip:p2;lr>, <sip:p1;lr>\n";
    let mut near = Dialog::of_initiator(&invite(""), &answer(200, "b", routes)).unwrap();
    let far = Dialog::of_acceptor(&invite(routes), "b").unwrap();
    assert_eq!(near.local().to_string(), far.remote().to_string());
    assert_eq!(near.remote().to_string(), far.local().to_string());
    assert_eq!(near.next_uri().as_str(), "sip:p1;lr");
    assert_eq!(far.next_uri().as_str(), "sip:p2;lr");
    let bye = near.request(Method::Bye);
    assert_eq!(bye.uri.as_str(), "sip:202@10.0.0.2:5080");
    assert_eq!(bye.headers.get(Name::CSeq), Some("8 BYE"));
    assert_eq!(
        bye.headers.all(Name::Route).collect::<Vec<_>>(),
        ["<sip:p1;lr>", "<sip:p2;lr>"]
    );
    assert_eq!(near.ack(7).headers.get(Name::CSeq), Some("7 ACK"));
}

#[test]
fn a_strict_router_is_the_target_and_the_target_the_last_route() {
    let mut dialog =
        Dialog::of_initiator(&invite(""), &answer(200, "b", "Record-Route: <sip:old>\n")).unwrap();
    let bye = dialog.request(Method::Bye);
    assert_eq!(bye.uri.as_str(), "sip:old");
    assert_eq!(
        bye.headers.all(Name::Route).collect::<Vec<_>>(),
        ["<sip:202@10.0.0.2:5080>"]
    );
}

#[test]
fn numbers_must_grow() {
    let mut dialog = Dialog::of_acceptor(&invite(""), "b").unwrap();
    assert_eq!(dialog.take_number(7), Order::Late);
    assert_eq!(dialog.take_number(9), Order::Next);
    assert_eq!(dialog.take_number(8), Order::Late);
}

#[test]
fn forks_have_a_dialog_each_up_to_a_bound() {
    let mut forks = DialogSet::default();
    assert!(forks.take(&invite(""), &answer(100, "x", "")).is_none());
    for tag in 0..FORKS_MAX {
        assert!(
            forks
                .take(&invite(""), &answer(180, &tag.to_string(), ""))
                .is_some()
        );
    }
    assert!(
        forks
            .take(&invite(""), &answer(180, "one more", ""))
            .is_none()
    );
    assert!(
        forks
            .take(&invite(""), &answer(200, "winner", ""))
            .is_some()
    );
    assert_eq!(forks.remove("winner").unwrap().remote_tag(), "winner");
}
