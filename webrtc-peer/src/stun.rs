//! STUN binding without credentials (RFC 8489 §7): what a server on port 3478 answers, and the question.

use std::net::SocketAddr;

use rtc::stun::attributes::ATTR_SOFTWARE;
use rtc::stun::fingerprint::FINGERPRINT;
use rtc::stun::message::{
    BINDING_REQUEST, BINDING_SUCCESS, Getter, Message, Setter, TransactionId, is_stun_message,
};
use rtc::stun::xoraddr::XorMappedAddress;

/// A binding request with this transaction id.
pub fn binding_request(transaction: [u8; 12]) -> Vec<u8> {
    let mut request = message(BINDING_REQUEST, TransactionId(transaction));
    seal(&mut request)
}

/// The answer to a binding request from `source`; `None` if the datagram is no such request, which
/// RFC 8489 §6.3 has dropped in silence.
pub fn binding_answer(datagram: &[u8], source: SocketAddr, software: &str) -> Option<Vec<u8>> {
    let request = decode(datagram)?;
    if request.typ != BINDING_REQUEST {
        return None;
    }
    let mut answer = message(BINDING_SUCCESS, request.transaction_id);
    let mapped = XorMappedAddress {
        ip: source.ip(),
        port: source.port(),
    };
    mapped.add_to(&mut answer).ok()?;
    answer.add(ATTR_SOFTWARE, software.as_bytes());
    Some(seal(&mut answer))
}

/// The address in a successful answer to the request with this transaction id.
pub fn mapped_address(datagram: &[u8], transaction: [u8; 12]) -> Option<SocketAddr> {
    let answer = decode(datagram)?;
    if answer.typ != BINDING_SUCCESS || answer.transaction_id != TransactionId(transaction) {
        return None;
    }
    let mut mapped = XorMappedAddress::default();
    mapped.get_from(&answer).ok()?;
    Some(SocketAddr::new(mapped.ip, mapped.port))
}

fn message(kind: rtc::stun::message::MessageType, transaction: TransactionId) -> Message {
    let mut message = Message::new();
    message.typ = kind;
    message.transaction_id = transaction;
    message.write_header();
    message
}

fn seal(message: &mut Message) -> Vec<u8> {
    // Only an encoding longer than 64 KiB could fail, and none of ours is.
    let _ = FINGERPRINT.add_to(message);
    message.raw.clone()
}

fn decode(datagram: &[u8]) -> Option<Message> {
    if !is_stun_message(datagram) {
        return None;
    }
    let mut message = Message::new();
    message.unmarshal_binary(datagram).ok()?;
    Some(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRANSACTION: [u8; 12] = [7; 12];

    #[test]
    fn a_client_learns_its_address() {
        let source: SocketAddr = "203.0.113.9:49152".parse().unwrap();
        let request = binding_request(TRANSACTION);
        let answer = binding_answer(&request, source, "test").unwrap();
        assert_eq!(mapped_address(&answer, TRANSACTION), Some(source));
        assert_eq!(mapped_address(&answer, [8; 12]), None);
    }

    #[test]
    fn nothing_else_is_answered() {
        let source: SocketAddr = "[2001:db8::9]:49152".parse().unwrap();
        let request = binding_request(TRANSACTION);
        let answer = binding_answer(&request, source, "test").unwrap();
        assert_eq!(binding_answer(&answer, source, "test"), None);
        assert_eq!(binding_answer(b"hello", source, "test"), None);
        assert_eq!(binding_answer(&request[..19], source, "test"), None);
    }
}
