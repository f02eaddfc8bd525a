//! Kamailio, a SIP server that we did not write: registrar with digest, and a neutral proxy between two phones.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::lab::{Failure, Lab, PATIENCE, free_port_pair};

/// One running Kamailio; dropped, it is ended.
pub(crate) struct Kamailio {
    child: Child,
    /// Host and port of its UDP and TCP listeners.
    pub(crate) address: String,
}

impl Kamailio {
    /// Starts it on loopback for these users, (name, password), and waits until it answers.
    pub(crate) fn start(lab: &Lab, users: &[(&str, &str)]) -> Result<Self, Failure> {
        let port = free_port_pair()?;
        Self::start_as(lab, port, &config(port, users))
    }

    /// Starts the one of the guide, where every user of a load exists.
    pub(crate) fn start_for_load(lab: &Lab) -> Result<Self, Failure> {
        let port = free_port_pair()?;
        let config = include_str!("../../../docs/how-to/load-kamailio.cfg");
        let config = config.replace("192.0.2.20:5060", &format!("127.0.0.1:{port}"));
        Self::start_as(lab, port, &config)
    }

    fn start_as(lab: &Lab, port: u16, config: &str) -> Result<Self, Failure> {
        let path = lab.path("kamailio.cfg");
        std::fs::write(&path, config)?;
        let log = std::fs::File::create(lab.path("kamailio.log"))?;
        let child = Command::new("kamailio")
            .args(["-DD", "-E", "-m", "64", "-M", "8", "-Y"])
            .arg(lab.folder("kamailio-run")?)
            .arg("-f")
            .arg(&path)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let server = Self {
            child,
            address: format!("127.0.0.1:{port}"),
        };
        let until = Instant::now() + PATIENCE;
        while std::net::TcpStream::connect(&server.address).is_err() {
            if Instant::now() > until {
                return Err(format!(
                    "kamailio does not open its port: {}",
                    std::fs::read_to_string(lab.path("kamailio.log"))?
                )
                .into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }
}

impl Drop for Kamailio {
    fn drop(&mut self) {
        // SIGTERM lets the main process end its children; SIGKILL would leave them behind.
        let _ = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        let _ = self.child.wait();
    }
}

fn config(port: u16, users: &[(&str, &str)]) -> String {
    let passwords: String = users
        .iter()
        .map(|(user, password)| format!("$sht(pw=>{user})=\"{password}\"; "))
        .collect();
    format!(
        r#"#!KAMAILIO
debug=2
log_stderror=yes
fork=yes
children=2
listen=udp:127.0.0.1:{port}
listen=tcp:127.0.0.1:{port}
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
loadmodule "htable.so"
loadmodule "nathelper.so"
modparam("htable", "htable", "pw=>size=4;")
modparam("registrar|nathelper", "received_avp", "$avp(RECEIVED)")
event_route[htable:mod-init] {{ {passwords} }}
request_route {{
  if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483","Too Many Hops"); exit; }}
  if (is_method("REGISTER")) {{
    if (!pv_www_authenticate("$td", "$sht(pw=>$tU)", "0")) {{ www_challenge("$td", "0"); exit; }}
    fix_nated_register();
    save("location"); exit;
  }}
  if (has_totag()) {{
    if (loose_route()) {{ t_relay(); exit; }}
    if (is_method("ACK")) {{ if (t_check_trans()) t_relay(); exit; }}
    sl_send_reply("404","Not here"); exit;
  }}
  if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
  if (is_method("INVITE|MESSAGE")) {{
    if (!pv_proxy_authenticate("$fd", "$sht(pw=>$fU)", "0")) {{ proxy_challenge("$fd", "0"); exit; }}
    consume_credentials();
  }}
  record_route();
  if (!lookup("location")) {{ sl_send_reply("404","Not Found"); exit; }}
  t_relay();
}}
"#
    )
}
