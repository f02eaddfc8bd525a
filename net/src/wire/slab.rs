//! Things with a number that is never given to another thing.

/// A table of things; each is found by its key in one step.
#[derive(Debug)]
pub(super) struct Slab<T> {
    places: Vec<(u32, Option<T>)>,
    free: Vec<u32>,
}

/// Names a thing of a slab, also after it is gone.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub(super) struct Key {
    place: u32,
    uses: u32,
}

impl<T> Slab<T> {
    pub(super) fn new() -> Slab<T> {
        Slab {
            places: Vec::new(),
            free: Vec::new(),
        }
    }

    pub(super) fn insert(&mut self, thing: T) -> Key {
        let place = match self.free.pop() {
            Some(place) => place,
            None => {
                self.places.push((0, None));
                u32::try_from(self.places.len() - 1).expect("memory ends before 2^32 sockets")
            }
        };
        let (uses, kept) = &mut self.places[place as usize];
        *kept = Some(thing);
        Key { place, uses: *uses }
    }

    pub(super) fn get(&self, key: Key) -> Option<&T> {
        let (uses, thing) = self.places.get(key.place as usize)?;
        thing.as_ref().filter(|_| *uses == key.uses)
    }

    pub(super) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        let (uses, thing) = self.places.get_mut(key.place as usize)?;
        thing.as_mut().filter(|_| *uses == key.uses)
    }

    /// Takes the thing out for good.
    pub(super) fn remove(&mut self, key: Key) -> Option<T> {
        let thing = self.lend(key)?;
        self.places[key.place as usize].0 += 1;
        self.free.push(key.place);
        Some(thing)
    }

    /// Takes the thing out for a while; [`Slab::give_back`] must follow.
    pub(super) fn lend(&mut self, key: Key) -> Option<T> {
        let (uses, thing) = self.places.get_mut(key.place as usize)?;
        if *uses == key.uses {
            thing.take()
        } else {
            None
        }
    }

    pub(super) fn give_back(&mut self, key: Key, thing: T) {
        self.places[key.place as usize].1 = Some(thing);
    }

    /// The keys of all things, in the order of their places.
    pub(super) fn keys(&self) -> Vec<Key> {
        let mut keys = Vec::new();
        for (place, (uses, thing)) in self.places.iter().enumerate() {
            if thing.is_some() {
                let (place, uses) = (place as u32, *uses);
                keys.push(Key { place, uses });
            }
        }
        keys
    }
}
