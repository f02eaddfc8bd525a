//! Writes an extended report, block after block.

use super::super::{CompoundWriter, HEADER_LEN, RtcpError};
use super::{
    BLOCK_HEADER_LEN, DELAY_LEN, DELAYS, DelayBlock, EXTENDED_REPORT, RECEIVER_REFERENCE_TIME,
    VOIP_METRICS, VoipMetrics, voip_metrics,
};
use crate::clock::NtpTime;
use crate::rtp::Ssrc;

/// An extended report being written; it is whole after every block.
#[derive(Debug)]
pub struct ExtendedReportWriter<'w, 'a> {
    compound: &'w mut CompoundWriter<'a>,
    start: usize,
}

impl<'a> CompoundWriter<'a> {
    /// Adds an extended report, to which blocks can then be added.
    pub fn extended_report(
        &mut self,
        ssrc: Ssrc,
    ) -> Result<ExtendedReportWriter<'_, 'a>, RtcpError> {
        let start = self.len();
        let body = self.packet(EXTENDED_REPORT, 0, 4)?;
        body.copy_from_slice(&ssrc.0.to_be_bytes());
        Ok(ExtendedReportWriter {
            compound: self,
            start,
        })
    }
}

impl ExtendedReportWriter<'_, '_> {
    /// Adds the time of the report on our clock. RFC 3611 §4.4.
    pub fn receiver_reference_time(&mut self, ntp: NtpTime) -> Result<(), RtcpError> {
        let data = self.block(RECEIVER_REFERENCE_TIME, 8)?;
        data.copy_from_slice(&ntp.0.to_be_bytes());
        Ok(())
    }

    /// Adds answers to the reference times of receivers. RFC 3611 §4.5.
    pub fn delays(&mut self, delays: &[DelayBlock]) -> Result<(), RtcpError> {
        let data = self.block(DELAYS, DELAY_LEN * delays.len())?;
        for (octets, delay) in data.chunks_exact_mut(DELAY_LEN).zip(delays) {
            octets[..4].copy_from_slice(&delay.ssrc.0.to_be_bytes());
            octets[4..8].copy_from_slice(&delay.last_receiver_report.to_be_bytes());
            octets[8..].copy_from_slice(&delay.delay_since_last_receiver_report.to_be_bytes());
        }
        Ok(())
    }

    /// Adds the metrics of one received stream. RFC 3611 §4.7.
    pub fn voip_metrics(&mut self, metrics: &VoipMetrics) -> Result<(), RtcpError> {
        metrics.write(self.block(VOIP_METRICS, voip_metrics::LEN)?);
        Ok(())
    }

    /// Starts a block of `len` octets, a multiple of four, and lengthens the report by it.
    fn block(&mut self, block_type: u8, len: usize) -> Result<&mut [u8], RtcpError> {
        let whole = self.compound.len() + BLOCK_HEADER_LEN + len - self.start;
        let report_words =
            u16::try_from((whole - HEADER_LEN) / 4).map_err(|_| RtcpError::TooMany(whole))?;
        let words = (len / 4) as u16;
        self.compound.take(BLOCK_HEADER_LEN + len)?;
        let report = self.compound.written(self.start);
        report[2..HEADER_LEN].copy_from_slice(&report_words.to_be_bytes());
        let (header, data) =
            report[whole - BLOCK_HEADER_LEN - len..].split_at_mut(BLOCK_HEADER_LEN);
        header[0] = block_type;
        header[1] = 0;
        header[2..].copy_from_slice(&words.to_be_bytes());
        Ok(data)
    }
}
