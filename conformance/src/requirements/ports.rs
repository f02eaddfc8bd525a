//! The three port tables of the FAQ as data (NET-01 to NET-15): IP Office, Spaces, Meetings Online.
//!
//! They are compiled into firewall rules by [`crate::firewall`], and the trace of every run is held against them.

use std::ops::RangeInclusive;

/// Which of the three tables a row stands in.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Table {
    /// Client and IP Office (N1), seen from the system: inbound unless said otherwise.
    IpOffice,
    /// Client and Spaces (N2), seen from the customer: outbound.
    Spaces,
    /// Client and Meetings Online (N3), seen from the customer: outbound.
    Meetings,
}

/// Transport protocols a row allows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Protocol {
    /// TCP only.
    Tcp,
    /// UDP only.
    Udp,
    /// Both.
    TcpAndUdp,
}

impl Protocol {
    /// Whether UDP is among the protocols.
    pub fn has_udp(self) -> bool {
        self != Self::Tcp
    }

    /// Whether TCP is among the protocols.
    pub fn has_tcp(self) -> bool {
        self != Self::Udp
    }
}

/// Who opens the flow, seen from the owner of the table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// From outside to the owner.
    In,
    /// From the owner to the outside.
    Out,
    /// Either way.
    Both,
}

/// One row of a port table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PortRow {
    /// The table.
    pub table: Table,
    /// Short stable name of the row, used in reports and fault plans.
    pub name: &'static str,
    /// Host names it applies to; `*` stands for any run of labels. Kept as written in the FAQ, oddities included.
    pub hosts: &'static str,
    /// Transport protocols.
    pub protocol: Protocol,
    /// Ports, each range with both ends in it.
    pub ports: &'static [RangeInclusive<u16>],
    /// Who opens the flow.
    pub direction: Direction,
    /// What stops working when the row is blocked.
    pub serves: &'static str,
    /// The condition under which the row applies at all.
    pub only_with: Option<&'static str>,
}

impl PortRow {
    /// Whether the row covers this port of this protocol.
    pub fn covers(&self, udp: bool, port: u16) -> bool {
        let protocol = if udp {
            self.protocol.has_udp()
        } else {
            self.protocol.has_tcp()
        };
        protocol && self.ports.iter().any(|range| range.contains(&port))
    }
}

/// Media ports of IP Office (NET-05): RTP on even ports, RTCP on the odd port after it.
pub const IP_OFFICE_MEDIA: RangeInclusive<u16> = 40750..=50750;
/// SIP media ports of Meetings Online (NET-13).
pub const MEETINGS_SIP_MEDIA: RangeInclusive<u16> = 35000..=40000;
/// Web media ports of Meetings Online (NET-14), beside the STUN port.
pub const MEETINGS_WEB_MEDIA: RangeInclusive<u16> = 50000..=55000;
/// STUN port of Meetings Online (NET-14).
pub const MEETINGS_STUN: u16 = 3478;

const fn ip_office(
    name: &'static str,
    protocol: Protocol,
    ports: &'static [RangeInclusive<u16>],
    direction: Direction,
    serves: &'static str,
    only_with: Option<&'static str>,
) -> PortRow {
    PortRow {
        table: Table::IpOffice,
        name,
        hosts: "*",
        protocol,
        ports,
        direction,
        serves,
        only_with,
    }
}

const fn outbound(
    table: Table,
    name: &'static str,
    hosts: &'static str,
    protocol: Protocol,
    ports: &'static [RangeInclusive<u16>],
    serves: &'static str,
) -> PortRow {
    PortRow {
        table,
        name,
        hosts,
        protocol,
        ports,
        direction: Direction::Out,
        serves,
        only_with: None,
    }
}

/// Client and IP Office: 7 rows (NET-01 to NET-06).
pub const IP_OFFICE: [PortRow; 7] = [
    ip_office(
        "https",
        Protocol::Tcp,
        &[443..=443],
        Direction::In,
        "settings file and web socket, secured",
        None,
    ),
    ip_office(
        "http",
        Protocol::Tcp,
        &[80..=80],
        Direction::In,
        "settings file and web socket, plain",
        None,
    ),
    ip_office(
        "phone-http",
        Protocol::Tcp,
        &[8411..=8411],
        Direction::In,
        "the same, plain",
        Some(PREFERRED_PORTS),
    ),
    ip_office(
        "phone-https",
        Protocol::Tcp,
        &[411..=411],
        Direction::In,
        "the same, secured",
        Some(PREFERRED_PORTS),
    ),
    ip_office(
        "sip",
        Protocol::TcpAndUdp,
        &[5056..=5056, 5060..=5060],
        Direction::Both,
        "SIP signalling, unsecured; 5056 in the cloud",
        None,
    ),
    ip_office(
        "sip-tls",
        Protocol::Tcp,
        &[5061..=5061],
        Direction::Both,
        "SIP signalling over TLS",
        None,
    ),
    ip_office(
        "media",
        Protocol::Udp,
        &[IP_OFFICE_MEDIA],
        Direction::In,
        "RTP and RTCP",
        None,
    ),
];

/// Client and Spaces: 14 rows (NET-07, NET-11).
pub const SPACES: [PortRow; 14] = [
    outbound(
        Table::Spaces,
        "spaces",
        "*.zang.io",
        Protocol::Tcp,
        WEB,
        "messages over HTTPS and WSS",
    ),
    outbound(
        Table::Spaces,
        "spaces-media",
        "*.zang.io",
        Protocol::Udp,
        &[1025..=65535],
        "audio and video",
    ),
    outbound(
        Table::Spaces,
        "spaces-media-low",
        "*.zang.io",
        Protocol::Udp,
        &[3000..=3999],
        "audio and video",
    ),
    outbound(
        Table::Spaces,
        "storage",
        "*.googleapis.com",
        Protocol::Tcp,
        WEB,
        "screen and file sharing",
    ),
    outbound(
        Table::Spaces,
        "in-space-presence",
        ".onesna.com",
        Protocol::Tcp,
        WEB,
        "in-space presence over WSS",
    ),
    outbound(
        Table::Spaces,
        "in-space-media",
        ".onesna.com",
        Protocol::Udp,
        &[1025..=65535],
        "audio and video",
    ),
    outbound(
        Table::Spaces,
        "in-space-media-low",
        ".onesna.com",
        Protocol::Udp,
        &[3000..=3999],
        "audio and video",
    ),
    outbound(
        Table::Spaces,
        "mobile-sign-in",
        "*.esna.com",
        Protocol::Tcp,
        WEB,
        "authentication of mobile clients",
    ),
    outbound(
        Table::Spaces,
        "push",
        "ASN 15169",
        Protocol::Tcp,
        &[5228..=5230],
        "push notifications",
    ),
    outbound(
        Table::Spaces,
        "sso-google",
        "accounts.google.com",
        Protocol::Tcp,
        WEB,
        "single sign-on",
    ),
    outbound(
        Table::Spaces,
        "sso-microsoft",
        "login.microsoftonline.com",
        Protocol::Tcp,
        WEB,
        "single sign-on",
    ),
    outbound(
        Table::Spaces,
        "sso-salesforce",
        "login.salesforce.com",
        Protocol::Tcp,
        WEB,
        "single sign-on",
    ),
    outbound(
        Table::Spaces,
        "sso-vendor",
        "*.avaya.com",
        Protocol::Tcp,
        WEB,
        "single sign-on",
    ),
    outbound(
        Table::Spaces,
        "static-content",
        "*.gstatic.com",
        Protocol::Tcp,
        WEB,
        "content delivery",
    ),
];

/// Client and Meetings Online: 3 rows (NET-12 to NET-14).
pub const MEETINGS: [PortRow; 3] = [
    outbound(
        Table::Meetings,
        "portal",
        "*",
        Protocol::Tcp,
        &[443..=443, 8443..=8443],
        "portal, WebRTC signalling, web collaboration",
    ),
    outbound(
        Table::Meetings,
        "sip-media",
        "*",
        Protocol::Udp,
        &[MEETINGS_SIP_MEDIA],
        "SIP media",
    ),
    outbound(
        Table::Meetings,
        "web-media",
        "*",
        Protocol::Udp,
        &[MEETINGS_STUN..=MEETINGS_STUN, MEETINGS_WEB_MEDIA],
        "WebRTC media",
    ),
];

const WEB: &[RangeInclusive<u16>] = &[80..=80, 443..=443];
const PREFERRED_PORTS: &str = "preferred phone ports are on";

/// The rows of one table.
pub fn rows(table: Table) -> &'static [PortRow] {
    match table {
        Table::IpOffice => &IP_OFFICE,
        Table::Spaces => &SPACES,
        Table::Meetings => &MEETINGS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_have_the_rows_of_the_faq() {
        let counts =
            [Table::IpOffice, Table::Spaces, Table::Meetings].map(|table| rows(table).len());
        assert_eq!(counts, [7, 14, 3]);
    }

    #[test]
    fn a_row_covers_its_ports_and_no_other() {
        let media = &IP_OFFICE[6];
        assert!(media.covers(true, 40750) && media.covers(true, 50750));
        assert!(
            !media.covers(true, 40749) && !media.covers(true, 50751) && !media.covers(false, 40750)
        );
    }
}
