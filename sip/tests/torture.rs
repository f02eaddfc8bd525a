//! The torture messages of RFC 4475, where the corpus is present: a verdict for each, and no panic.
//!
//! The corpus is not part of this repository; it is looked for at `../shared/corpus/rfc4475` beside it.

use sip::message::refuse;
use sip::{Message, ParseError};
use std::path::PathBuf;

/// Name, what RFC 4475 asks of an element that receives it, as far as the message alone decides it.
const EXPECTED: [(&str, &str); 49] = [
    // §3.1.1 valid
    ("wsinv", "accept"),
    ("intmeth", "accept"),
    ("esc01", "accept"),
    ("escnull", "accept"),
    ("esc02", "accept"),
    ("lwsdisp", "accept"),
    ("longreq", "accept"),
    ("dblreq", "accept"),
    ("semiuri", "accept"),
    ("transports", "accept"),
    ("mpart01", "accept"),
    ("unreason", "accept"),
    ("noreason", "accept"),
    // §3.1.2 invalid
    ("badinv01", "400"),
    ("clerr", "400"),
    ("ncl", "400"),
    ("scalar02", "400"),
    ("scalarlg", "drop"),
    ("quotbal", "400"),
    ("ltgtruri", "400"),
    ("lwsruri", "400"),
    ("lwsstart", "400"),
    ("trws", "400"),
    ("escruri", "400"),
    ("baddate", "accept"), // may be accepted: nobody needs the Date
    ("regbadct", "400"),
    ("badaspec", "400"),
    ("baddn", "400"),
    ("badvers", "505"),
    ("mismatch01", "400"),
    ("mismatch02", "400"),
    ("bigcode", "drop"),
    // §3.2 transaction layer
    ("badbranch", "accept"), // or 400; the branch is compared as a whole
    // §3.3 application layer: what the layers above decide is accepted here
    ("insuf", "400"),
    ("unkscm", "416"),
    ("novelsc", "416"),
    ("unksm2", "accept"),
    ("bext01", "accept"),
    ("invut", "accept"),
    ("regaut01", "accept"),
    ("multi01", "400"),
    ("mcl01", "400"),
    ("bcast", "accept"),
    ("zeromf", "accept"),
    ("cparam01", "accept"),
    ("cparam02", "accept"),
    ("regescrt", "accept"),
    ("sdp01", "accept"),
    // §3.4 backward compatibility
    ("inv2543", "accept"),
];

fn verdict(bytes: &[u8]) -> (String, String) {
    let message = match Message::parse(bytes) {
        Ok(message) => message,
        Err(error) => {
            let status = match (&error, refuse(bytes, &error)) {
                (_, Some(response)) => response.status.to_string(),
                // Without its last empty line a head is read by nobody; RFC 4475's own copy has the line.
                (ParseError::NoEndOfHead, None) => return verdict(&[bytes, b"\r\n"].concat()),
                (_, None) => "drop".to_owned(),
            };
            return (status, error.to_string());
        }
    };
    match (&message, message.validate()) {
        (_, Ok(())) => ("accept".to_owned(), "as it came".to_owned()),
        (Message::Request(_), Err(invalid)) => (invalid.status().to_string(), invalid.to_string()),
        (Message::Response(_), Err(invalid)) => ("drop".to_owned(), invalid.to_string()),
    }
}

#[test]
#[allow(clippy::print_stdout, reason = "a skipped test says so")]
fn every_message_gets_its_verdict() {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/rfc4475");
    if !corpus.is_dir() {
        println!("skipped: no corpus at ../shared/corpus/rfc4475");
        return;
    }
    let mut table = String::new();
    let mut right = 0;
    for (name, expected) in EXPECTED {
        let bytes = std::fs::read(corpus.join(format!("{name}.dat"))).expect("the corpus is whole");
        let (given, why) = verdict(&bytes);
        right += usize::from(given == expected);
        let mark = if given == expected { "right" } else { "WRONG" };
        table += &format!("{mark} {name:<11} expected {expected:<7} given {given:<7} {why}\n");
        if let Ok(message) = Message::parse(&bytes) {
            let again = message.write();
            let second = Message::parse(&again).expect("what was written can be read");
            assert_eq!(second.write(), again, "{name}: written the same again");
            assert_eq!(second.body(), message.body(), "{name}");
        }
    }
    table += &format!("{right} of {}\n", EXPECTED.len());
    insta::assert_snapshot!(table);
}
