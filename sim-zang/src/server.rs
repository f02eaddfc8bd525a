//! Starting a cloud on a host.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use net::host::Host;
use net::http::Serving;

use crate::cloud::Cloud;
use crate::config::Config;
use crate::doors;
use crate::flaws::{Flaw, Flaws};
use crate::service::Service;

/// A cloud that is up. It ends with its host or by [`Running::stop`]; dropping this changes nothing.
pub struct Running {
    service: Service,
    secure: Serving,
    plain: Option<Serving>,
}

/// Why a cloud did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration has no certificate; the service is never offered without TLS (MSG-10).
    #[error("Spaces needs a certificate for its host names: set `identity` in its configuration")]
    NoIdentity,
    /// A port could not be opened.
    #[error(
        "Spaces cannot listen on {address}: {error}; free the port or give another one in `ports`"
    )]
    Listen {
        /// The address and port.
        address: SocketAddr,
        /// What the system says.
        error: std::io::Error,
    },
}

/// Starts a cloud on the primary address of `host`.
pub async fn start(host: &Host, config: Config) -> Result<Running, StartError> {
    let identity = config.identity.as_ref().ok_or(StartError::NoIdentity)?;
    let tls = net::tls::server_config(host, identity);
    {
        let mut disk = config.disk.lock();
        let cloud = disk.get_or_insert_with(|| {
            Cloud::new(
                host.entropy("spaces ids").seed(),
                &host.entropy("spaces token secret").seed(),
            )
        });
        cloud.configure(host.utc(), &config);
    }
    let service = Service::new(host, config.disk.clone());
    let ip = host
        .addresses()
        .first()
        .copied()
        .unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let listen = async |port: u16, router, tls| {
        let address = SocketAddr::new(ip, port);
        let serving = net::http::serve(host, address, router, tls).await;
        serving.map_err(|error| StartError::Listen { address, error })
    };
    let secure = listen(
        config.ports.secure,
        doors::secure(&service, &config),
        Some(tls),
    )
    .await?;
    let plain = match config.ports.plain {
        Some(port) => Some(listen(port, doors::plain(&config), None).await?),
        None => None,
    };
    // Only now: a start that fails must not disturb a cloud that runs on the same disk.
    service.with(|cloud, _| cloud.restart());
    Ok(Running {
        service,
        secure,
        plain,
    })
}

impl Running {
    /// Where HTTPS and WSS are served.
    pub fn secure_address(&self) -> SocketAddr {
        self.secure.local_addr()
    }

    /// Where plain HTTP is turned away, if anywhere.
    pub fn plain_address(&self) -> Option<SocketAddr> {
        self.plain.as_ref().map(Serving::local_addr)
    }

    /// Takes no more connections and ends the event streams. What was stored stays on the disk.
    pub fn stop(&self) {
        self.secure.stop();
        if let Some(plain) = &self.plain {
            plain.stop();
        }
        self.service.hang_up();
    }

    /// Changes the misbehaviour from now on.
    pub fn set_flaws(&self, flaws: impl IntoIterator<Item = Flaw>) {
        let flaws = Flaws::new(flaws.into_iter().collect::<BTreeSet<_>>());
        self.service.with(|cloud, _| cloud.set_flaws(flaws));
    }
}
