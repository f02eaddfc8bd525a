//! G.722 of `libspandsp`, at 64 kbit/s.

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

/// An encoder of samples at 16 kHz.
#[derive(Debug)]
pub struct G722Encoder(*mut c_void);

impl G722Encoder {
    /// A fresh one.
    ///
    /// # Panics
    /// If the library has no memory for it.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        // SAFETY: without a place given the library makes one.
        let encoder = unsafe { g722_encode_init(null_mut(), BITS_PER_SECOND, 0) };
        assert!(!encoder.is_null(), "libspandsp has memory");
        Self(encoder)
    }

    /// Encodes samples, two an octet; gives the octets.
    ///
    /// # Panics
    /// If there is not an octet for every two samples.
    pub fn encode(&mut self, samples: &[i16], octets: &mut [u8]) -> usize {
        assert!(octets.len() >= samples.len().div_ceil(2), "room for all");
        let (from, count) = (samples.as_ptr(), samples.len() as c_int);
        // SAFETY: the library reads `count` samples and writes half as many octets.
        unsafe { g722_encode(self.0, octets.as_mut_ptr(), from, count) as usize }
    }
}

impl Drop for G722Encoder {
    fn drop(&mut self) {
        // SAFETY: made by `g722_encode_init` and not used again.
        unsafe { g722_encode_free(self.0) };
    }
}

/// A decoder to samples at 16 kHz.
#[derive(Debug)]
pub struct G722Decoder(*mut c_void);

impl G722Decoder {
    /// A fresh one.
    ///
    /// # Panics
    /// If the library has no memory for it.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        // SAFETY: without a place given the library makes one.
        let decoder = unsafe { g722_decode_init(null_mut(), BITS_PER_SECOND, 0) };
        assert!(!decoder.is_null(), "libspandsp has memory");
        Self(decoder)
    }

    /// Decodes octets to two samples each; gives the samples.
    ///
    /// # Panics
    /// If there is no room for all samples.
    pub fn decode(&mut self, octets: &[u8], samples: &mut [i16]) -> usize {
        assert!(samples.len() >= 2 * octets.len(), "room for all");
        let (from, count) = (octets.as_ptr(), octets.len() as c_int);
        // SAFETY: the library reads `count` octets and writes twice as many samples.
        unsafe { g722_decode(self.0, samples.as_mut_ptr(), from, count) as usize }
    }
}

impl Drop for G722Decoder {
    fn drop(&mut self) {
        // SAFETY: made by `g722_decode_init` and not used again.
        unsafe { g722_decode_free(self.0) };
    }
}

const BITS_PER_SECOND: c_int = 64_000;

#[link(name = "spandsp")]
unsafe extern "C" {
    fn g722_encode_init(place: *mut c_void, rate: c_int, options: c_int) -> *mut c_void;
    fn g722_encode(encoder: *mut c_void, to: *mut u8, from: *const i16, count: c_int) -> c_int;
    fn g722_encode_free(encoder: *mut c_void) -> c_int;
    fn g722_decode_init(place: *mut c_void, rate: c_int, options: c_int) -> *mut c_void;
    fn g722_decode(decoder: *mut c_void, to: *mut i16, from: *const u8, count: c_int) -> c_int;
    fn g722_decode_free(decoder: *mut c_void) -> c_int;
}
