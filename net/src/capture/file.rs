//! One pcapng file being written.

use std::borrow::Cow;
use std::io::{self, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::blocks::section_header::{SectionHeaderBlock, SectionHeaderOption};
use pcap_file::pcapng::blocks::unknown::UnknownBlock;
use pcap_file::{DataLink, Endianness, PcapError};

use super::frame;
use crate::packet::Packet;

/// Writes packets to a pcapng file.
pub struct Capture<W: Write> {
    writer: PcapNgWriter<W>,
    /// Time of the world's beginning since 1970.
    epoch: Duration,
    interfaces: u32,
}

/// An interface of one file.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct InterfaceId(u32);

/// Which way a packet went at the interface that saw it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Seen {
    /// The host received it.
    Inbound,
    /// The host sent it.
    Outbound,
}

impl<W: Write> Capture<W> {
    /// Begins a file. `epoch` is the wall time at the world's time zero.
    pub fn new(to: W, epoch: SystemTime) -> io::Result<Self> {
        let application = Cow::Borrowed(concat!("Solstice/", env!("CARGO_PKG_VERSION")));
        let options = vec![SectionHeaderOption::UserApplication(application)];
        let header = SectionHeaderBlock {
            endianness: Endianness::Little,
            options,
            ..SectionHeaderBlock::default()
        };
        let writer = PcapNgWriter::with_section_header(to, header).map_err(failure)?;
        Ok(Self {
            writer,
            epoch: epoch.duration_since(UNIX_EPOCH).unwrap_or_default(),
            interfaces: 0,
        })
    }

    /// Adds TLS secrets, lines as in an `SSLKEYLOGFILE`. They serve packets behind them, so they belong at the beginning.
    pub fn secrets(&mut self, key_log: &str) -> io::Result<()> {
        if key_log.is_empty() {
            return Ok(());
        }
        let len = u32::try_from(key_log.len())
            .map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        let mut value = Vec::with_capacity(key_log.len() + 12);
        value.extend_from_slice(&TLS_KEY_LOG.to_le_bytes());
        value.extend_from_slice(&len.to_le_bytes());
        value.extend_from_slice(key_log.as_bytes());
        value.resize(value.len().next_multiple_of(4), 0);
        let block = UnknownBlock {
            type_: DECRYPTION_SECRETS,
            length: value.len() as u32,
            value: Cow::Owned(value),
        };
        self.writer
            .write_pcapng_block(block)
            .map(drop)
            .map_err(failure)
    }

    /// Adds an interface: a host, a link, or a decrypted twin of one.
    pub fn interface(&mut self, name: &str, description: &str) -> io::Result<InterfaceId> {
        let mut options = vec![InterfaceDescriptionOption::IfName(Cow::Owned(
            name.to_owned(),
        ))];
        if !description.is_empty() {
            options.push(InterfaceDescriptionOption::IfDescription(Cow::Owned(
                description.to_owned(),
            )));
        }
        options.push(InterfaceDescriptionOption::IfTsResol(NANOSECONDS));
        let block = InterfaceDescriptionBlock {
            linktype: DataLink::RAW,
            snaplen: 0,
            options,
        };
        self.writer.write_pcapng_block(block).map_err(failure)?;
        self.interfaces += 1;
        Ok(InterfaceId(self.interfaces - 1))
    }

    /// Adds a packet at a time since the world's beginning, perhaps with words on what befell it.
    pub fn packet(
        &mut self,
        interface: InterfaceId,
        at: Duration,
        packet: &Packet,
        seen: Option<Seen>,
        comment: Option<&str>,
    ) -> io::Result<()> {
        let data = frame::of(packet);
        let mut options = Vec::new();
        if let Some(comment) = comment {
            options.push(EnhancedPacketOption::Comment(Cow::Borrowed(comment)));
        }
        // Bits 0 and 1 of the flags: 1 is inbound, 2 outbound.
        match seen {
            Some(Seen::Inbound) => options.push(EnhancedPacketOption::Flags(1)),
            Some(Seen::Outbound) => options.push(EnhancedPacketOption::Flags(2)),
            None => {}
        }
        let original_len = data.len() as u32;
        let block = EnhancedPacketBlock {
            interface_id: interface.0,
            timestamp: self.epoch + at,
            original_len,
            data: Cow::Owned(data),
            options,
        };
        self.writer
            .write_pcapng_block(block)
            .map(drop)
            .map_err(failure)
    }

    /// Ends the file.
    pub fn finish(self) -> io::Result<W> {
        let mut to = self.writer.into_inner();
        to.flush()?;
        Ok(to)
    }
}

impl<W: Write> std::fmt::Debug for Capture<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Capture")
            .field("epoch", &self.epoch)
            .field("interfaces", &self.interfaces)
            .finish_non_exhaustive()
    }
}

fn failure(error: PcapError) -> io::Error {
    if let PcapError::IoError(error) = error {
        return error;
    }
    io::Error::other(error.to_string())
}

/// Block type of the Decryption Secrets Block.
const DECRYPTION_SECRETS: u32 = 0x0a;
/// Its type of secrets "TLS Key Log".
const TLS_KEY_LOG: u32 = 0x544c_534b;
/// `if_tsresol`: ten to the power of minus nine seconds.
const NANOSECONDS: u8 = 9;
