//! `libopus`, mono.

use std::ffi::{c_int, c_uchar, c_void};

/// An encoder for speech.
#[derive(Debug)]
pub struct OpusEncoder(*mut c_void);

impl OpusEncoder {
    /// An encoder of the application VOIP, for samples at `rate_hz`, to `bits_per_second`, of a complexity from 0 to 10.
    ///
    /// # Panics
    /// If the library refuses one of them.
    pub fn new(rate_hz: u32, bits_per_second: i32, complexity: i32) -> Self {
        let mut error = OK;
        // SAFETY: the library writes the one number that it is given.
        let encoder = unsafe { opus_encoder_create(rate_hz as i32, 1, VOIP, &raw mut error) };
        assert_eq!(error, OK, "libopus takes {rate_hz} Hz");
        for (request, value) in [(SET_BITRATE, bits_per_second), (SET_COMPLEXITY, complexity)] {
            // SAFETY: these requests take one number.
            let status = unsafe { opus_encoder_ctl(encoder, request, value) };
            assert_eq!(status, OK, "libopus takes {value} for {request}");
        }
        Self(encoder)
    }

    /// Encodes one frame; gives the octets of the packet.
    ///
    /// # Panics
    /// If the library refuses the frame or the packet is too short.
    pub fn encode(&mut self, samples: &[i16], packet: &mut [u8]) -> usize {
        // SAFETY: the library reads and writes within the slices.
        let octets = unsafe {
            opus_encode(
                self.0,
                samples.as_ptr(),
                samples.len() as c_int,
                packet.as_mut_ptr(),
                packet.len() as i32,
            )
        };
        assert!(octets > 0, "libopus encodes");
        octets as usize
    }
}

impl Drop for OpusEncoder {
    fn drop(&mut self) {
        // SAFETY: made by `opus_encoder_create` and not used again.
        unsafe { opus_encoder_destroy(self.0) };
    }
}

/// A decoder.
#[derive(Debug)]
pub struct OpusDecoder(*mut c_void);

impl OpusDecoder {
    /// A decoder to samples at `rate_hz`.
    ///
    /// # Panics
    /// If the library refuses the rate.
    pub fn new(rate_hz: u32) -> Self {
        let mut error = OK;
        // SAFETY: the library writes the one number that it is given.
        let decoder = unsafe { opus_decoder_create(rate_hz as i32, 1, &raw mut error) };
        assert_eq!(error, OK, "libopus takes {rate_hz} Hz");
        Self(decoder)
    }

    /// Decodes one packet; gives the samples of the frame.
    ///
    /// # Panics
    /// If the library refuses the packet.
    pub fn decode(&mut self, packet: &[u8], samples: &mut [i16]) -> usize {
        // SAFETY: the library reads and writes within the slices.
        let count = unsafe {
            opus_decode(
                self.0,
                packet.as_ptr(),
                packet.len() as i32,
                samples.as_mut_ptr(),
                samples.len() as c_int,
                0,
            )
        };
        assert!(count > 0, "libopus decodes");
        count as usize
    }
}

impl Drop for OpusDecoder {
    fn drop(&mut self) {
        // SAFETY: made by `opus_decoder_create` and not used again.
        unsafe { opus_decoder_destroy(self.0) };
    }
}

/// `OPUS_OK`.
const OK: c_int = 0;
/// `OPUS_APPLICATION_VOIP`.
const VOIP: c_int = 2048;
/// `OPUS_SET_BITRATE_REQUEST`.
const SET_BITRATE: c_int = 4002;
/// `OPUS_SET_COMPLEXITY_REQUEST`.
const SET_COMPLEXITY: c_int = 4010;

#[link(name = "opus")]
unsafe extern "C" {
    fn opus_encoder_create(
        rate: i32,
        channels: c_int,
        application: c_int,
        error: *mut c_int,
    ) -> *mut c_void;
    fn opus_encoder_ctl(encoder: *mut c_void, request: c_int, ...) -> c_int;
    fn opus_encode(
        encoder: *mut c_void,
        samples: *const i16,
        count: c_int,
        packet: *mut c_uchar,
        len: i32,
    ) -> i32;
    fn opus_encoder_destroy(encoder: *mut c_void);
    fn opus_decoder_create(rate: i32, channels: c_int, error: *mut c_int) -> *mut c_void;
    fn opus_decode(
        decoder: *mut c_void,
        packet: *const c_uchar,
        len: i32,
        samples: *mut i16,
        count: c_int,
        fec: c_int,
    ) -> c_int;
    fn opus_decoder_destroy(decoder: *mut c_void);
}
