//! Source descriptions: canonical names and other texts by source.
//!
//! RFC 3550 §6.5.

use super::RtcpError;
use crate::rtp::{Ssrc, read_u32};

/// Item types. RFC 3550 §12.2.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SdesItem(
    /// The type's number.
    pub u8,
);

impl SdesItem {
    /// Canonical end-point identifier: the same in all sessions of one party.
    pub const CNAME: SdesItem = SdesItem(1);
    /// Name of the user.
    pub const NAME: SdesItem = SdesItem(2);
    /// Name and version of the application.
    pub const TOOL: SdesItem = SdesItem(6);
}

/// One item.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Item<'a> {
    /// Type.
    pub kind: SdesItem,
    /// Text, UTF-8 if the sender obeys.
    pub text: &'a [u8],
}

/// The items of one source.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'a> {
    /// The source described.
    pub ssrc: Ssrc,
    /// Its items.
    pub items: Items<'a>,
}

impl<'a> Chunk<'a> {
    /// The canonical name.
    pub fn cname(&self) -> Option<&'a [u8]> {
        self.items
            .clone()
            .find(|item| item.kind == SdesItem::CNAME)
            .map(|item| item.text)
    }
}

/// Walks the items of a chunk.
#[derive(Clone, Copy, Debug)]
pub struct Items<'a> {
    bytes: &'a [u8],
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        let (item, rest) = split_item(self.bytes)?;
        self.bytes = rest;
        Some(item)
    }
}

/// Walks the chunks of a description.
#[derive(Clone, Copy, Debug)]
pub struct Chunks<'a> {
    bytes: &'a [u8],
    count: u8,
}

impl<'a> Chunks<'a> {
    pub(super) fn parse(bytes: &'a [u8], count: u8) -> Result<Chunks<'a>, RtcpError> {
        let mut rest = bytes;
        for _ in 0..count {
            rest = split_chunk(rest).ok_or(RtcpError::SourceDescription)?.1;
        }
        Ok(Chunks { bytes, count })
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        self.count = self.count.checked_sub(1)?;
        let (chunk, rest) = split_chunk(self.bytes)?;
        self.bytes = rest;
        Some(chunk)
    }
}

fn split_item(bytes: &[u8]) -> Option<(Item<'_>, &[u8])> {
    let (&[kind, len], rest) = bytes.split_first_chunk()?;
    let (text, rest) = rest.split_at_checked(usize::from(len))?;
    (kind != 0).then_some((
        Item {
            kind: SdesItem(kind),
            text,
        },
        rest,
    ))
}

/// A chunk ends with at least one zero octet and at a multiple of four.
fn split_chunk(bytes: &[u8]) -> Option<(Chunk<'_>, &[u8])> {
    let (_, items) = bytes.split_at_checked(4)?;
    let mut rest = items;
    while *rest.first()? != 0 {
        rest = split_item(rest)?.1;
    }
    let len = items.len() - rest.len();
    let (_, after) = items.split_at_checked((len + 4) & !3)?;
    Some((
        Chunk {
            ssrc: Ssrc(read_u32(bytes, 0)),
            items: Items {
                bytes: &items[..len],
            },
        },
        after,
    ))
}
