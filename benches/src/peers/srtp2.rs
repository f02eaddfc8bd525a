//! `libsrtp2`: sessions that take any source.

use std::ffi::{c_int, c_uchar, c_uint, c_ulong, c_void};
use std::ptr::{null, null_mut};
use std::sync::Once;

/// One direction of one master key. Sources are added as they come; versions up to 2.5 keep them in a list and search it from
/// its front for each packet.
#[derive(Debug)]
pub struct Srtp2 {
    session: *mut c_void,
}

impl Srtp2 {
    /// A sender's session: `key_and_salt` is the master key followed by its salt, for AEAD_AES_128_GCM if `is_aead`, else for
    /// AES_CM_128_HMAC_SHA1_80.
    ///
    /// # Panics
    /// If the library refuses the key.
    pub fn outbound(key_and_salt: &[u8], is_aead: bool) -> Self {
        Self::new(ANY_OUTBOUND, key_and_salt, is_aead)
    }

    /// A receiver's session, its replay protection on.
    ///
    /// # Panics
    /// If the library refuses the key.
    pub fn inbound(key_and_salt: &[u8], is_aead: bool) -> Self {
        Self::new(ANY_INBOUND, key_and_salt, is_aead)
    }

    fn new(sources: c_uint, key_and_salt: &[u8], is_aead: bool) -> Self {
        static INIT: Once = Once::new();
        // SAFETY: called once, before anything else of the library.
        INIT.call_once(|| assert_eq!(unsafe { srtp_init() }, OK, "libsrtp2 starts"));
        assert_eq!(key_and_salt.len(), if is_aead { 28 } else { 30 });
        let mut key = key_and_salt.to_vec();
        let mut suite = CryptoPolicy::default();
        // SAFETY: both write the one structure that they are given.
        unsafe {
            if is_aead {
                srtp_crypto_policy_set_aes_gcm_128_16_auth(&raw mut suite);
            } else {
                srtp_crypto_policy_set_rtp_default(&raw mut suite);
            }
        }
        let policy = Policy {
            source_kind: sources,
            source: 0,
            rtp: suite,
            rtcp: suite,
            key: key.as_mut_ptr(),
            keys: null_mut(),
            num_master_keys: 0,
            deprecated_ekt: null_mut(),
            window_size: 1_024,
            allow_repeat_tx: 0,
            enc_xtn_hdr: null_mut(),
            enc_xtn_hdr_count: 0,
            next: null(),
        };
        let mut session = null_mut();
        // SAFETY: the policy and the key live until the call returns; the library copies them.
        let status = unsafe { srtp_create(&raw mut session, &raw const policy) };
        assert_eq!(status, OK, "libsrtp2 takes the key");
        Self { session }
    }

    /// Protects the packet `buffer[..len]` where it stands; gives its new length.
    ///
    /// # Panics
    /// If there is no room for the tag behind the packet, or the library refuses the packet.
    #[inline]
    pub fn protect(&mut self, buffer: &mut [u8], len: usize) -> usize {
        assert!(buffer.len() >= len + TAG_MAX, "room for the tag");
        let mut octets = len as c_int;
        // SAFETY: the library reads `len` octets and writes at most a tag behind them.
        let status =
            unsafe { srtp_protect(self.session, buffer.as_mut_ptr().cast(), &raw mut octets) };
        assert_eq!(status, OK, "libsrtp2 protects");
        octets as usize
    }

    /// Opens a packet where it stands; gives its new length.
    ///
    /// # Panics
    /// If the library refuses the packet.
    #[inline]
    pub fn unprotect(&mut self, packet: &mut [u8]) -> usize {
        let mut octets = packet.len() as c_int;
        // SAFETY: the library reads and writes within the packet.
        let status =
            unsafe { srtp_unprotect(self.session, packet.as_mut_ptr().cast(), &raw mut octets) };
        assert_eq!(status, OK, "libsrtp2 opens");
        octets as usize
    }
}

impl Drop for Srtp2 {
    fn drop(&mut self) {
        // SAFETY: the session was made by `srtp_create` and is not used again.
        unsafe { srtp_dealloc(self.session) };
    }
}

/// `srtp_crypto_policy_t`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
struct CryptoPolicy {
    cipher_type: u32,
    cipher_key_len: c_int,
    auth_type: u32,
    auth_key_len: c_int,
    auth_tag_len: c_int,
    sec_serv: c_uint,
}

/// `srtp_policy_t`.
#[repr(C)]
struct Policy {
    source_kind: c_uint,
    source: c_uint,
    rtp: CryptoPolicy,
    rtcp: CryptoPolicy,
    key: *mut c_uchar,
    keys: *mut *mut c_void,
    num_master_keys: c_ulong,
    deprecated_ekt: *mut c_void,
    window_size: c_ulong,
    allow_repeat_tx: c_int,
    enc_xtn_hdr: *mut c_int,
    enc_xtn_hdr_count: c_int,
    next: *const Policy,
}

/// `srtp_err_status_ok`.
const OK: c_int = 0;
/// `ssrc_any_inbound`.
const ANY_INBOUND: c_uint = 2;
/// `ssrc_any_outbound`.
const ANY_OUTBOUND: c_uint = 3;
/// Octets of the longest tag of the two suites.
const TAG_MAX: usize = 16;

#[link(name = "srtp2")]
unsafe extern "C" {
    fn srtp_init() -> c_int;
    fn srtp_crypto_policy_set_rtp_default(policy: *mut CryptoPolicy);
    fn srtp_crypto_policy_set_aes_gcm_128_16_auth(policy: *mut CryptoPolicy);
    fn srtp_create(session: *mut *mut c_void, policy: *const Policy) -> c_int;
    fn srtp_dealloc(session: *mut c_void) -> c_int;
    fn srtp_protect(session: *mut c_void, packet: *mut c_void, len: *mut c_int) -> c_int;
    fn srtp_unprotect(session: *mut c_void, packet: *mut c_void, len: *mut c_int) -> c_int;
}
