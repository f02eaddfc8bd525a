//! Requests for key frames of one source, put together: however many receivers ask, the source is asked once, and again
//! only if it does not answer.

use std::time::Duration;

use super::LAYERS_MAX;
use crate::video::key_frame::Asker;

/// The requests for one source's layers.
#[derive(Clone, Debug, Default)]
pub struct KeyFrameRequests {
    layers: [Layer; LAYERS_MAX],
}

#[derive(Clone, Copy, Debug, Default)]
struct Layer {
    is_wanted: bool,
    asker: Asker,
}

impl KeyFrameRequests {
    /// Notes that some receiver wants a key frame of a layer.
    pub fn want(&mut self, layer: u8) {
        if let Some(layer) = self.layers.get_mut(usize::from(layer)) {
            layer.is_wanted = true;
        }
    }

    /// Notes that a key frame of a layer came: everyone has it.
    pub fn on_key_frame(&mut self, layer: u8) {
        if let Some(layer) = self.layers.get_mut(usize::from(layer)) {
            *layer = Layer::default();
        }
    }

    /// A layer that is to be asked for a key frame now; `round_trip` is that to its source, if it is known.
    pub fn poll(&mut self, now: Duration, round_trip: Option<Duration>) -> Option<u8> {
        let place = self
            .layers
            .iter_mut()
            .position(|layer| layer.is_wanted && layer.asker.is_due(now, true, round_trip))?;
        Some(place as u8)
    }

    /// When one would be asked for again.
    pub fn deadline(&self) -> Option<Duration> {
        self.layers
            .iter()
            .filter(|layer| layer.is_wanted)
            .filter_map(|layer| layer.asker.deadline())
            .min()
    }
}
