//! The torture messages of RFC 4475: for each the verdict on the message, what an agent answers, and what it holds.
//!
//! The messages are not part of this repository; they are looked for at `../shared/corpus/rfc4475` beside it. Where they are
//! absent the test says so and counts as ignored; `tests/torture.rs` holds cases of the same classes in words of our own.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a test: most events and messages are of no interest to a check"
)]

mod agent;
mod facts;

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use sip::message::refuse;
use sip::{Message, ParseError};

/// A message: its name, what RFC 4475 asks of an element that receives it as far as the message alone decides it, and what
/// an agent does that serves calls, OPTIONS, REGISTER and MESSAGE: the status of its answer, what it tells its user, or nothing.
type Row = (&'static str, &'static str, &'static str);

const EXPECTED: [Row; 49] = [
    // §3.1.1 valid
    ("wsinv", "accept", "481"), // its To has a tag: it belongs to a dialog that is not there
    ("intmeth", "accept", "501"),
    ("esc01", "accept", "call"),
    ("escnull", "accept", "request"),
    ("esc02", "accept", "501"), // it is not REGISTER: methods have no escapes
    ("lwsdisp", "accept", "request"),
    ("longreq", "accept", "call"),
    ("dblreq", "accept", "request"),
    ("semiuri", "accept", "request"),
    ("transports", "accept", "request"),
    ("mpart01", "accept", "request"),
    ("unreason", "accept", "nothing"), // answers to nothing that was asked
    ("noreason", "accept", "nothing"),
    // §3.1.2 invalid
    ("badinv01", "400", "400"),
    ("clerr", "400", "400"),
    ("ncl", "400", "400"),
    ("scalar02", "400", "400"),
    ("scalarlg", "drop", "nothing"),
    ("quotbal", "400", "400"),
    ("ltgtruri", "400", "400"), // may be repaired by a liberal element; refusing is always right
    ("lwsruri", "400", "400"),
    ("lwsstart", "400", "400"), // the same
    ("trws", "400", "400"),     // the same
    ("escruri", "400", "400"),
    ("baddate", "accept", "call"), // nobody needs the Date
    ("regbadct", "400", "400"),
    ("badaspec", "400", "400"), // may be repaired
    ("baddn", "400", "400"),    // may be repaired
    ("badvers", "505", "505"),
    ("mismatch01", "400", "400"),
    ("mismatch02", "400", "400"), // or 501
    ("bigcode", "drop", "nothing"),
    // §3.2 transaction layer
    ("badbranch", "accept", "request"), // or 400; identified as a client of RFC 2543 is
    // §3.3 application layer
    ("insuf", "400", "400"),
    ("unkscm", "416", "416"),
    ("novelsc", "416", "416"),
    ("unksm2", "accept", "request"), // the registrar looks at To
    ("bext01", "accept", "420"),
    ("invut", "accept", "415"),
    ("regaut01", "accept", "request"), // the registrar challenges anew
    ("multi01", "400", "400"),
    ("mcl01", "400", "400"),
    ("bcast", "accept", "nothing"), // a second Via that is not ours is nobody's answer
    ("zeromf", "accept", "request"), // 483 is for those that forward
    ("cparam01", "accept", "request"),
    ("cparam02", "accept", "request"),
    ("regescrt", "accept", "request"),
    ("sdp01", "accept", "406"),
    // §3.4 backward compatibility
    ("inv2543", "accept", "call"), // a client of RFC 2543 has neither branch, tag nor Contact
];

fn main() {
    let arguments = Arguments::from_args();
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/rfc4475");
    let is_present = corpus.is_dir();
    if !is_present {
        say("skipped: corpus not present at ../shared/corpus/rfc4475");
    }
    let trial = Trial::test("every_message_gets_its_verdict", move || check(&corpus));
    libtest_mimic::run(&arguments, vec![trial.with_ignored_flag(!is_present)]).exit();
}

#[allow(clippy::print_stdout, reason = "a skipped test says so")]
fn say(text: &str) {
    println!("{text}");
}

fn check(corpus: &Path) -> Result<(), Failed> {
    let mut table = String::new();
    let mut right = 0;
    for (name, verdict, answer) in EXPECTED {
        let bytes = std::fs::read(corpus.join(format!("{name}.dat")))?;
        let (given, why) = judge(&bytes);
        let answered = agent::answer_to(&ended(&bytes));
        let is_right = given == verdict && answered == answer;
        right += usize::from(is_right);
        let mark = if is_right { "right" } else { "WRONG" };
        table += &format!("{mark} {name:<11} {given:<7} {answered:<8} {why}\n");
        if !is_right {
            table += &format!("      expected    {verdict:<7} {answer}\n");
        }
        if let Ok(message) = Message::parse(&bytes) {
            written_again_is_the_same(name, &message)?;
            for fact in facts::of(name, &message) {
                table += &format!("      {fact}\n");
            }
        }
    }
    table += &format!("{right} of {}\n", EXPECTED.len());
    insta::assert_snapshot!("verdicts", table);
    if right == EXPECTED.len() {
        Ok(())
    } else {
        Err(table.into())
    }
}

/// What is to be done with the message, and why.
fn judge(bytes: &[u8]) -> (String, String) {
    let message = match Message::parse(bytes) {
        Ok(message) => message,
        Err(ParseError::NoEndOfHead) => return judge(&ended(bytes)),
        Err(error) => {
            let status = refuse(bytes, &error).map(|response| response.status.to_string());
            return (status.unwrap_or("drop".to_owned()), error.to_string());
        }
    };
    match (&message, message.validate()) {
        (_, Ok(())) => ("accept".to_owned(), "as it came".to_owned()),
        (Message::Request(_), Err(invalid)) => (invalid.status().to_string(), invalid.to_string()),
        (Message::Response(_), Err(invalid)) => ("drop".to_owned(), invalid.to_string()),
    }
}

/// The message with its last empty line: one file of the corpus has lost it, RFC 4475's own copy has it.
fn ended(bytes: &[u8]) -> Vec<u8> {
    match Message::parse(bytes) {
        Err(ParseError::NoEndOfHead) => [bytes, b"\r\n"].concat(),
        _ => bytes.to_vec(),
    }
}

fn written_again_is_the_same(name: &str, message: &Message) -> Result<(), Failed> {
    let again = message.write();
    let second = Message::parse(&again).map_err(|error| format!("{name}: {error}"))?;
    if second.write() == again && second.body() == message.body() {
        Ok(())
    } else {
        Err(format!("{name}: written and read again it differs").into())
    }
}
