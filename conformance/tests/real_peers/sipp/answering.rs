//! SIPp as the far side of a load: takes any registration, answers every call with one port for sound, and echoes what comes there.

use std::process::{Child, Command, Stdio};

use crate::lab::{Failure, Lab, free_port_pair, free_ports};

use super::MEDIA_PORTS;

/// The one of the guide that is running; dropped, it is ended.
pub(crate) struct Answering {
    child: Child,
    /// Host and port of its UDP socket.
    pub(crate) address: String,
    /// What it did not expect, if anything.
    errors: std::path::PathBuf,
}

impl Answering {
    /// Starts it on loopback. Who calls too early repeats itself.
    pub(crate) fn start(lab: &Lab) -> Result<Self, Failure> {
        let (port, media) = (free_port_pair()?, free_ports(MEDIA_PORTS)?);
        let (scenario, errors) = (lab.path("answering.xml"), lab.path("answering.err"));
        std::fs::write(
            &scenario,
            include_str!("../../../../docs/how-to/load-sipp.xml"),
        )?;
        let child = Command::new("sipp")
            .current_dir(lab.folder("answering")?)
            .arg("-sf")
            .arg(&scenario)
            .args(["-i", "127.0.0.1", "-p", &port.to_string()])
            .args(["-mi", "127.0.0.1", "-mp", &media.to_string(), "-rtp_echo"])
            // A phone unbinds under the Call-ID it registered with, which must not count as a call that is over.
            .args([
                "-nostdin",
                "-deadcall_wait",
                "0",
                "-trace_err",
                "-error_file",
            ])
            .arg(&errors)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self {
            child,
            address: format!("127.0.0.1:{port}"),
            errors,
        })
    }

    /// What it complained about.
    pub(crate) fn complaints(&self) -> String {
        std::fs::read_to_string(&self.errors).unwrap_or_default()
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
