use super::*;
use crate::flow::Transport;
use crate::message::Message;

const TO: &str = "<sip:902@b>;tag=answer";

fn request(method: &str, branch: &str, number: u32, to: &str) -> Request {
    let text = format!(
        "{method} sip:902@b SIP/2.0\r\nVia: SIP/2.0/UDP a:5060;branch={branch}\r\nFrom: <sip:201@b>;tag=t\r\nTo: {to}\r\n\
         Call-ID: c\r\nCSeq: {number} {method}\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    );
    match Message::parse(text.as_bytes()) {
        Ok(Message::Request(request)) => request,
        other => panic!("{other:?}"),
    }
}

fn take(transactions: &mut Transactions<()>, request: &Request) -> Taken {
    let path = Path {
        flow: FlowId(1),
        transport: Transport::Udp,
        local: "192.0.2.2:5060".parse().unwrap(),
        remote: "192.0.2.1:5060".parse().unwrap(),
    };
    let via = request.headers.via().unwrap();
    transactions.handle_request(Duration::ZERO, request, &via, path)
}

/// An INVITE that was refused.
fn refused() -> Transactions<()> {
    let mut transactions = Transactions::new(10);
    let invite = request("INVITE", "z9hG4bK1", 1, "<sip:902@b>");
    let Taken::New(id) = take(&mut transactions, &invite) else {
        panic!("not taken")
    };
    let mut response = invite.response(401);
    response.headers.set("To", TO);
    assert!(transactions.respond(Duration::ZERO, id, &response));
    while transactions.next_send().is_some() {}
    transactions
}

/// How often the refusal is sent again within half a minute.
fn repeated(transactions: &mut Transactions<()>) -> usize {
    let mut count = 0;
    for second in 1..30 {
        transactions.handle_timeout(Duration::from_secs(second));
        while transactions.next_send().is_some() {
            count += 1;
        }
    }
    count
}

#[test]
fn a_refusal_is_repeated_until_it_is_acknowledged_under_whatever_branch() {
    assert!(repeated(&mut refused()) > 5);
    for branch in ["z9hG4bK1", "z9hG4bK2", "no-cookie"] {
        let mut transactions = refused();
        let taken = take(&mut transactions, &request("ACK", branch, 1, TO));
        assert!(matches!(taken, Taken::Absorbed), "{branch}: {taken:?}");
        assert_eq!(repeated(&mut transactions), 0, "{branch}");
    }
}

#[test]
fn another_calls_acknowledgement_stops_nothing() {
    let mut transactions = refused();
    let taken = take(&mut transactions, &request("ACK", "z9hG4bK2", 2, TO));
    assert!(matches!(taken, Taken::Acknowledgement), "{taken:?}");
    assert!(repeated(&mut transactions) > 5);
}
