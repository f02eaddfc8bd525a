//! SIPp, a traffic generator that we did not write: many digest-authenticated calls from one scenario file.

mod answering;

use std::process::{Command, Stdio};

use crate::lab::{Failure, Lab, free_port_pair, free_ports};

pub(crate) use answering::Answering;

/// SIPp takes a pair for sound and the next one for pictures.
const MEDIA_PORTS: u16 = 4;

/// What a run of SIPp says of itself.
#[derive(Debug)]
pub(crate) struct Tally {
    /// Calls that went through the whole scenario.
    pub(crate) successful: u64,
    /// Calls that did not.
    pub(crate) failed: u64,
}

/// Registers `user`, then makes `calls` calls to `number` at `rate` a second, each with a digest challenge, media and BYE.
pub(crate) fn calls(
    lab: &Lab,
    target: &str,
    user: &str,
    password: &str,
    number: &str,
    calls: u32,
    rate: u32,
) -> Result<Tally, Failure> {
    let scenario = lab.path("uac_digest.xml");
    std::fs::write(&scenario, scenario_text(user, password, number))?;
    let statistics = lab.path("sipp.csv");
    let media = free_ports(MEDIA_PORTS)?;
    let output = Command::new("sipp")
        .current_dir(lab.folder("sipp")?)
        .arg(target)
        .arg("-sf")
        .arg(&scenario)
        .args([
            "-i",
            "127.0.0.1",
            "-p",
            &free_port_pair()?.to_string(),
            "-mp",
            &media.to_string(),
        ])
        .args([
            "-m",
            &calls.to_string(),
            "-r",
            &rate.to_string(),
            "-timeout",
            "60",
            "-nostdin",
        ])
        .args(["-trace_stat", "-stf"])
        .arg(&statistics)
        .args(["-fd", "1", "-trace_err", "-error_file"])
        .arg(lab.path("sipp.err"))
        .stdin(Stdio::null())
        .output()?;
    let errors = std::fs::read_to_string(lab.path("sipp.err")).unwrap_or_default();
    let table = std::fs::read_to_string(&statistics).map_err(|error| {
        format!(
            "SIPp wrote no statistics ({error}), exit {}: {errors}",
            output.status
        )
    })?;
    let result = read(&table)?;
    if result.failed > 0 || !output.status.success() {
        return Err(format!("{result:?}; exit {}; {errors}", output.status).into());
    }
    Ok(result)
}

/// The last line of SIPp's statistics table.
fn read(table: &str) -> Result<Tally, Failure> {
    let mut lines = table.lines().filter(|line| !line.is_empty());
    let names: Vec<&str> = lines.next().ok_or("empty statistics")?.split(';').collect();
    let last: Vec<&str> = lines
        .next_back()
        .ok_or("statistics without a line")?
        .split(';')
        .collect();
    let field = |name: &str| -> Result<u64, Failure> {
        let index = names
            .iter()
            .position(|other| *other == name)
            .ok_or_else(|| format!("no column {name}"))?;
        Ok(last.get(index).ok_or("short line")?.parse()?)
    };
    Ok(Tally {
        successful: field("SuccessfulCall(C)")?,
        failed: field("FailedCall(C)")?,
    })
}

fn scenario_text(user: &str, password: &str, number: &str) -> String {
    let invite = |cseq: u32, authentication: &str| {
        format!(
            r#"<send retrans="500"><![CDATA[
INVITE sip:{number}@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:{user}@[remote_ip]>;tag=[pid]-[call_number]
To: <sip:{number}@[remote_ip]>
Call-ID: [call_id]
CSeq: {cseq} INVITE
Contact: <sip:{user}@[local_ip]:[local_port]>
{authentication}Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
]]></send>"#
        )
    };
    let in_dialog = |method: &str, cseq: u32, route: &str| {
        format!(
            r#"<send{}><![CDATA[
{method} [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:{user}@[remote_ip]>;tag=[pid]-[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: {cseq} {method}
{route}Contact: <sip:{user}@[local_ip]:[local_port]>
Content-Length: 0

]]></send>"#,
            if method == "BYE" {
                r#" retrans="500""#
            } else {
                ""
            }
        )
    };
    let first_ack = format!(
        r#"<send><![CDATA[
ACK sip:{number}@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch-4]
Max-Forwards: 70
From: <sip:{user}@[remote_ip]>;tag=[pid]-[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Content-Length: 0

]]></send>"#
    );
    format!(
        r#"<?xml version="1.0" encoding="ISO-8859-1" ?>
<!DOCTYPE scenario SYSTEM "sipp.dtd">
<scenario name="digest call">
{}
<recv response="100" optional="true"/>
<recv response="401" auth="true" optional="true" next="1"/>
<recv response="407" auth="true"/>
<label id="1"/>
{first_ack}
{}
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="183" optional="true"/>
<recv response="200" rrs="true"/>
{}
<pause milliseconds="500"/>
{}
<recv response="200"/>
</scenario>
"#,
        invite(1, ""),
        invite(
            2,
            &format!("[authentication username={user} password={password}]\n")
        ),
        in_dialog("ACK", 2, "[routes]\n"),
        in_dialog("BYE", 3, "[routes]\n"),
    )
}
