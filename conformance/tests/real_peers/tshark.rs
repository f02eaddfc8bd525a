//! A protocol analyser that we did not write reads the captures of capsules.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::lab::{Failure, Lab};

/// Scenarios with different things on the wire: plain calls, SRTP of both kinds, TLS, several calls, loss.
const SCENARIOS: &[&str] = &[
    "telephony/call",
    "telephony/hold_retrieve",
    "telephony/several_calls",
    "telephony/lossy_line",
    "telephony/encryption_preferred",
    "telephony/encryption_enforced",
    "registration/digest",
    "network/tls_port",
    "release/whole_picture",
];

/// No packet of a capture is malformed, and there are as many RTP packets in it as the report says.
pub(crate) fn tshark_reads_our_captures_and_counts_as_we_do() -> Result<(), Failure> {
    let lab = Lab::new()?;
    let report = lab.path("report");
    let status = Command::new(env!("CARGO_BIN_EXE_solstice"))
        .arg("run")
        .args(SCENARIOS)
        .args(["--quiet", "--capsules", "all", "--report"])
        .arg(&report)
        .status()?;
    if !status.success() {
        return Err(format!("`solstice run` ended with {status}").into());
    }
    let mut compared = 0;
    for line in std::fs::read_to_string(report.join("outcomes.jsonl"))?.lines() {
        let outcome: Value = serde_json::from_str(line)?;
        let Some(capsule) = outcome["capsule"].as_str() else {
            continue;
        };
        let capture = report.join(capsule).join("capture.pcapng");
        expect_count(&capture, "_ws.malformed", 0)?;
        expect_count(
            &capture,
            "rtp",
            outcome["rtp_packets"].as_u64().unwrap_or_default(),
        )?;
        compared += outcome["rtp_packets"].as_u64().unwrap_or_default();
    }
    if compared == 0 {
        return Err("no packet was compared: the report names no capsule".into());
    }
    Ok(())
}

fn expect_count(capture: &Path, filter: &str, expected: u64) -> Result<(), Failure> {
    let output = Command::new("tshark")
        .arg("-r")
        .arg(capture)
        // Media is told by its first octets, not by what was negotiated: parts of that are encrypted.
        .args([
            "--enable-heuristic",
            "rtp_udp",
            "-T",
            "fields",
            "-e",
            "frame.number",
            "-Y",
            filter,
        ])
        .output()?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!("tshark cannot read {}: {errors}", capture.display()).into());
    }
    let numbers: Vec<&[u8]> = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .collect();
    if numbers.len() as u64 == expected {
        return Ok(());
    }
    let first = numbers
        .first()
        .map(|number| String::from_utf8_lossy(number).into_owned());
    let capture = capture.display();
    Err(format!(
        "{capture}: expected {expected} packets of `{filter}`, tshark finds {}, first {first:?}",
        numbers.len()
    )
    .into())
}
