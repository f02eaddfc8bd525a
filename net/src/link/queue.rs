//! How much may wait: the drop-tail bound in front of a slow link.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Bounds of a queue; a packet that would exceed one is dropped. The packet being sent counts as waiting.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct QueueSpec {
    /// Most packets.
    pub packets: u32,
    /// Most bytes at the IP layer; none means only packets are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Who drops, and when.
    pub manager: Manager,
}

/// Policy of a queue.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Manager {
    /// Drops what comes to a full queue.
    #[default]
    DropTail,
    /// Also drops at the head while packets wait too long (RFC 8289).
    CoDel,
}

impl Default for QueueSpec {
    /// 1000 packets, drop-tail: the default of a Linux interface.
    fn default() -> Self {
        Self {
            packets: 1000,
            bytes: None,
            manager: Manager::DropTail,
        }
    }
}

impl QueueSpec {
    /// A drop-tail queue of this many bytes.
    pub fn of_bytes(bytes: u64) -> Self {
        Self {
            bytes: Some(bytes),
            packets: u32::MAX,
            ..Self::default()
        }
    }

    /// A drop-tail queue of this many packets.
    pub fn of_packets(packets: u32) -> Self {
        Self {
            packets,
            ..Self::default()
        }
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        if self.packets == 0 || self.bytes == Some(0) {
            return Err("the queue must hold at least one packet".to_owned());
        }
        Ok(())
    }
}

/// What waits now: when each packet will have left, and its length.
#[derive(Debug)]
pub(crate) struct Queue {
    spec: QueueSpec,
    waiting: VecDeque<(Duration, u32)>,
    bytes: u64,
}

impl Queue {
    pub(crate) fn new(spec: QueueSpec) -> Self {
        Self {
            spec,
            waiting: VecDeque::new(),
            bytes: 0,
        }
    }

    /// Forgets what has left by now, then says whether a packet of this length still fits. An empty queue takes any packet.
    pub(crate) fn has_room(&mut self, now: Duration, len: usize) -> bool {
        while self
            .waiting
            .front()
            .is_some_and(|(leaves, _)| *leaves <= now)
        {
            let (_, len) = self.waiting.pop_front().expect("front was there");
            self.bytes -= u64::from(len);
        }
        let fits = self
            .spec
            .bytes
            .is_none_or(|limit| self.bytes + len as u64 <= limit);
        self.waiting.is_empty() || (self.waiting.len() < self.spec.packets as usize && fits)
    }

    /// Bytes waiting, after [`Self::has_room`] has looked at the time.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// A packet was accepted and leaves at this time, never before those ahead of it.
    pub(crate) fn push(&mut self, leaves: Duration, len: usize) {
        self.waiting
            .push_back((leaves, u32::try_from(len).unwrap_or(u32::MAX)));
        self.bytes += u64::from(u32::try_from(len).unwrap_or(u32::MAX));
    }
}
