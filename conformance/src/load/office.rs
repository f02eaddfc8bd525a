//! An IP Office of our own to be loaded, on a thread of its own, with a user for every phone.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::mpsc;
use std::thread::JoinHandle;

use net::{Host, World};
use sim_ipoffice::config::{Ports, User};
use sim_ipoffice::{Config, Running, StartError};
use tokio::sync::oneshot;

use crate::stopwatch::Stopwatch;

/// The office, while it is open.
#[derive(Debug)]
pub struct OwnOffice {
    address: SocketAddr,
    closing: oneshot::Sender<()>,
    thread: JoinHandle<f64>,
}

/// Why it could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OfficeError {
    /// The server does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The machine gives no thread or event loop.
    #[error(
        "the machine gives no event loop for the server: {0}; free some of its files or memory"
    )]
    Machine(std::io::Error),
}

impl OwnOffice {
    /// Where it listens.
    pub const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    /// Sockets that a call takes there: two for each leg.
    pub const FILES_IN_A_CALL: u64 = 4;

    /// Opens one with these users, by extension and password.
    pub fn open(users: Vec<(String, String)>) -> Result<OwnOffice, OfficeError> {
        let (opened, opening) = mpsc::sync_channel(1);
        let (closing, closed) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("ipoffice".to_owned())
            .spawn(move || serve(users, &opened, closed))
            .map_err(OfficeError::Machine)?;
        let address = opening.recv().unwrap_or_else(|_| {
            let ended = std::io::Error::other("the thread of the server has ended");
            Err(OfficeError::Machine(ended))
        })?;
        Ok(OwnOffice {
            address,
            closing,
            thread,
        })
    }

    /// Its SIP port, of UDP and TCP.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes it; gives the processor time that it took, in seconds.
    pub fn close(self) -> f64 {
        // If it has ended already, there is nobody to be told.
        let _ = self.closing.send(());
        self.thread.join().unwrap_or(f64::NAN)
    }
}

type Opened = mpsc::SyncSender<Result<SocketAddr, OfficeError>>;

/// Serves until it is told to close.
fn serve(users: Vec<(String, String)>, opened: &Opened, closed: oneshot::Receiver<()>) -> f64 {
    let watch = Stopwatch::start();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = opened.send(Err(OfficeError::Machine(error)));
            return 0.0;
        }
    };
    runtime.block_on(async {
        let host = World::real_machine_at(&[OwnOffice::ADDRESS]).host("ipoffice");
        match start(&host, config(users)).await {
            Ok((_running, port)) => {
                let _ = opened.send(Ok(SocketAddr::new(OwnOffice::ADDRESS, port)));
                let _ = closed.await;
            }
            Err(error) => {
                let _ = opened.send(Err(error.into()));
            }
        }
    });
    watch.thread_cpu_s()
}

/// Starts it on the first port that nobody else has.
async fn start(host: &Host, mut config: Config) -> Result<(Running, u16), StartError> {
    let mut ports = PORTS.into_iter().peekable();
    loop {
        let port = ports.next().unwrap_or(USUAL_PORT);
        config.ports.sip = Some(port);
        match sim_ipoffice::start(host, config.clone()).await {
            Err(StartError::Sip { .. }) if ports.peek().is_some() => {}
            started => return started.map(|running| (running, port)),
        }
    }
}

fn config(users: Vec<(String, String)>) -> Config {
    let users = users.into_iter().map(|(extension, password)| User {
        extension,
        password,
        name: String::new(),
        licence: sim_ipoffice::licence::Licence::PowerUser,
        most_calls: u32::MAX,
    });
    Config {
        bind: vec![OwnOffice::ADDRESS],
        users: users.collect(),
        ports: Ports {
            http: 0,
            https: 0,
            sip_tls: 0,
            ..Ports::default()
        },
        ..Config::default()
    }
}

/// SIP ports to be tried, the usual one first.
const PORTS: [u16; 5] = [USUAL_PORT, 25_060, 25_160, 25_260, 25_360];
/// RFC 3261 §19.1.2.
const USUAL_PORT: u16 = 5060;
