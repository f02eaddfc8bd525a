//! Typed reading of the headers that the layers above ask for.

use super::{
    AuthParams, CSeq, Challenge, Contacts, Credentials, Event, HeaderError, Headers, Name,
    NameAddr, RAck, Reason, Replaces, SessionExpires, SubscriptionState, Via,
};
use std::str::FromStr;

impl Headers {
    /// The topmost Via.
    pub fn via(&self) -> Result<Via, HeaderError> {
        self.all(Name::Via)
            .next()
            .ok_or(HeaderError::Missing(Name::Via))?
            .parse()
    }

    /// All Via values, topmost first.
    pub fn vias(&self) -> Result<Vec<Via>, HeaderError> {
        self.all(Name::Via).map(str::parse).collect()
    }

    /// From.
    pub fn from(&self) -> Result<NameAddr, HeaderError> {
        self.once(Name::From)
    }

    /// To.
    pub fn to(&self) -> Result<NameAddr, HeaderError> {
        self.once(Name::To)
    }

    /// Call-ID.
    pub fn call_id(&self) -> Result<&str, HeaderError> {
        let text = self
            .one_line(Name::CallId)?
            .ok_or(HeaderError::Missing(Name::CallId))?;
        if text.is_empty() || text.contains([' ', '\t']) {
            return Err(HeaderError::malformed("Call-ID", text));
        }
        Ok(text)
    }

    /// CSeq.
    pub fn cseq(&self) -> Result<CSeq, HeaderError> {
        self.once(Name::CSeq)
    }

    /// RAck.
    pub fn rack(&self) -> Result<RAck, HeaderError> {
        self.once(Name::RAck)
    }

    /// RSeq.
    pub fn rseq(&self) -> Result<Option<u32>, HeaderError> {
        self.number(Name::RSeq)
    }

    /// All Contact values.
    pub fn contacts(&self) -> Result<Contacts, HeaderError> {
        if self.get(Name::Contact) == Some("*") && self.count(Name::Contact) == 1 {
            return Ok(Contacts::Star);
        }
        self.name_addrs(Name::Contact).map(Contacts::List)
    }

    /// The first Contact, which in a dialog is the remote target.
    pub fn contact(&self) -> Result<NameAddr, HeaderError> {
        self.all(Name::Contact)
            .next()
            .ok_or(HeaderError::Missing(Name::Contact))?
            .parse()
    }

    /// All Route values, first hop first.
    pub fn routes(&self) -> Result<Vec<NameAddr>, HeaderError> {
        self.name_addrs(Name::Route)
    }

    /// All Record-Route values, topmost first.
    pub fn record_routes(&self) -> Result<Vec<NameAddr>, HeaderError> {
        self.name_addrs(Name::RecordRoute)
    }

    /// All values of a header whose grammar is name-addr.
    pub fn name_addrs(&self, name: Name) -> Result<Vec<NameAddr>, HeaderError> {
        self.all(name).map(str::parse).collect()
    }

    /// Max-Forwards.
    pub fn max_forwards(&self) -> Result<Option<u32>, HeaderError> {
        self.number(Name::MaxForwards)
    }

    /// Expires, in seconds; values beyond 2^32 - 1 count as that.
    pub fn expires(&self) -> Result<Option<u32>, HeaderError> {
        self.number(Name::Expires)
    }

    /// Min-Expires, in seconds.
    pub fn min_expires(&self) -> Result<Option<u32>, HeaderError> {
        self.number(Name::MinExpires)
    }

    /// Retry-After, in seconds, without its comment and parameters.
    pub fn retry_after(&self) -> Result<Option<u32>, HeaderError> {
        let Some(text) = self.one_line(Name::RetryAfter)? else {
            return Ok(None);
        };
        let digits = text.split([' ', '\t', ';', '(']).next().unwrap_or("");
        seconds(digits)
            .map(Some)
            .ok_or_else(|| HeaderError::malformed("seconds", text))
    }

    /// Content-Length, in bytes.
    pub fn content_length(&self) -> Result<Option<usize>, HeaderError> {
        Ok(self
            .number(Name::ContentLength)?
            .map(|length| length as usize))
    }

    /// Content-Type without parameters, in lower case.
    pub fn content_type(&self) -> Option<String> {
        let text = self.get(Name::ContentType)?;
        let end = text.find(';').unwrap_or(text.len());
        Some(text[..end].trim_matches([' ', '\t']).to_ascii_lowercase())
    }

    /// All challenges of WWW-Authenticate or Proxy-Authenticate (RFC 3261 §20.44); unreadable ones are left out.
    pub fn challenges(&self, name: Name) -> Vec<Challenge> {
        self.lines(name).flat_map(AuthParams::read_line).collect()
    }

    /// All credentials of Authorization or Proxy-Authorization; unreadable ones are left out.
    pub fn credentials(&self, name: Name) -> Vec<Credentials> {
        self.lines(name).flat_map(AuthParams::read_line).collect()
    }

    /// All Reason values; unreadable ones are left out.
    pub fn reasons(&self) -> Vec<Reason> {
        self.all(Name::Reason)
            .filter_map(|value| value.parse().ok())
            .collect()
    }

    /// Event.
    pub fn event(&self) -> Result<Event, HeaderError> {
        self.once(Name::Event)
    }

    /// Subscription-State.
    pub fn subscription_state(&self) -> Result<SubscriptionState, HeaderError> {
        self.once(Name::SubscriptionState)
    }

    /// Session-Expires, if there is one.
    pub fn session_expires(&self) -> Result<Option<SessionExpires>, HeaderError> {
        self.one_line(Name::SessionExpires)?
            .map(str::parse)
            .transpose()
    }

    /// Min-SE, in seconds.
    pub fn min_se(&self) -> Result<Option<u32>, HeaderError> {
        let Some(text) = self.one_line(Name::MinSe)? else {
            return Ok(None);
        };
        let digits = text.split([' ', '\t', ';']).next().unwrap_or("");
        seconds(digits)
            .map(Some)
            .ok_or_else(|| HeaderError::malformed("seconds", text))
    }

    /// Refer-To.
    pub fn refer_to(&self) -> Result<NameAddr, HeaderError> {
        self.once(Name::ReferTo)
    }

    /// Replaces, if there is one.
    pub fn replaces(&self) -> Result<Option<Replaces>, HeaderError> {
        self.one_line(Name::Replaces)?.map(str::parse).transpose()
    }

    /// Whether a list of tokens (Supported, Require, Allow, ...) has this one; compared without case.
    pub fn lists<'n>(&self, name: impl Into<super::Key<'n>>, token: &str) -> bool {
        let key = name.into();
        self.fields()
            .filter(|field| key.names(field))
            .flat_map(|field| super::split_list(field.text()))
            .any(|element| element.eq_ignore_ascii_case(token))
    }

    fn once<T: FromStr<Err = HeaderError>>(&self, name: Name) -> Result<T, HeaderError> {
        self.one_line(name)?
            .ok_or(HeaderError::Missing(name))?
            .parse()
    }

    fn one_line(&self, name: Name) -> Result<Option<&str>, HeaderError> {
        let mut lines = self.fields().filter(|field| field.name() == Some(name));
        let first = lines.next();
        if lines.next().is_some() {
            return Err(HeaderError::Repeated(name));
        }
        Ok(first.map(super::Field::text))
    }

    fn number(&self, name: Name) -> Result<Option<u32>, HeaderError> {
        let Some(text) = self.one_line(name)? else {
            return Ok(None);
        };
        seconds(text)
            .map(Some)
            .ok_or_else(|| HeaderError::malformed("number", text))
    }
}

/// A decimal number; RFC 3261 §20.19 bounds times to 2^32 - 1, so a greater one counts as that.
pub(crate) fn seconds(text: &str) -> Option<u32> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(u32::MAX))
}
