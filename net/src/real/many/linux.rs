//! Linux: `sendmmsg`, `recvmmsg`, runs by `UDP_SEGMENT` and `UDP_GRO` (udp(7)).

use std::array;
use std::io;
use std::mem::size_of;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, RawFd};
use std::ptr;

use bytes::Bytes;
use libc::{c_int, c_uint, c_void, iovec, mmsghdr, msghdr, sockaddr_storage, socklen_t};
use socket2::{SockAddr, SockAddrStorage, SockRef};
use tokio::net::UdpSocket;

use super::buffers::Buffers;
use super::runs::{Run, Runs};
use super::{MOST_IN_A_CALL, Rest};
use crate::departures::Departures;

/// Lets a socket be given runs, where the kernel knows them; what is received is cut into datagrams here.
pub(in crate::real) fn accept_runs(socket: &UdpSocket) {
    let on: c_int = 1;
    // SAFETY: the value is a live integer of the length that is said. An old kernel refuses, and then there are no runs.
    unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_UDP,
            libc::UDP_GRO,
            ptr::from_ref(&on).cast(),
            size_of::<c_int>() as socklen_t,
        );
    }
}

/// Receives.
#[derive(Debug)]
pub(in crate::real) struct Receiver {
    /// A place of [`LARGEST`] octets for each datagram, or run, of one call.
    space: Vec<u8>,
    buffers: Buffers,
}

impl Receiver {
    pub(in crate::real) fn new() -> Receiver {
        Receiver {
            space: vec![0; MOST_IN_A_CALL * LARGEST],
            buffers: Buffers::new(),
        }
    }

    /// Receives some of what has come; an error only if nothing has.
    pub(in crate::real) fn receive(
        &mut self,
        socket: &UdpSocket,
        mut take: impl FnMut(Bytes, SocketAddr),
    ) -> io::Result<Rest> {
        let socket = socket.as_raw_fd();
        // Of most sockets one datagram is to be had; to prepare for many would cost as much as to receive it.
        if self.call::<FEW>(socket, &mut take)? < FEW {
            return Ok(Rest::Nothing);
        }
        match self.call::<MOST_IN_A_CALL>(socket, &mut take) {
            Ok(MOST_IN_A_CALL) | Err(_) => Ok(Rest::Perhaps),
            Ok(_) => Ok(Rest::Nothing),
        }
    }

    /// One call for at most `N`; gives how many there were. Fewer than `N` means that the socket is empty: nothing else ends a
    /// call early, for a socket that is not connected hears of no ICMP message (udp(7), `IP_RECVERR`).
    fn call<const N: usize>(
        &mut self,
        socket: RawFd,
        take: &mut impl FnMut(Bytes, SocketAddr),
    ) -> io::Result<usize> {
        let mut names: [SockAddrStorage; N] = array::from_fn(|_| SockAddrStorage::zeroed());
        let mut controls = [Control::default(); N];
        let mut places = self.space.chunks_exact_mut(LARGEST);
        let mut vectors: [iovec; N] = array::from_fn(|_| vector(places.next().unwrap_or_default()));
        let mut headers: [mmsghdr; N] = array::from_fn(|number| {
            let mut header = empty();
            header.msg_hdr.msg_name = ptr::from_mut(&mut names[number]).cast();
            header.msg_hdr.msg_namelen = size_of::<sockaddr_storage>() as socklen_t;
            header.msg_hdr.msg_iov = &raw mut vectors[number];
            header.msg_hdr.msg_iovlen = 1;
            header.msg_hdr.msg_control = controls[number].0.as_mut_ptr().cast();
            header.msg_hdr.msg_controllen = CONTROL_LEN as _;
            header
        });
        // SAFETY: all that the headers point to lives until the end of this function, and each place is as long as it says.
        let received = unsafe {
            libc::recvmmsg(
                socket,
                headers.as_mut_ptr(),
                N as c_uint,
                libc::MSG_DONTWAIT as _,
                ptr::null_mut(),
            )
        };
        let received = usize::try_from(received).map_err(|_| io::Error::last_os_error());
        let received = match received {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            other => other?,
        };
        for ((header, name), place) in headers[..received]
            .iter()
            .zip(names)
            .zip(self.space.chunks_exact(LARGEST))
        {
            // SAFETY: the kernel has written an address of that length.
            let name = unsafe { SockAddr::new(name, header.msg_hdr.msg_namelen) };
            let Some(source) = name.as_socket() else {
                continue;
            };
            let octets = &place[..(header.msg_len as usize).min(LARGEST)];
            match run_of(&header.msg_hdr).filter(|len| (1..octets.len()).contains(len)) {
                None => take(self.buffers.keep(octets), source),
                Some(len) => {
                    for datagram in octets.chunks(len) {
                        take(self.buffers.keep(datagram), source);
                    }
                }
            }
        }
        Ok(received)
    }
}

/// Length of the datagrams that were received as one, if they were.
fn run_of(header: &msghdr) -> Option<usize> {
    // SAFETY: the kernel has written the control messages that the header points to, and their buffer lives.
    unsafe {
        let mut message = libc::CMSG_FIRSTHDR(header);
        while let Some(found) = message.as_ref() {
            if (found.cmsg_level, found.cmsg_type) == (libc::IPPROTO_UDP, libc::UDP_GRO) {
                let len = libc::CMSG_DATA(message).cast::<c_int>().read_unaligned();
                return usize::try_from(len).ok();
            }
            message = libc::CMSG_NXTHDR(header, message);
        }
    }
    None
}

/// Sends.
#[derive(Debug)]
pub(in crate::real) struct Sender {
    runs: Runs,
    names: Vec<SockAddr>,
    controls: Vec<Control>,
    vectors: Vec<iovec>,
    /// The kernel, or the card on the way, cannot cut runs.
    has_no_runs: bool,
}

// SAFETY: the vectors point into the departures of one call and are used during that call only.
unsafe impl Send for Sender {}

impl Sender {
    pub(in crate::real) fn new() -> Sender {
        Sender {
            runs: Runs::new(),
            names: Vec::new(),
            controls: Vec::new(),
            vectors: Vec::new(),
            has_no_runs: false,
        }
    }

    /// Sends all; gives how many the system has not taken.
    pub(in crate::real) fn send(&mut self, socket: &UdpSocket, departures: &Departures) -> u64 {
        self.runs.arrange(departures, self.has_no_runs);
        let mut first = 0;
        let mut lost = 0;
        while first < self.runs.runs().len() {
            let last = self.runs.runs().len().min(first + MOST_IN_A_CALL);
            lost += self.send_runs(socket, departures, first..last);
            first = last;
        }
        lost
    }

    fn send_runs(
        &mut self,
        socket: &UdpSocket,
        departures: &Departures,
        range: std::ops::Range<usize>,
    ) -> u64 {
        let runs = &self.runs.runs()[range];
        self.names.clear();
        self.controls.clear();
        self.vectors.clear();
        for run in runs {
            self.names.push(run.target.into());
            self.controls.push(Control::default());
            let datagrams = self.runs.members(run).iter();
            let octets = datagrams.map(|number| departures.datagram(*number).1);
            self.vectors.extend(octets.map(constant_vector));
        }
        let mut headers = [empty(); MOST_IN_A_CALL];
        let mut vectors = self.vectors.as_mut_ptr();
        for (number, run) in runs.iter().enumerate() {
            let header = &mut headers[number].msg_hdr;
            let name = &self.names[number];
            header.msg_name = name.as_ptr().cast_mut().cast();
            header.msg_namelen = name.len();
            header.msg_iov = vectors;
            header.msg_iovlen = run.count as _;
            // SAFETY: there is a vector for each datagram of each run, in this order.
            vectors = unsafe { vectors.add(run.count) };
            if run.count > 1 {
                self.controls[number].ask_for_cutting(header, run.len);
            }
        }
        let mut lost = 0;
        let mut done = 0;
        let mut has_failed = false;
        while done < runs.len() {
            let Err(error) = call(socket.as_raw_fd(), &mut headers[..runs.len()], &mut done) else {
                has_failed = false;
                continue;
            };
            if error.kind() == io::ErrorKind::Interrupted {
                continue;
            }
            // Once more, for it may have been about an earlier datagram.
            if super::super::udp::is_icmp(&error) && !std::mem::replace(&mut has_failed, true) {
                continue;
            }
            has_failed = false;
            let run = &runs[done];
            if run.count > 1 && is_of_cutting(&error) {
                self.has_no_runs = true;
                let numbers = self.runs.members(run);
                lost += send_singly(socket, departures, run, numbers);
            } else {
                lost += run.count as u64;
            }
            done += 1;
        }
        lost
    }
}

/// Sends from the header `done` on, and moves it on by what was sent.
fn call(socket: RawFd, headers: &mut [mmsghdr], done: &mut usize) -> io::Result<()> {
    let rest = &mut headers[*done..];
    // SAFETY: all that the headers point to lives in the caller and in the departures that it was given.
    let sent = unsafe {
        libc::sendmmsg(
            socket,
            rest.as_mut_ptr(),
            rest.len() as c_uint,
            (libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL) as _,
        )
    };
    *done += usize::try_from(sent).map_err(|_| io::Error::last_os_error())?;
    Ok(())
}

/// Whether the kernel says that it cannot cut the run: no checksum by the card, or datagrams too long for the way.
fn is_of_cutting(error: &io::Error) -> bool {
    let number = error.raw_os_error();
    [libc::EIO, libc::EINVAL, libc::EMSGSIZE, libc::EOPNOTSUPP]
        .map(Some)
        .contains(&number)
}

fn send_singly(socket: &UdpSocket, departures: &Departures, run: &Run, numbers: &[usize]) -> u64 {
    let (socket, target) = (SockRef::from(socket), SockAddr::from(run.target));
    let is_refused = |number: &&usize| {
        let (_, octets) = departures.datagram(**number);
        socket.send_to(octets, &target).is_err()
    };
    numbers.iter().filter(is_refused).count() as u64
}

/// Room for one control message of an integer, with what alignment it needs.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(8))]
struct Control([u8; CONTROL_LEN]);

impl Control {
    /// Has the kernel cut what the header points to into datagrams of that length.
    fn ask_for_cutting(&mut self, header: &mut msghdr, len: usize) {
        let len = u16::try_from(len).expect("a run's datagrams fit into an Ethernet frame");
        header.msg_control = self.0.as_mut_ptr().cast::<c_void>();
        // SAFETY: the buffer is aligned for a control message and has room for one of an integer.
        unsafe {
            header.msg_controllen = libc::CMSG_SPACE(size_of::<u16>() as c_uint) as _;
            let Some(message) = libc::CMSG_FIRSTHDR(header).as_mut() else {
                return;
            };
            message.cmsg_level = libc::IPPROTO_UDP;
            message.cmsg_type = libc::UDP_SEGMENT;
            message.cmsg_len = libc::CMSG_LEN(size_of::<u16>() as c_uint) as _;
            let data = libc::CMSG_DATA(message);
            data.cast::<u16>().write_unaligned(len);
        }
    }
}

fn empty() -> mmsghdr {
    // SAFETY: nothing but integers and pointers, for which zero is a value.
    unsafe { std::mem::zeroed() }
}

fn vector(octets: &mut [u8]) -> iovec {
    iovec {
        iov_base: octets.as_mut_ptr().cast(),
        iov_len: octets.len(),
    }
}

/// The kernel only reads what is sent.
fn constant_vector(octets: &[u8]) -> iovec {
    iovec {
        iov_base: octets.as_ptr().cast_mut().cast(),
        iov_len: octets.len(),
    }
}

/// Largest UDP payload, or run of them, and a little more.
const LARGEST: usize = 65_536;
/// Datagrams that a first call prepares for.
const FEW: usize = 4;
/// More than a control message of an integer takes on any machine.
const CONTROL_LEN: usize = 32;
