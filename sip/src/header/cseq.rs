//! CSeq, the order of requests in a dialog (RFC 3261 §20.16), and RAck, which names a reliable 1xx (RFC 3262 §7.2).

use super::HeaderError;
use crate::message::Method;
use std::fmt;
use std::str::FromStr;

/// Value of CSeq.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CSeq {
    /// Sequence number, below 2^31 (RFC 3261 §8.1.1.5).
    pub number: u32,
    /// The request's method.
    pub method: Method,
}

impl CSeq {
    /// A CSeq value.
    pub fn new(number: u32, method: Method) -> CSeq {
        CSeq { number, method }
    }
}

impl FromStr for CSeq {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<CSeq, HeaderError> {
        let bad = || HeaderError::malformed("sequence number below 2^31 and method", text);
        let (number, method) = text.split_once([' ', '\t']).ok_or_else(bad)?;
        let number = sequence_number(number).ok_or_else(bad)?;
        let method = Method::parse(method.trim_matches([' ', '\t'])).ok_or_else(bad)?;
        Ok(CSeq { number, method })
    }
}

impl fmt::Display for CSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

/// Value of RAck.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RAck {
    /// RSeq of the response that is acknowledged.
    pub response_number: u32,
    /// CSeq of the response that is acknowledged.
    pub cseq: CSeq,
}

impl FromStr for RAck {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<RAck, HeaderError> {
        let bad = || HeaderError::malformed("RSeq, CSeq number and method", text);
        let (number, cseq) = text.split_once([' ', '\t']).ok_or_else(bad)?;
        let response_number = number.parse().map_err(|_| bad())?;
        Ok(RAck {
            response_number,
            cseq: cseq
                .trim_start_matches([' ', '\t'])
                .parse()
                .map_err(|_| bad())?,
        })
    }
}

impl fmt::Display for RAck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.response_number, self.cseq)
    }
}

fn sequence_number(text: &str) -> Option<u32> {
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|number| *number < 1 << 31)
}
