//! baresip, a full softphone that we did not write: registers, calls, answers, and keeps what it heard as a WAV file.
//!
//! Driven through its `ctrl_tcp` module, which speaks JSON inside netstrings.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::lab::{Failure, Lab, PATIENCE, free_port_pair};
use crate::wav;

/// What one baresip is told at its start.
pub(crate) struct Account<'a> {
    pub(crate) user: &'a str,
    pub(crate) password: &'a str,
    /// Host and port of the registrar.
    pub(crate) registrar: &'a str,
    /// `udp`, `tcp` or `tls`.
    pub(crate) transport: &'a str,
    /// SDES-SRTP, mandatory.
    pub(crate) srtp: bool,
    /// The tone that it says, in hertz.
    pub(crate) says_hz: f64,
    /// Codecs as it names them, best first; one sound file serves those of one rate.
    pub(crate) codecs: &'a str,
    /// Rate and channels of its sound file: those of its codecs.
    pub(crate) file: wav::Form,
}

/// The codecs of telephones.
pub(crate) const G711: (&str, wav::Form) = ("pcmu,pcma", wav::NARROW);

/// One running baresip; dropped, it is ended.
pub(crate) struct Baresip {
    child: Child,
    control: TcpStream,
    buffer: Vec<u8>,
    folder: PathBuf,
    /// Of its recordings.
    form: wav::Form,
}

impl Baresip {
    /// Starts it and waits until it is registered.
    pub(crate) fn start(lab: &Lab, account: &Account<'_>) -> Result<Self, Failure> {
        let folder = lab.folder(&format!("baresip-{}", account.user))?;
        let sip = free_port_pair()?;
        let control = free_port_pair()?;
        wav::write_tone_as(&folder.join("said.wav"), account.says_hz, 30, account.file)?;
        std::fs::write(folder.join("config"), config(&folder, sip, control))?;
        std::fs::write(folder.join("accounts"), account_line(account))?;
        std::fs::write(folder.join("contacts"), "")?;
        let log = std::fs::File::create(folder.join("log"))?;
        let child = Command::new("baresip")
            .arg("-f")
            .arg(&folder)
            .arg("-v")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let control = connect(control, &folder)?;
        let mut phone = Self {
            child,
            control,
            buffer: Vec::new(),
            folder,
            form: account.file,
        };
        phone.wait_for_registration()?;
        Ok(phone)
    }

    /// Its event may come before the control connection stands, so the log is what tells.
    fn wait_for_registration(&mut self) -> Result<(), Failure> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            // Events are read all the same: a full connection would hold the phone up.
            self.next()?;
            if self.log().contains("] 200 OK") || self.log().contains("} 200 OK") {
                return Ok(());
            }
        }
        Err(format!(
            "baresip is not registered within {PATIENCE:?}\n{}",
            self.log()
        )
        .into())
    }

    /// Dials a number or URI.
    pub(crate) fn dial(&mut self, target: &str) -> Result<(), Failure> {
        self.command("dial", target)
    }

    /// Ends the current call.
    pub(crate) fn hang_up(&mut self) -> Result<(), Failure> {
        self.command("hangup", "")
    }

    /// Waits for an event by its type; gives its parameter.
    pub(crate) fn wait(&mut self, kind: &str) -> Result<String, Failure> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if let Some(message) = self.next()? {
                match message.get("type").and_then(Value::as_str) {
                    Some(seen) if seen == kind => return Ok(text(&message, "param")),
                    Some("CALL_CLOSED") if kind.starts_with("CALL_") => {
                        return Err(format!(
                            "waited for {kind}, but the call closed: {}\n{}",
                            text(&message, "param"),
                            self.log()
                        )
                        .into());
                    }
                    _ => {}
                }
            }
        }
        Err(format!(
            "baresip never said {kind} within {PATIENCE:?}\n{}",
            self.log()
        )
        .into())
    }

    /// Waits until it has recorded so many seconds: how long that takes is the machine's affair.
    pub(crate) fn hears(&mut self, seconds: u32) -> Result<(), Failure> {
        let (rate_hz, channels) = self.form;
        let wanted = u64::from(rate_hz * seconds) * u64::from(channels) * 2;
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            // Events are read all the same: a full connection would hold the phone up.
            self.next()?;
            if self
                .heard()
                .and_then(|path| Ok(path.metadata()?.len()))
                .is_ok_and(|len| len >= wanted)
            {
                return Ok(());
            }
        }
        Err(format!("baresip did not hear {seconds} s\n{}", self.log()).into())
    }

    /// The recording of what it heard, once the call is over.
    pub(crate) fn heard(&self) -> Result<PathBuf, Failure> {
        std::fs::read_dir(&self.folder)?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .find(|path| {
                path.file_name()
                    .is_some_and(|name| name.to_string_lossy().ends_with("-dec.wav"))
            })
            .ok_or_else(|| format!("baresip recorded nothing\n{}", self.log()).into())
    }

    fn command(&mut self, name: &str, parameter: &str) -> Result<(), Failure> {
        let body = serde_json::json!({"command": name, "params": parameter}).to_string();
        write!(self.control, "{}:{body},", body.len())?;
        Ok(())
    }

    /// The next netstring, or nothing within a tenth of a second.
    fn next(&mut self) -> Result<Option<Value>, Failure> {
        if let Some(message) = self.take() {
            return Ok(Some(serde_json::from_slice(&message)?));
        }
        let mut chunk = [0; 4096];
        match self.control.read(&mut chunk) {
            Ok(0) => Err(format!("baresip closed its control connection\n{}", self.log()).into()),
            Ok(count) => {
                self.buffer.extend_from_slice(&chunk[..count]);
                Ok(None)
            }
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn take(&mut self) -> Option<Vec<u8>> {
        let colon = self.buffer.iter().position(|byte| *byte == b':')?;
        let length: usize = std::str::from_utf8(&self.buffer[..colon])
            .ok()?
            .parse()
            .ok()?;
        let end = colon + 1 + length;
        if self.buffer.len() <= end {
            return None;
        }
        let message = self.buffer[colon + 1..end].to_vec();
        self.buffer.drain(..=end);
        Some(message)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Baresip {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(message: &Value, field: &str) -> String {
    message
        .get(field)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn config(folder: &Path, sip: u16, control: u16) -> String {
    let folder = folder.display();
    let mut text = String::new();
    for module in [
        "stdio", "g711", "g722", "opus", "aufile", "aubridge", "sndfile", "srtp", "uuid",
    ] {
        let _ = writeln!(text, "module {module}.so");
    }
    for module in ["account", "contact", "menu", "ctrl_tcp"] {
        let _ = writeln!(text, "module_app {module}.so");
    }
    format!(
        "module_path /usr/lib/baresip/modules\nsip_listen 0.0.0.0:{sip}\nctrl_tcp_listen 127.0.0.1:{control}\n\
         audio_source aufile,{folder}/said.wav\naudio_player aubridge,ear{sip}\naudio_alert aubridge,alert{sip}\n\
         snd_path {folder}\n{text}"
    )
}

fn account_line(account: &Account<'_>) -> String {
    let Account {
        user,
        password,
        registrar,
        transport,
        srtp,
        codecs,
        ..
    } = account;
    let media = if *srtp { ";mediaenc=srtp-mand" } else { "" };
    format!(
        "<sip:{user}@{registrar};transport={transport}>;auth_user={user};auth_pass={password};answermode=auto;regint=60;audio_codecs={codecs}{media}\n"
    )
}

fn connect(port: u16, folder: &Path) -> Result<TcpStream, Failure> {
    let until = Instant::now() + PATIENCE;
    loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Ok(stream) => {
                stream.set_read_timeout(Some(Duration::from_millis(100)))?;
                return Ok(stream);
            }
            Err(error) if Instant::now() > until => {
                let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
                return Err(format!("baresip's control port does not open: {error}\n{log}").into());
            }
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}
