//! No password crosses a wire in the clear, and no media key crosses one without TLS.

use super::strangers::fault_of;
use super::{Cast, Checker};
use crate::evidence::Evidence;
use crate::outcome::{Fault, Finding};

/// See the module.
pub const CHECKER: Checker = Checker {
    name: "clear_credentials",
    claim: "No credential crosses a wire in the clear.",
    check,
};

/// Shorter secrets are found in anything.
const SECRET_BYTES_MIN: usize = 6;

fn check(evidence: &Evidence<'_>, cast: &Cast) -> Result<(), Finding> {
    let secrets: Vec<&[u8]> = cast
        .secrets
        .iter()
        .map(String::as_bytes)
        .filter(|secret| secret.len() >= SECRET_BYTES_MIN)
        .collect();
    for sent in evidence.sent() {
        let bytes = &sent.packet.payload;
        if crate::evidence::rtp(bytes).is_some() {
            continue;
        }
        let what = if secrets.iter().any(|secret| contains(bytes, secret)) {
            "a password"
        } else if contains(bytes, b"Authorization: Basic ")
            || contains(bytes, b"authorization: Basic ")
        {
            "a password in Basic authentication"
        } else if contains(bytes, b"\na=crypto:") {
            "a media key in SDP"
        } else {
            continue;
        };
        let came = format!(
            "{what} from {} to {}",
            evidence.host_name(sent.host),
            sent.packet.target
        );
        let fault = match fault_of(sent.host, cast) {
            Fault::Unclear => Fault::Client,
            known => known,
        };
        return Err(Finding::new(fault, "no credential in the clear", came).at(sent.at));
    }
    Ok(())
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && bytes.windows(part.len()).any(|window| window == part)
}
