//! What strangers do to ports: garbage, oversized datagrams, endless headers, half a TLS handshake; each on a connection of its own.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpStream, UdpSocket};

use crate::lab::{Failure, PATIENCE};

/// A fixed scramble: garbage, but the same in every run.
pub(crate) fn garbage(len: usize) -> Vec<u8> {
    (0..len)
        .map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect()
}

pub(crate) fn connect(port: u16) -> Result<TcpStream, Failure> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Garbage of several lengths into each of these ports.
pub(crate) fn garbage_into(tcp: &[u16], udp: &[u16]) -> Result<(), Failure> {
    for port in tcp {
        for len in [1, 100, 70_000] {
            // The server may close in the middle of it; that is its right.
            let _ = connect(*port)?.write_all(&garbage(len));
        }
    }
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    for port in udp {
        for len in [0, 1, 4, 20, 100, 1500, DATAGRAM_MAX] {
            socket.send_to(&garbage(len), ("127.0.0.1", *port))?;
        }
    }
    Ok(())
}

/// A request whose one header line has a mebibyte: its connection ends, perhaps after an answer that refuses it.
pub(crate) fn endless_header_into(port: u16, head: &str) -> Result<(), Failure> {
    let mut stream = connect(port)?;
    let sent = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(&vec![b'a'; 1 << 20]));
    // A write that has failed has met the end already.
    if sent.is_err() {
        return Ok(());
    }
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => refuses(&answer),
        Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(()),
        Err(error) => Err(format!("port {port}: the connection should end, but: {error}").into()),
    }
}

/// The start of a handshake and no more of it; and plain text where a handshake should be.
pub(crate) fn half_a_handshake_into(ports: &[u16]) -> Result<(), Failure> {
    for port in ports {
        // The first bytes of a ClientHello that says it is longer than it is.
        let hello = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
        connect(*port)?.write_all(&hello)?;
        connect(*port)?.write_all(b"GET / HTTP/1.1\r\n\r\n")?;
        // One that is cut off inside a record, and one that stays open without a word.
        let mut cut = connect(*port)?;
        cut.write_all(&hello)?;
        cut.shutdown(std::net::Shutdown::Write)?;
        let mut rest = Vec::new();
        match cut.read_to_end(&mut rest) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            Err(error) => {
                return Err(
                    format!("port {port}: half a handshake should end, but: {error}").into(),
                );
            }
        }
    }
    Ok(())
}

/// Nothing, or a status line of 4xx.
fn refuses(answer: &[u8]) -> Result<(), Failure> {
    let text = String::from_utf8_lossy(answer);
    let status = text.split_whitespace().nth(1).unwrap_or("4");
    if status.starts_with('4') {
        Ok(())
    } else {
        Err(format!("a refusal was expected, came {text:?}").into())
    }
}

/// The most that a UDP datagram over IPv4 can carry: 64 KiB less the headers.
const DATAGRAM_MAX: usize = 65_507;
