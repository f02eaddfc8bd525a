//! One packet for many receivers, each under its own key.
//!
//! Two receivers with AES-CM are served at the same time, as their tags are made together faster than one after the other.

use super::counter_mode::CounterMode;
use super::outbound::{Outbound, Placed};
use super::{SrtpError, too_small};

/// Copies `packet` into each receiver's buffer, lets `rewrite` change the copy (its header; not its length), protects it,
/// and gives the result to `sent` with the receiver's number; in the order of the receivers.
///
/// A buffer needs [`super::OVERHEAD_MAX`] octets more than the packet. A receiver whose copy is refused keeps none of the
/// others from theirs.
pub fn fan_out<'t>(
    packet: &[u8],
    receivers: impl IntoIterator<Item = (&'t mut Outbound, &'t mut [u8])>,
    mut rewrite: impl FnMut(usize, &mut [u8]),
    mut sent: impl FnMut(usize, Result<&[u8], SrtpError>),
) {
    let len = packet.len();
    let mut receivers = receivers.into_iter().enumerate();
    while let Some((number, (context, buffer))) = receivers.next() {
        let copied = copy(packet, buffer, |copy| rewrite(number, copy));
        let Some((next, (other, target))) = receivers.next() else {
            let result = copied.and_then(|()| context.protect(buffer, len));
            sent(number, result.map(|len| &buffer[..len]));
            return;
        };
        let copied_too = copy(packet, target, |copy| rewrite(next, copy));
        let (first, second) = match (copied, copied_too) {
            (Ok(()), Ok(())) => protect_pair([context, other], [buffer, target], [len; 2]),
            (first, second) => (
                first.and_then(|()| context.protect(buffer, len)),
                second.and_then(|()| other.protect(target, len)),
            ),
        };
        sent(number, first.map(|len| &buffer[..len]));
        sent(next, second.map(|len| &target[..len]));
    }
}

fn copy(
    packet: &[u8],
    buffer: &mut [u8],
    rewrite: impl FnOnce(&mut [u8]),
) -> Result<(), SrtpError> {
    let (len, need) = (buffer.len(), packet.len());
    let copy = buffer
        .get_mut(..need)
        .ok_or(SrtpError::BufferTooSmall { len, need })?;
    copy.copy_from_slice(packet);
    rewrite(copy);
    Ok(())
}

type Protected = Result<usize, SrtpError>;

/// Protects two packets under two keys.
fn protect_pair(
    contexts: [&mut Outbound; 2],
    buffers: [&mut [u8]; 2],
    lens: [usize; 2],
) -> (Protected, Protected) {
    let [first, second] = contexts;
    let [buffer, target] = buffers;
    let (Some(keys), Some(other_keys)) = (first.counter_mode(), second.counter_mode()) else {
        return (
            first.protect(buffer, lens[0]),
            second.protect(target, lens[1]),
        );
    };
    let needs = [keys.tag_len() + lens[0], other_keys.tag_len() + lens[1]];
    let places = (
        place(first, buffer, lens[0], needs[0]),
        place(second, target, lens[1], needs[1]),
    );
    let (Ok(placed), Ok(other_placed)) = places else {
        return (
            places.0.and_then(|_| first.protect(buffer, lens[0])),
            places.1.and_then(|_| second.protect(target, lens[1])),
        );
    };
    if let (Some(keys), Some(other_keys)) = (first.counter_mode(), second.counter_mode()) {
        crypt(keys, &placed, &mut buffer[..lens[0]]);
        crypt(other_keys, &other_placed, &mut target[..lens[1]]);
        let rollovers = [placed, other_placed].map(|placed| (placed.index >> 16) as u32);
        CounterMode::sign_pair([keys, other_keys], [buffer, target], lens, rollovers);
    }
    first.accept(&placed);
    second.accept(&other_placed);
    (Ok(needs[0]), Ok(needs[1]))
}

fn place(
    context: &mut Outbound,
    buffer: &[u8],
    len: usize,
    need: usize,
) -> Result<Placed, SrtpError> {
    if buffer.len() < need {
        return Err(too_small(buffer, need));
    }
    context.place(buffer, len)
}

fn crypt(keys: &CounterMode, placed: &Placed, packet: &mut [u8]) {
    keys.crypt(placed.ssrc, placed.index, &mut packet[placed.header_len..]);
}
