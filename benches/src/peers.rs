//! Libraries in C that ours are held against: `libopus` with the feature `opus-native`, and with `peers`, which includes it,
//! `libsrtp2` and `libspandsp` too.
//!
//! Debian has them as `libsrtp2-dev`, `libopus-dev` and `libspandsp-dev`. Debian's `libsrtp2` does its cryptography by NSS;
//! one built upon OpenSSL is taken instead when its directory is named first, by `RUSTFLAGS=-L` for the linker and
//! `LD_LIBRARY_PATH` for the run. What is declared here is only what the benchmarks call, from the libraries' public headers
//! (`srtp.h` 2.5, `opus.h` 1.3, `g722.h` 0.0.6).

#[cfg(feature = "peers")]
mod g722;
mod opus;
#[cfg(feature = "peers")]
mod srtp2;

#[cfg(feature = "peers")]
pub use g722::{G722Decoder, G722Encoder};
pub use opus::{OpusDecoder, OpusEncoder};
#[cfg(feature = "peers")]
pub use srtp2::Srtp2;
