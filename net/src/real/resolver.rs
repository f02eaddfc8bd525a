//! Who answers for names in the real world: the system's resolver, or a laboratory's topology.

use std::io;
use std::net::IpAddr;
use std::sync::OnceLock;

use hickory_resolver::TokioResolver;
use hickory_resolver::net::NetError;
use hickory_resolver::proto::rr::RecordType;

use crate::dns::{self, Naptr, Srv, Zone};

/// A source of answers.
pub(crate) enum Names {
    /// The system's resolver and hosts file, opened at the first question.
    System(Box<OnceLock<TokioResolver>>),
    /// The records of a topology.
    Zone(Zone),
}

impl Names {
    pub(crate) fn system() -> Names {
        Names::System(Box::default())
    }

    pub(crate) async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        match self {
            Names::System(resolver) => {
                let found = system(resolver)?
                    .lookup_ip(name)
                    .await
                    .map_err(|e| failure(name, e))?;
                Ok(found.iter().collect())
            }
            Names::Zone(zone) => Ok(dns::addresses(known(zone, name)?)),
        }
    }

    pub(crate) async fn services(&self, name: &str) -> io::Result<Vec<Srv>> {
        let records = self.records(name, RecordType::SRV).await?;
        Ok(dns::services(&records))
    }

    pub(crate) async fn authorities(&self, name: &str) -> io::Result<Vec<Naptr>> {
        let records = self.records(name, RecordType::NAPTR).await?;
        Ok(dns::authorities(&records))
    }

    async fn records(&self, name: &str, kind: RecordType) -> io::Result<Vec<dns::Record>> {
        match self {
            Names::System(resolver) => {
                let found = system(resolver)?.lookup(name, kind).await;
                let found = found.map_err(|e| failure(name, e))?;
                Ok(found.answers().iter().filter_map(dns::read).collect())
            }
            Names::Zone(zone) => Ok(known(zone, name)?.to_vec()),
        }
    }
}

fn system(resolver: &OnceLock<TokioResolver>) -> io::Result<&TokioResolver> {
    if let Some(resolver) = resolver.get() {
        return Ok(resolver);
    }
    let opened = TokioResolver::builder_tokio()
        .and_then(|builder| builder.build())
        .map_err(|error| io::Error::other(format!("cannot open the system's resolver: {error}")))?;
    Ok(resolver.get_or_init(|| opened))
}

fn known<'a>(zone: &'a Zone, name: &str) -> io::Result<&'a [dns::Record]> {
    let unknown = || not_found(name);
    zone.records(name).ok_or_else(unknown)
}

fn failure(name: &str, error: NetError) -> io::Error {
    if let NetError::Timeout = error {
        let text = format!("no answer for the name {name}");
        io::Error::new(io::ErrorKind::TimedOut, text)
    } else if let NetError::Dns(_) = error {
        not_found(name)
    } else {
        io::Error::other(format!("cannot resolve {name}: {error}"))
    }
}

/// The error of a name that does not exist, the same in all worlds.
pub(crate) fn not_found(name: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::NotFound,
        format!("the name {name} does not exist"),
    )
}
