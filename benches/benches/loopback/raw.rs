//! What the kernel alone costs: the same octets in by `recvmmsg` and out by `sendmmsg`, nothing looked at, nothing copied.

use std::net::{SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd;
use std::ptr;

use libc::{iovec, mmsghdr, sockaddr_in};

/// Buffers and headers of one echo.
pub(super) struct Raw {
    space: Vec<u8>,
    len: usize,
    count: usize,
}

impl Raw {
    /// Room for so many datagrams of that length.
    pub(super) fn new(count: usize, len: usize) -> Raw {
        Raw {
            space: vec![0; count * len],
            len,
            count,
        }
    }

    /// Receives what has come, which must be so many as there is room for.
    pub(super) fn receive(&mut self, socket: &UdpSocket) {
        let mut vectors = self.vectors();
        let mut headers: Vec<mmsghdr> = vectors.iter_mut().map(header).collect();
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
        assert_eq!(received, self.count as i32, "all have come");
    }

    /// Sends all that was received to each of the targets, packet by packet.
    pub(super) fn send(&mut self, socket: &UdpSocket, targets: &[SocketAddrV4]) {
        let mut names: Vec<sockaddr_in> = targets.iter().map(name).collect();
        let mut vectors = self.vectors();
        let mut headers = Vec::with_capacity(vectors.len() * names.len());
        for vector in &mut vectors {
            for name in &mut names {
                let mut header = header(vector);
                header.msg_hdr.msg_name = ptr::from_mut(name).cast();
                header.msg_hdr.msg_namelen = size_of::<sockaddr_in>() as u32;
                headers.push(header);
            }
        }
        for headers in headers.chunks_mut(IN_A_CALL) {
            // SAFETY: the headers point to live names and vectors, and these to live octets.
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

    fn vectors(&mut self) -> Vec<iovec> {
        let places = self.space.chunks_mut(self.len);
        places
            .map(|place| iovec {
                iov_base: place.as_mut_ptr().cast(),
                iov_len: place.len(),
            })
            .collect()
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

/// Datagrams of one call.
const IN_A_CALL: usize = 64;
