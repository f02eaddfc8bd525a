//! The cloud with a clock and its connections: the one way from the network to the state.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use engineioxide::DisconnectReason;
use net::host::Host;

use crate::cloud::Cloud;
use crate::connections::{ConnectionId, What};
use crate::disk::Disk;
use crate::push::{Line, event};

/// Handle given to every request and every connection.
#[derive(Clone)]
pub(crate) struct Service {
    host: Host,
    disk: Disk,
    lines: Arc<Mutex<BTreeMap<ConnectionId, Arc<Line>>>>,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Service")
    }
}

impl Service {
    /// `disk` holds a configured cloud already.
    pub(crate) fn new(host: &Host, disk: Disk) -> Self {
        Service {
            host: host.clone(),
            disk,
            lines: Arc::default(),
        }
    }

    /// Gives the cloud an input and sends what it has to say.
    pub(crate) fn with<R>(&self, act: impl FnOnce(&mut Cloud, SystemTime) -> R) -> R {
        let mut disk = self.disk.lock();
        let cloud = disk
            .as_mut()
            .expect("start puts a cloud on the disk before anything can ask");
        let answer = act(cloud, self.host.utc());
        self.deliver(cloud);
        answer
    }

    /// A new connection; nothing if there are too many.
    pub(crate) fn open(&self, line: &Arc<Line>) -> Option<ConnectionId> {
        let connection = self.with(|cloud, utc| cloud.open(utc)).ok()?;
        self.lines().insert(connection, line.clone());
        Some(connection)
    }

    /// The connection is gone.
    pub(crate) fn close(&self, connection: ConnectionId) {
        self.lines().remove(&connection);
        self.with(|cloud, _| cloud.close(connection));
    }

    /// Ends all connections.
    pub(crate) fn hang_up(&self) {
        // Closing calls back for each of them, so the lock must not be held.
        let lines: Vec<Arc<Line>> = self.lines().values().cloned().collect();
        for line in lines {
            line.close(DisconnectReason::ClosingServer);
        }
    }

    fn deliver(&self, cloud: &mut Cloud) {
        let lines = self.lines();
        while let Some(delivery) = cloud.poll() {
            let Some(line) = lines.get(&delivery.connection) else {
                continue;
            };
            match delivery.what {
                What::Event { name, payload } => {
                    if line.emit(event(name, &payload)).is_err() {
                        // A reader slower than its messages: it will find them in the history when it comes back.
                        line.close(DisconnectReason::TransportError);
                    }
                }
                What::Close => line.close(DisconnectReason::TransportClose),
            }
        }
    }

    fn lines(&self) -> MutexGuard<'_, BTreeMap<ConnectionId, Arc<Line>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
