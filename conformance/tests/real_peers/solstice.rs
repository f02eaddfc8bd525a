//! Our own binary as a process: its servers, and its phone.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;

use serde_json::Value;

use crate::lab::{Failure, Lab, PATIENCE};

/// `solstice serve ...`, ready; dropped, it is ended.
pub(crate) struct Serve {
    child: Child,
}

impl Serve {
    /// Starts servers on loopback with a configuration file and waits for the line that says they are ready.
    pub(crate) fn start(lab: &Lab, what: &str, config: &Value) -> Result<Self, Failure> {
        Self::start_with(lab, what, config, &[])
    }

    /// The same with more arguments.
    pub(crate) fn start_with(
        lab: &Lab,
        what: &str,
        config: &Value,
        more: &[&str],
    ) -> Result<Self, Failure> {
        Self::start_at(lab, "127.0.0.1", what, config, more)
    }

    /// The same at another address.
    pub(crate) fn start_at(
        lab: &Lab,
        address: &str,
        what: &str,
        config: &Value,
        more: &[&str],
    ) -> Result<Self, Failure> {
        let path = lab.path(&format!("{what}.json"));
        std::fs::write(&path, serde_json::to_vec_pretty(config)?)?;
        let errors = lab.path(&format!("{what}.err"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_solstice"))
            .args(["serve", what, "--bind", address, "--config"])
            .arg(&path)
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&errors)?)
            .spawn()?;
        let output = child.stdout.take().ok_or("no standard output")?;
        let (ready, waiting) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let _ = ready.send(line);
            }
        });
        let server = Self { child };
        loop {
            match waiting.recv_timeout(PATIENCE) {
                Ok(line) if line.contains("ready") => return Ok(server),
                Ok(_) => {}
                Err(_) => {
                    return Err(format!(
                        "`solstice serve {what}` does not become ready: {}",
                        std::fs::read_to_string(&errors)?
                    )
                    .into());
                }
            }
        }
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `solstice call ...` with these arguments, to its end.
pub(crate) fn call(arguments: &[&str]) -> Result<Output, Failure> {
    let output = Command::new(env!("CARGO_BIN_EXE_solstice"))
        .arg("call")
        .args(arguments)
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        return Err(format!(
            "`solstice call` ended with {}: {}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
        .into());
    }
    Ok(output)
}
