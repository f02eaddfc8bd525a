//! Full intra request: a whole picture is wanted from each source named, once for each new command number.
//!
//! RFC 5104 §4.3.1.

use super::feedback::{FULL_INTRA, PAYLOAD_FEEDBACK};
use super::{CompoundWriter, RtcpError};
use crate::rtp::{Ssrc, read_u32};

/// Octets of an entry: source, command number, three reserved.
const ENTRY_LEN: usize = 8;

/// One source that is asked for a whole picture.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct IntraRequest {
    /// The source asked.
    pub ssrc: Ssrc,
    /// Number of the command, one more (modulo 256) for each new one; a repetition keeps it. RFC 5104 §4.3.1.2.
    pub command: u8,
}

/// The sources that are asked for whole pictures.
#[derive(Clone, Copy, Debug)]
pub struct FullIntra<'a> {
    entries: &'a [u8],
}

impl<'a> FullIntra<'a> {
    pub(super) fn new(control: &'a [u8]) -> FullIntra<'a> {
        FullIntra { entries: control }
    }

    /// The requests in their order.
    pub fn requests(&self) -> impl Iterator<Item = IntraRequest> + use<'a> {
        self.entries
            .chunks_exact(ENTRY_LEN)
            .map(|entry| IntraRequest {
                ssrc: Ssrc(read_u32(entry, 0)),
                command: entry[4],
            })
    }
}

impl CompoundWriter<'_> {
    /// Asks sources for whole pictures.
    pub fn full_intra(&mut self, sender: Ssrc, requests: &[IntraRequest]) -> Result<(), RtcpError> {
        let len = ENTRY_LEN * requests.len();
        // RFC 5104 §4.3.1.2: the source of the common header is zero, as the entries name theirs.
        let control = self.feedback(PAYLOAD_FEEDBACK, FULL_INTRA, sender, Ssrc(0), len)?;
        for (octets, request) in control.chunks_exact_mut(ENTRY_LEN).zip(requests) {
            octets[..4].copy_from_slice(&request.ssrc.0.to_be_bytes());
            octets[4..].copy_from_slice(&[request.command, 0, 0, 0]);
        }
        Ok(())
    }
}
