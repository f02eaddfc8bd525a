//! The SIP family of protocols, sans IO: told the time and what was heard, says what it sends.
