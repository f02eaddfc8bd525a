//! Writes one packet into the caller's buffer, front to back.

use super::extension::Form;
use super::{FIXED_HEADER_LEN, ONE_BYTE_PROFILE, RtpError, Ssrc, TWO_BYTE_PROFILE};

/// The fields of the fixed header that a sender chooses.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Header {
    /// Marker bit.
    pub marker: bool,
    /// Payload type, 0..=127.
    pub payload_type: u8,
    /// Sequence number.
    pub sequence: u16,
    /// Timestamp in units of the clock rate.
    pub timestamp: u32,
    /// Who sends.
    pub ssrc: Ssrc,
}

impl Header {
    /// Writes the twelve octets of a packet without CSRC list and extension.
    #[inline]
    pub fn write(&self, buffer: &mut [u8; FIXED_HEADER_LEN]) {
        buffer[0] = 0x80;
        buffer[1] = self.payload_type & 0x7f | u8::from(self.marker) << 7;
        buffer[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        buffer[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        buffer[8..12].copy_from_slice(&self.ssrc.0.to_be_bytes());
    }
}

/// A packet being written: header first, then CSRCs, extension elements, payload.
#[derive(Debug)]
pub struct Writer<'a> {
    buffer: &'a mut [u8],
    len: usize,
    /// Where the open extension starts, and its form.
    extension: Option<(usize, Form)>,
}

impl<'a> Writer<'a> {
    /// Starts a packet with its fixed header.
    #[inline]
    pub fn new(buffer: &'a mut [u8], header: Header) -> Result<Writer<'a>, RtpError> {
        let len = buffer.len();
        let Some(first) = buffer.first_chunk_mut() else {
            return Err(RtpError::BufferTooSmall {
                len,
                need: FIXED_HEADER_LEN,
            });
        };
        header.write(first);
        Ok(Writer {
            buffer,
            len: FIXED_HEADER_LEN,
            extension: None,
        })
    }

    /// Adds a contributing source; at most 15, before any extension.
    pub fn csrc(&mut self, ssrc: Ssrc) -> Result<(), RtpError> {
        if self.extension.is_some() || self.buffer[0] & 0x0f == 15 {
            return Err(RtpError::Element { id: 0, len: 4 });
        }
        self.take(4)?.copy_from_slice(&ssrc.0.to_be_bytes());
        self.buffer[0] += 1;
        Ok(())
    }

    /// Adds an element in the one-byte form: id 1..=14, 1..=16 octets.
    #[inline]
    pub fn element(&mut self, id: u8, data: &[u8]) -> Result<(), RtpError> {
        if !(1..=14).contains(&id) || !(1..=16).contains(&data.len()) {
            return Err(RtpError::Element {
                id,
                len: data.len(),
            });
        }
        self.open(Form::OneByte, id, data.len())?;
        let target = self.take(1 + data.len())?;
        target[0] = id << 4 | (data.len() - 1) as u8;
        target[1..].copy_from_slice(data);
        Ok(())
    }

    /// [`Writer::element`] of a length that the compiler knows, which is three times as fast; the id is right.
    #[inline]
    pub(super) fn short_element<const N: usize>(
        &mut self,
        id: u8,
        data: [u8; N],
    ) -> Result<(), RtpError> {
        self.open(Form::OneByte, id, N)?;
        let target = self.take(1 + N)?;
        target[0] = id << 4 | (N - 1) as u8;
        target[1..].copy_from_slice(&data);
        Ok(())
    }

    /// Adds an element in the two-byte form: id 1..=255, 0..=255 octets. One packet has one form only.
    pub fn wide_element(&mut self, id: u8, data: &[u8]) -> Result<(), RtpError> {
        if id == 0 || data.len() > 255 {
            return Err(RtpError::Element {
                id,
                len: data.len(),
            });
        }
        self.open(Form::TwoByte, id, data.len())?;
        let target = self.take(2 + data.len())?;
        target[0] = id;
        target[1] = data.len() as u8;
        target[2..].copy_from_slice(data);
        Ok(())
    }

    /// Copies the payload and ends the packet; gives its length.
    #[inline]
    pub fn payload(mut self, payload: &[u8]) -> Result<usize, RtpError> {
        self.close()?;
        self.take(payload.len())?.copy_from_slice(payload);
        Ok(self.len)
    }

    /// Ends the header and gives the rest of the buffer with its offset, for an encoder to write the payload in place.
    #[inline]
    pub fn payload_in_place(mut self) -> Result<(usize, &'a mut [u8]), RtpError> {
        self.close()?;
        Ok((self.len, &mut self.buffer[self.len..]))
    }

    #[inline]
    fn take(&mut self, count: usize) -> Result<&mut [u8], RtpError> {
        let (start, need, len) = (self.len, self.len + count, self.buffer.len());
        let target = self
            .buffer
            .get_mut(start..need)
            .ok_or(RtpError::BufferTooSmall { len, need })?;
        self.len = need;
        Ok(target)
    }

    #[inline]
    fn open(&mut self, form: Form, id: u8, len: usize) -> Result<(), RtpError> {
        match self.extension {
            Some((_, open)) if open == form => Ok(()),
            Some(_) => Err(RtpError::Element { id, len }),
            None => {
                let start = self.len;
                let profile = match form {
                    Form::OneByte => ONE_BYTE_PROFILE,
                    Form::TwoByte => TWO_BYTE_PROFILE,
                };
                self.take(4)?[..2].copy_from_slice(&profile.to_be_bytes());
                self.buffer[0] |= 0x10;
                self.extension = Some((start, form));
                Ok(())
            }
        }
    }

    /// Pads the extension to a multiple of four octets and writes its length.
    #[inline]
    fn close(&mut self) -> Result<(), RtpError> {
        let Some((start, _)) = self.extension.take() else {
            return Ok(());
        };
        let (len, end) = (self.len, self.len.next_multiple_of(4));
        // Four octets at once where there is room: what follows the padding is written afterwards.
        match self.buffer[len..].first_chunk_mut::<4>() {
            Some(octets) => *octets = [0; 4],
            None => self.take(end - len)?.fill(0),
        }
        self.len = end;
        let words = ((self.len - start) / 4 - 1) as u16;
        self.buffer[start + 2..start + 4].copy_from_slice(&words.to_be_bytes());
        Ok(())
    }
}
