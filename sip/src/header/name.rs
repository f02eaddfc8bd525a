//! Names of header fields: the known ones with their compact forms, in any case. RFC 3261 §20 and later registrations.

use super::field::Field;
use std::fmt;

/// A header field name that this crate knows.
#[allow(
    missing_docs,
    reason = "each variant is the header of the same name; its RFC stands in the table below"
)]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Name {
    To,
    Via,
    CSeq,
    Date,
    From,
    Join,
    Path,
    RAck,
    RSeq,
    Allow,
    Event,
    Route,
    Accept,
    MinSe,
    Reason,
    Server,
    CallId,
    Contact,
    Expires,
    Privacy,
    Require,
    Subject,
    Warning,
    Identity,
    Priority,
    ReferTo,
    Replaces,
    ReplyTo,
    SipETag,
    CallInfo,
    Supported,
    Timestamp,
    Diversion,
    AlertInfo,
    ErrorInfo,
    FlowTimer,
    SessionId,
    UserAgent,
    InReplyTo,
    MinExpires,
    ReferredBy,
    RetryAfter,
    Unsupported,
    AllowEvents,
    ContentType,
    HistoryInfo,
    MaxForwards,
    MimeVersion,
    Organization,
    RecordRoute,
    SipIfMatch,
    Authorization,
    ProxyRequire,
    ServiceRoute,
    TargetDialog,
    AcceptContact,
    ContentLength,
    RejectContact,
    AcceptEncoding,
    AcceptLanguage,
    SessionExpires,
    ContentEncoding,
    ContentLanguage,
    WwwAuthenticate,
    ProxyAuthenticate,
    SubscriptionState,
    AuthenticationInfo,
    ContentDisposition,
    PAssertedIdentity,
    ProxyAuthorization,
    RequestDisposition,
    PPreferredIdentity,
}

impl Name {
    /// The name in its usual spelling.
    pub fn as_str(self) -> &'static str {
        TABLE[self as usize].1
    }

    /// The known name that these bytes spell, in long or compact form and any case.
    pub(crate) fn recognise(text: &[u8]) -> Option<Name> {
        match text {
            [letter] => {
                let letter = letter.to_ascii_lowercase();
                TABLE.iter().find(|row| row.2 == letter).map(|row| row.0)
            }
            _ if text.len() < START.len() - 1 => {
                let rows = &TABLE[START[text.len()]..START[text.len() + 1]];
                rows.iter()
                    .find(|row| row.1.as_bytes().eq_ignore_ascii_case(text))
                    .map(|row| row.0)
            }
            _ => None,
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a header is looked up by: a known name, or any text.
#[derive(Clone, Copy, Debug)]
pub enum Key<'n> {
    /// A known name.
    Known(Name),
    /// Text that is no known name; compared without case.
    Other(&'n str),
}

impl<'n> Key<'n> {
    pub(crate) fn name(self) -> Option<Name> {
        match self {
            Key::Known(name) => Some(name),
            Key::Other(_) => None,
        }
    }

    pub(crate) fn text(self) -> &'n str {
        match self {
            Key::Known(name) => name.as_str(),
            Key::Other(text) => text,
        }
    }

    pub(crate) fn names(self, field: &Field) -> bool {
        match self {
            Key::Known(name) => field.name() == Some(name),
            Key::Other(text) => {
                field.name().is_none() && field.name_text().eq_ignore_ascii_case(text)
            }
        }
    }
}

impl From<Name> for Key<'_> {
    fn from(name: Name) -> Self {
        Key::Known(name)
    }
}

impl<'n> From<&'n str> for Key<'n> {
    fn from(text: &'n str) -> Self {
        Name::recognise(text.as_bytes()).map_or(Key::Other(text), Key::Known)
    }
}

type Row = (Name, &'static str, u8);

/// Name, spelling, compact form (0: none); ordered by the spelling's length, in the order of [`Name`].
const TABLE: &[Row] = &[
    (Name::To, "To", b't'),
    (Name::Via, "Via", b'v'),
    (Name::CSeq, "CSeq", 0),
    (Name::Date, "Date", 0),
    (Name::From, "From", b'f'),
    (Name::Join, "Join", 0), // RFC 3911
    (Name::Path, "Path", 0), // RFC 3327
    (Name::RAck, "RAck", 0), // RFC 3262
    (Name::RSeq, "RSeq", 0), // RFC 3262
    (Name::Allow, "Allow", 0),
    (Name::Event, "Event", b'o'), // RFC 6665
    (Name::Route, "Route", 0),
    (Name::Accept, "Accept", 0),
    (Name::MinSe, "Min-SE", 0),  // RFC 4028
    (Name::Reason, "Reason", 0), // RFC 3326
    (Name::Server, "Server", 0),
    (Name::CallId, "Call-ID", b'i'),
    (Name::Contact, "Contact", b'm'),
    (Name::Expires, "Expires", 0),
    (Name::Privacy, "Privacy", 0), // RFC 3323
    (Name::Require, "Require", 0),
    (Name::Subject, "Subject", b's'),
    (Name::Warning, "Warning", 0),
    (Name::Identity, "Identity", b'y'), // RFC 8224
    (Name::Priority, "Priority", 0),
    (Name::ReferTo, "Refer-To", b'r'), // RFC 3515
    (Name::Replaces, "Replaces", 0),   // RFC 3891
    (Name::ReplyTo, "Reply-To", 0),
    (Name::SipETag, "SIP-ETag", 0), // RFC 3903
    (Name::CallInfo, "Call-Info", 0),
    (Name::Supported, "Supported", b'k'),
    (Name::Timestamp, "Timestamp", 0),
    (Name::Diversion, "Diversion", 0), // RFC 5806
    (Name::AlertInfo, "Alert-Info", 0),
    (Name::ErrorInfo, "Error-Info", 0),
    (Name::FlowTimer, "Flow-Timer", 0), // RFC 5626
    (Name::SessionId, "Session-ID", 0), // RFC 7989
    (Name::UserAgent, "User-Agent", 0),
    (Name::InReplyTo, "In-Reply-To", 0),
    (Name::MinExpires, "Min-Expires", 0),
    (Name::ReferredBy, "Referred-By", b'b'), // RFC 3892
    (Name::RetryAfter, "Retry-After", 0),
    (Name::Unsupported, "Unsupported", 0),
    (Name::AllowEvents, "Allow-Events", b'u'), // RFC 6665
    (Name::ContentType, "Content-Type", b'c'),
    (Name::HistoryInfo, "History-Info", 0), // RFC 7044
    (Name::MaxForwards, "Max-Forwards", 0),
    (Name::MimeVersion, "MIME-Version", 0),
    (Name::Organization, "Organization", 0),
    (Name::RecordRoute, "Record-Route", 0),
    (Name::SipIfMatch, "SIP-If-Match", 0), // RFC 3903
    (Name::Authorization, "Authorization", 0),
    (Name::ProxyRequire, "Proxy-Require", 0),
    (Name::ServiceRoute, "Service-Route", 0), // RFC 3608
    (Name::TargetDialog, "Target-Dialog", 0), // RFC 4538
    (Name::AcceptContact, "Accept-Contact", b'a'), // RFC 3841
    (Name::ContentLength, "Content-Length", b'l'),
    (Name::RejectContact, "Reject-Contact", b'j'), // RFC 3841
    (Name::AcceptEncoding, "Accept-Encoding", 0),
    (Name::AcceptLanguage, "Accept-Language", 0),
    (Name::SessionExpires, "Session-Expires", b'x'), // RFC 4028
    (Name::ContentEncoding, "Content-Encoding", b'e'),
    (Name::ContentLanguage, "Content-Language", 0),
    (Name::WwwAuthenticate, "WWW-Authenticate", 0),
    (Name::ProxyAuthenticate, "Proxy-Authenticate", 0),
    (Name::SubscriptionState, "Subscription-State", 0), // RFC 6665
    (Name::AuthenticationInfo, "Authentication-Info", 0),
    (Name::ContentDisposition, "Content-Disposition", 0),
    (Name::PAssertedIdentity, "P-Asserted-Identity", 0), // RFC 3325
    (Name::ProxyAuthorization, "Proxy-Authorization", 0),
    (Name::RequestDisposition, "Request-Disposition", b'd'), // RFC 3841
    (Name::PPreferredIdentity, "P-Preferred-Identity", 0),   // RFC 3325
];

/// `START[n]..START[n + 1]` are the rows of [`TABLE`] whose spelling has n bytes.
const START: [usize; 23] = starts();

const fn starts() -> [usize; 23] {
    let mut starts = [0; 23];
    let (mut length, mut row) = (0, 0);
    while length < 23 {
        while row < TABLE.len() && TABLE[row].1.len() < length {
            row += 1;
        }
        starts[length] = row;
        length += 1;
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_in_the_order_of_the_enum_and_of_length() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.0 as usize, index, "{}", row.1);
            assert!(
                index == 0 || TABLE[index - 1].1.len() <= row.1.len(),
                "{}",
                row.1
            );
            assert_eq!(
                Name::recognise(row.1.to_uppercase().as_bytes()),
                Some(row.0)
            );
            if row.2 != 0 {
                assert_eq!(Name::recognise(&[row.2.to_ascii_uppercase()]), Some(row.0));
            }
        }
        assert_eq!(Name::recognise(b"X-Unknown"), None);
        assert_eq!(Name::recognise(b"q"), None);
        assert_eq!(Name::recognise(b""), None);
        assert_eq!(Name::recognise(&[b'a'; 500]), None);
    }
}
