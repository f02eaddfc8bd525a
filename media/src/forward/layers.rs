//! The layers of a simulcast source: what each takes, and which one a receiver's rate allows.

use std::time::Duration;

/// Layers of one source. RFC 8853 sets no limit; browsers send at most three, servers rarely more.
pub const LAYERS_MAX: usize = 8;

/// Time over which a layer's rate is measured.
const WINDOW: Duration = Duration::from_secs(1);
/// Time without packets after which a layer counts as not sent.
const GONE: Duration = Duration::from_secs(2);
/// What a higher layer must leave free before it is changed to, in percent: layers must not be changed back and forth.
const HEADROOM_PERCENT: u64 = 15;

/// Measured rates of a source's layers, the lowest first.
#[derive(Clone, Copy, Debug, Default)]
pub struct LayerRates {
    layers: [Meter; LAYERS_MAX],
}

/// Octets in two windows: the one that is filling and the one before.
#[derive(Clone, Copy, Debug, Default)]
struct Meter {
    began: Duration,
    octets: u64,
    before: u64,
    last: Option<Duration>,
}

impl LayerRates {
    /// Notes a packet of a layer.
    #[inline]
    pub fn on_packet(&mut self, now: Duration, layer: u8, octets: usize) {
        let Some(meter) = self.layers.get_mut(usize::from(layer)) else {
            return;
        };
        if now.saturating_sub(meter.began) >= WINDOW {
            let is_next = now.saturating_sub(meter.began) < WINDOW * 2;
            meter.before = if is_next { meter.octets } else { 0 };
            (meter.octets, meter.began) = (0, now);
        }
        meter.octets += octets as u64;
        meter.last = Some(now);
    }

    /// Rate of a layer, bit/s; nothing if it is not sent.
    pub fn bits_per_second(&self, now: Duration, layer: u8) -> Option<u64> {
        let meter = self.layers.get(usize::from(layer))?;
        meter
            .last
            .filter(|last| now.saturating_sub(*last) < GONE)
            // The window that is filling tells more once it holds more.
            .map(|_| 8 * meter.before.max(meter.octets))
    }

    /// The highest layer that a receiver's rate allows, given the one it has. It is never left without: the lowest layer
    /// that is sent is given even if its rate exceeds what is allowed. Nothing if none is sent.
    pub fn choose(&self, now: Duration, allowed: u64, current: Option<u8>) -> Option<u8> {
        let mut sent = (0..LAYERS_MAX as u8)
            .filter_map(|layer| Some((layer, self.bits_per_second(now, layer)?)));
        let (lowest, _) = sent.next()?;
        let fitting = sent
            .take_while(|&(layer, rate)| {
                let is_higher = current.is_some_and(|current| layer > current);
                let needed = if is_higher {
                    rate + rate * HEADROOM_PERCENT / 100
                } else {
                    rate
                };
                needed <= allowed
            })
            .last();
        Some(fitting.map_or(lowest, |(layer, _)| layer))
    }
}
