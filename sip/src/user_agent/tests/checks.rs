//! What an agent answers by itself: requests that nobody here serves, that are broken, or that came before.

use super::*;
use crate::message::{Message, Response};

/// Gives raw requests to a fresh agent and returns what it answers, without waiting.
fn answers(config: Config, requests: &[&str]) -> Vec<Response> {
    let mut agent = UserAgent::new(config, [1; 32]);
    let local = "10.0.0.2:5060".parse().unwrap();
    agent.handle(
        Duration::ZERO,
        Input::Bound {
            flow: FlowId(0),
            local,
        },
    );
    let mut responses = Vec::new();
    for request in requests {
        let bytes = request.replace('\n', "\r\n").into_bytes().into();
        let source = "10.0.0.1:40000".parse().unwrap();
        agent.handle(
            Duration::ZERO,
            Input::Datagram {
                flow: FlowId(0),
                source,
                bytes,
            },
        );
        loop {
            match agent.poll() {
                Output::SendTo { bytes, .. } => match Message::parse(&bytes).unwrap() {
                    Message::Response(response) => responses.push(response),
                    Message::Request(request) => panic!("unexpected {}", request.method),
                },
                Output::Wait(_) => break,
                _ => {}
            }
        }
    }
    responses
}

fn request(method: &str, branch: &str, more: &str) -> String {
    format!(
        "{method} sip:202@10.0.0.2 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch={branch};rport\nMax-Forwards: 70\n\
         From: <sip:201@10.0.0.1>;tag=a\nTo: <sip:202@10.0.0.2>\nCall-ID: 1@10.0.0.1\nCSeq: 1 {method}\n\
         Contact: <sip:201@10.0.0.1>\n{more}Content-Length: 0\n\n"
    )
}

fn status_of(request: &str) -> u16 {
    answers(Config::new("Test/1"), &[request])[0].status
}

#[test]
fn each_kind_of_unwelcome_request_gets_its_status() {
    assert_eq!(status_of(&request("SUBSCRIBE", "z9hG4bK1", "")), 405);
    assert_eq!(status_of(&request("FROBNICATE", "z9hG4bK1", "")), 501);
    assert_eq!(
        status_of(&request("INVITE", "z9hG4bK1", "Require: 100rel, foo\n")),
        420
    );
    assert_eq!(status_of(&request("BYE", "z9hG4bK1", "")), 481);
    assert_eq!(status_of(&request("CANCEL", "z9hG4bK1", "")), 481);
    assert_eq!(
        status_of(
            &request("INVITE", "z9hG4bK1", "").replace("sip:202@10.0.0.2 ", "soap.beep://a ")
        ),
        416
    );
    assert_eq!(
        status_of(&request("INVITE", "z9hG4bK1", "").replace("Contact: <sip:201@10.0.0.1>\n", "")),
        400
    );
    assert_eq!(
        status_of(&request("INVITE", "z9hG4bK1", "").replace("1 INVITE", "1 BYE")),
        400
    );
    assert_eq!(
        status_of(&request("INVITE", "z9hG4bK1", "").replace("SIP/2.0\nVia", "SIP/7.0\nVia")),
        505
    );
}

#[test]
fn a_request_without_hops_left_is_refused_only_where_it_would_go_on() {
    let spent = request("INVITE", "z9hG4bK1", "").replace("Max-Forwards: 70", "Max-Forwards: 0");
    let relay = Config {
        relays: true,
        ..Config::new("Test/1")
    };
    assert_eq!(answers(relay, &[&spent])[0].status, 483);
    assert_eq!(answers(Config::new("Test/1"), &[&spent]).len(), 0);
}

#[test]
fn a_request_that_came_by_two_ways_is_refused_482_the_second_time() {
    let (one, two) = (
        request("INVITE", "z9hG4bK1", ""),
        request("INVITE", "z9hG4bK2", ""),
    );
    let responses = answers(Config::new("Test/1"), &[&one, &two]);
    assert_eq!(
        responses
            .iter()
            .map(|response| response.status)
            .collect::<Vec<_>>(),
        [482]
    );
}

#[test]
fn a_full_table_refuses_503() {
    let few = Config {
        transactions_max: 1,
        ..Config::new("Test/1")
    };
    let other = request("INVITE", "z9hG4bK2", "").replace("1@10.0.0.1", "2@10.0.0.1");
    let responses = answers(few, &[&request("INVITE", "z9hG4bK1", ""), &other]);
    assert_eq!(responses[0].status, 503);
}

#[test]
fn an_old_client_without_cookie_is_served_and_its_repeats_are_known() {
    let invite = request("INVITE", "old", "Require: foo\n");
    let responses = answers(Config::new("Test/1"), &[&invite, &invite]);
    assert_eq!(responses.len(), 2);
    assert_eq!(responses[0], responses[1]);
    let tag = responses[0].headers.get(Name::To).unwrap().to_owned();
    let ack = request("ACK", "old", "").replace("To: <sip:202@10.0.0.2>", &format!("To: {tag}"));
    assert_eq!(
        answers(Config::new("Test/1"), &[&invite, &ack, &invite]).len(),
        1
    );
}

#[test]
fn the_way_back_is_written_into_via() {
    let response = &answers(
        Config::new("Test/1"),
        &[&request("SUBSCRIBE", "z9hG4bK1", "")],
    )[0];
    let via = response.headers.via().unwrap();
    assert_eq!(via.rport(), Some(Some(40_000)));
    assert_eq!(via.received(), Some("10.0.0.1".parse().unwrap()));
}

#[test]
fn garbage_is_dropped_in_silence() {
    assert_eq!(
        answers(
            Config::new("Test/1"),
            &["\u{1}\u{2}hello", "", "\n\n", "INVITE\n\n"]
        )
        .len(),
        0
    );
}
