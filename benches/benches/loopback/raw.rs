//! What the kernel alone costs: the same octets in by `recvmmsg` and out by `sendmmsg`, nothing looked at, nothing copied, all
//! headers made before.

use std::net::{SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd;
use std::ptr;

use libc::{cmsghdr, iovec, mmsghdr, sockaddr_in};

/// Buffers and headers of one echo. The vectors are never resized: the headers point into them.
pub(super) struct Raw {
    _space: Vec<u8>,
    _names: Vec<sockaddr_in>,
    _vectors: Vec<iovec>,
    _control: Vec<Control>,
    arrivals: Vec<mmsghdr>,
    departures: Vec<mmsghdr>,
}

/// What says that a departure is many datagrams of one length. udp(7), UDP_SEGMENT.
#[repr(C)]
#[derive(Clone, Copy)]
struct Control {
    header: cmsghdr,
    len: u16,
    _rest: [u8; 6],
}

impl Raw {
    /// Room for so many datagrams of that length, each to go to all targets by itself.
    pub(super) fn single(count: usize, len: usize, targets: &[SocketAddrV4]) -> Raw {
        Raw::new(count, len, targets, 1)
    }

    /// The same, as many as the kernel takes leaving as one run that it cuts up.
    pub(super) fn in_runs(count: usize, len: usize, targets: &[SocketAddrV4]) -> Raw {
        Raw::new(count, len, targets, (RUN_BYTES / len).min(RUN_DATAGRAMS))
    }

    fn new(count: usize, len: usize, targets: &[SocketAddrV4], run: usize) -> Raw {
        let mut space = vec![0; count * len];
        let mut names: Vec<sockaddr_in> = targets.iter().map(name).collect();
        let mut vectors: Vec<iovec> = space.chunks_mut(len).map(vector).collect();
        let places = vectors.len();
        vectors.extend(space.chunks_mut(run * len).map(vector));
        let mut control = vec![Control::segments(len); 1];
        let (single, runs) = vectors.split_at_mut(places);
        let arrivals = single.iter_mut().map(header).collect();
        let mut departures = Vec::new();
        for vector in runs {
            for name in &mut names {
                let mut header = header(vector);
                header.msg_hdr.msg_name = ptr::from_mut(name).cast();
                header.msg_hdr.msg_namelen = size_of::<sockaddr_in>() as u32;
                if run > 1 {
                    header.msg_hdr.msg_control = control.as_mut_ptr().cast();
                    header.msg_hdr.msg_controllen = size_of::<Control>();
                }
                departures.push(header);
            }
        }
        Raw {
            _space: space,
            _names: names,
            _vectors: vectors,
            _control: control,
            arrivals,
            departures,
        }
    }

    /// Receives what has come, which must be so many as there is room for.
    pub(super) fn receive(&mut self, socket: &UdpSocket) {
        let headers = &mut self.arrivals;
        // SAFETY: the headers point to live vectors, and these to live octets of the length they say.
        let received = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                headers.as_mut_ptr(),
                headers.len() as u32,
                libc::MSG_DONTWAIT,
                ptr::null_mut(),
            )
        };
        assert_eq!(received, headers.len() as i32, "all have come");
    }

    /// Sends all that was received to each of the targets.
    pub(super) fn send(&mut self, socket: &UdpSocket) {
        for headers in self.departures.chunks_mut(IN_A_CALL) {
            // SAFETY: the headers point to live names, controls and vectors, and these to live octets.
            let sent = unsafe {
                libc::sendmmsg(
                    socket.as_raw_fd(),
                    headers.as_mut_ptr(),
                    headers.len() as u32,
                    libc::MSG_DONTWAIT,
                )
            };
            assert_eq!(sent, headers.len() as i32, "all were sent");
        }
    }
}

impl Control {
    fn segments(len: usize) -> Control {
        // SAFETY: nothing but integers.
        let mut header: cmsghdr = unsafe { std::mem::zeroed() };
        header.cmsg_level = libc::SOL_UDP;
        header.cmsg_type = libc::UDP_SEGMENT;
        header.cmsg_len = size_of::<cmsghdr>() + size_of::<u16>();
        Control {
            header,
            len: len as u16,
            _rest: [0; 6],
        }
    }
}

fn vector(place: &mut [u8]) -> iovec {
    iovec {
        iov_base: place.as_mut_ptr().cast(),
        iov_len: place.len(),
    }
}

fn header(vector: &mut iovec) -> mmsghdr {
    // SAFETY: nothing but integers and pointers, for which zero is a value.
    let mut header: mmsghdr = unsafe { std::mem::zeroed() };
    header.msg_hdr.msg_iov = vector;
    header.msg_hdr.msg_iovlen = 1;
    header
}

fn name(target: &SocketAddrV4) -> sockaddr_in {
    // SAFETY: nothing but integers.
    let mut name: sockaddr_in = unsafe { std::mem::zeroed() };
    name.sin_family = libc::AF_INET as u16;
    name.sin_port = target.port().to_be();
    name.sin_addr.s_addr = u32::from_ne_bytes(target.ip().octets());
    name
}

/// Datagrams, or runs of them, of one call.
const IN_A_CALL: usize = 64;
/// What the kernel takes in one run: datagrams (`UDP_MAX_SEGMENTS` of older kernels), octets of an IP packet.
const RUN_DATAGRAMS: usize = 64;
const RUN_BYTES: usize = 65_507;
