//! Who speaks: the few loudest of a conference, chosen so that nobody flickers in and out.
//!
//! A party's level rises at once and falls slowly, by 28 dB a second, so that a pause between words does not cost it its
//! place. A place goes to a louder party only if it is louder by 6 dB, or if who has it has fallen silent.

/// A party of a conference, by the place that the caller has given it: small numbers, used again.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PartyId(pub u16);

/// Places that a conference has for those who speak, at most.
pub const SPEAKERS_MAX: usize = 8;

/// Loudness below which nobody gets a place: -60 dBov.
const SILENCE: u32 = 24 << FRACTION;
/// Bits of a level below loudness.
const FRACTION: u32 = 4;

/// The places and the levels of all parties.
#[derive(Clone, Debug)]
pub(super) struct Speakers {
    levels: Vec<u32>,
    places: [Option<PartyId>; SPEAKERS_MAX],
    place_count: usize,
    /// The loudest party without a place in this frame, and its level.
    challenger: Option<(PartyId, u32)>,
}

impl Speakers {
    /// Nobody yet, and at most `places` to speak at once.
    pub(super) fn new(places: usize) -> Speakers {
        Speakers {
            levels: Vec::new(),
            places: [None; SPEAKERS_MAX],
            place_count: places.clamp(1, SPEAKERS_MAX),
            challenger: None,
        }
    }

    /// Who has a place, by place.
    pub(super) fn places(&self) -> &[Option<PartyId>] {
        &self.places[..self.place_count]
    }

    /// The place of a party that has one.
    #[inline]
    pub(super) fn place_of(&self, party: PartyId) -> Option<usize> {
        self.places()
            .iter()
            .position(|holder| *holder == Some(party))
    }

    /// Notes how loud a party is in this frame.
    #[inline]
    pub(super) fn hear(&mut self, party: PartyId, loudness: u16) {
        let number = usize::from(party.0);
        if number >= self.levels.len() {
            self.levels.resize(number + 1, 0);
        }
        let level = &mut self.levels[number];
        let fallen = *level - *level / 16;
        *level = fallen.max(u32::from(loudness) << FRACTION);
        let level = *level;
        let beats = |(_, other): &(PartyId, u32)| level > *other;
        if level >= SILENCE
            && self.challenger.as_ref().is_none_or(beats)
            && self.place_of(party).is_none()
        {
            self.challenger = Some((party, level));
        }
    }

    /// Ends the frame: the place that the loudest newcomer is to have, if it is to have one. At most one changes hands in a
    /// frame.
    pub(super) fn end_frame(&mut self) -> Option<(usize, PartyId)> {
        let (party, level) = self.challenger.take()?;
        let held = |holder: &Option<PartyId>| holder.map_or(0, |holder| self.level(holder));
        let levels = self.places().iter().map(held).enumerate();
        let (place, softest) = levels.min_by_key(|(place, level)| (*level, *place))?;
        (softest < SILENCE || level >= 2 * softest).then_some((place, party))
    }

    /// Gives a place to a party, or to nobody.
    pub(super) fn seat(&mut self, place: usize, party: Option<PartyId>) {
        self.places[place] = party;
    }

    /// Forgets a party that leaves.
    pub(super) fn forget(&mut self, party: PartyId) {
        if let Some(level) = self.levels.get_mut(usize::from(party.0)) {
            *level = 0;
        }
        if self.challenger.is_some_and(|(other, _)| other == party) {
            self.challenger = None;
        }
        if let Some(place) = self.place_of(party) {
            self.places[place] = None;
        }
    }

    fn level(&self, party: PartyId) -> u32 {
        self.levels.get(usize::from(party.0)).copied().unwrap_or(0)
    }
}
