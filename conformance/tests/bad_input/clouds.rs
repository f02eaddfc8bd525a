//! The same for Spaces and Meetings Online.

use std::process::Output;

use net::World;
use net::http::Client;
use net::tls::Trust;
use serde_json::{Value, json};

use crate::assault::{endless_header_into, garbage_into, half_a_handshake_into};
use crate::lab::{Failure, Lab, PATIENCE, free_port_pair};
use crate::solstice::Serve;
use crate::{says, solstice};

/// A cloud on free ports.
struct Cloud {
    lab: Lab,
    _server: Serve,
    name: &'static str,
    config: Value,
    plain: u16,
    secure: Vec<u16>,
    udp: Vec<u16>,
    /// A path that answers 200 to everybody, or 404 in the words of the service itself.
    path: &'static str,
    status: u16,
}

impl Cloud {
    fn spaces() -> Result<Self, Failure> {
        let (plain, secure) = (free_port_pair()?, free_port_pair()?);
        let config = json!({"ports": {"plain": plain, "secure": secure}});
        Self::start(
            "zang",
            config,
            plain,
            vec![secure],
            Vec::new(),
            ("/nowhere", 404),
        )
    }

    fn meetings() -> Result<Self, Failure> {
        let [plain, https, portal, stun] = [
            free_port_pair()?,
            free_port_pair()?,
            free_port_pair()?,
            free_port_pair()?,
        ];
        let config =
            json!({"ports": {"plain": plain, "https": https, "portal": portal, "stun": stun}});
        let secure = vec![https, portal];
        Self::start(
            "meetings",
            config,
            plain,
            secure,
            vec![stun],
            ("/ups/resources", 200),
        )
    }

    fn start(
        name: &'static str,
        config: Value,
        plain: u16,
        secure: Vec<u16>,
        udp: Vec<u16>,
        (path, status): (&'static str, u16),
    ) -> Result<Self, Failure> {
        let lab = Lab::new()?;
        let server = Serve::start(&lab, name, &config)?;
        Ok(Self {
            lab,
            _server: server,
            name,
            config,
            plain,
            secure,
            udp,
            path,
            status,
        })
    }

    /// Both clouds.
    fn all() -> Result<[Self; 2], Failure> {
        Ok([Self::spaces()?, Self::meetings()?])
    }

    /// It still answers on every secure port.
    fn is_well(&self) -> Result<(), Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let asked = async {
            let host = World::real_machine().host("visitor");
            let client = Client::new(&host, &Trust::Unchecked);
            for port in &self.secure {
                let url = format!("https://127.0.0.1:{port}{}", self.path);
                let answer = client
                    .get(&url)
                    .await
                    .map_err(|error| format!("{url}: {error}"))?;
                if answer.status().as_u16() != self.status {
                    return Err(format!(
                        "{url}: expected {}, came {}",
                        self.status,
                        answer.status()
                    ));
                }
            }
            Ok(())
        };
        runtime.block_on(async { tokio::time::timeout(PATIENCE, asked).await })??;
        Ok(())
    }

    fn tcp(&self) -> Vec<u16> {
        self.secure.iter().copied().chain([self.plain]).collect()
    }

    /// A second one with this configuration.
    fn again(&self, config: &Value) -> Result<Output, Failure> {
        let path = self.lab.path("again.json");
        std::fs::write(&path, config.to_string())?;
        solstice(&[
            "serve",
            self.name,
            "--bind",
            "127.0.0.1",
            "--config",
            &path.to_string_lossy(),
        ])
    }
}

#[test]
fn garbage_on_every_port_of_a_cloud_harms_nothing() -> Result<(), Failure> {
    for cloud in Cloud::all()? {
        garbage_into(&cloud.tcp(), &cloud.udp)?;
        cloud.is_well()?;
    }
    Ok(())
}

#[test]
fn half_a_handshake_with_a_cloud_harms_nothing() -> Result<(), Failure> {
    for cloud in Cloud::all()? {
        half_a_handshake_into(&cloud.secure)?;
        cloud.is_well()?;
    }
    Ok(())
}

#[test]
fn a_header_of_a_mebibyte_ends_its_connection_with_a_cloud_alone() -> Result<(), Failure> {
    for cloud in Cloud::all()? {
        endless_header_into(cloud.plain, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ")?;
        cloud.is_well()?;
    }
    Ok(())
}

#[test]
fn a_busy_port_of_a_cloud_is_named() -> Result<(), Failure> {
    for cloud in Cloud::all()? {
        let output = cloud.again(&cloud.config)?;
        let Some(ports) = cloud.config["ports"].as_object() else {
            return Err("the configuration has ports".into());
        };
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let is_named = ports.values().any(|port| text.contains(&port.to_string()));
        if !is_named {
            return Err(format!("one of {ports:?} was expected in: {text}").into());
        }
        says(&output, 2, &["in use", "free the port"])?;
        cloud.is_well()?;
    }
    Ok(())
}

#[test]
fn a_configuration_that_a_cloud_cannot_use_is_named() -> Result<(), Failure> {
    let lab = Lab::new()?;
    for what in ["zang", "meetings", "all"] {
        for (text, part) in [
            (r#"{"colour": "blue"}"#, "colour"),
            (r#"{"ports": "many"}"#, "invalid type"),
            ("[", "line 1"),
        ] {
            let text = if what == "all" {
                format!(r#"{{"zang": {text}}}"#)
            } else {
                text.to_owned()
            };
            let path = lab.path("bad.json");
            std::fs::write(&path, text)?;
            let output = solstice(&["serve", what, "--config", &path.to_string_lossy()])?;
            says(&output, 2, &["bad.json", part, "correct the file"])?;
        }
        let folder = lab.folder("folder")?;
        let output = solstice(&["serve", what, "--config", &folder.to_string_lossy()])?;
        says(&output, 2, &["folder", "readable"])?;
    }
    Ok(())
}
