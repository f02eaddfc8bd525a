use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn each_party_hears_the_plain_sum_of_the_others(
        frames in proptest::collection::vec(proptest::collection::vec(any::<i16>(), 24), 0..20),
        together in any::<bool>(),
    ) {
        let mut mixer = Mixer::new(24);
        for _ in 0..2 {
            mixer.begin();
            if together {
                mixer.add_all(&frames.concat());
            } else {
                frames.iter().for_each(|frame| mixer.add(frame));
            }
        }
        let naive = |skipped: Option<usize>| -> Vec<i16> {
            let others = |place: usize| frames.iter().enumerate().filter(|(n, _)| Some(*n) != skipped).map(move |(_, f)| i64::from(f[place]));
            (0..24).map(|place| others(place).sum::<i64>().clamp(-32_768, 32_767) as i16).collect()
        };
        let mut heard = vec![0; 24];
        for (number, frame) in frames.iter().enumerate() {
            mixer.without(frame, &mut heard);
            prop_assert_eq!(&heard, &naive(Some(number)));
        }
        let own = frames.concat();
        let mut each = vec![0; own.len()];
        mixer.without_each(&own, &mut each);
        for (number, heard) in each.chunks(24).enumerate() {
            prop_assert_eq!(heard, &naive(Some(number))[..]);
        }
        mixer.all(&mut heard);
        prop_assert_eq!(&heard, &naive(None));
        prop_assert_eq!(mixer.parties(), frames.len());
    }
}

#[test]
fn what_is_added_after_somebody_has_listened_is_heard_too() {
    let mut mixer = Mixer::new(2);
    mixer.begin();
    mixer.add(&[10, 20]);
    let mut heard = [0; 2];
    mixer.all(&mut heard);
    mixer.add(&[1, 2]);
    mixer.all(&mut heard);
    assert_eq!(heard, [11, 22]);
    mixer.begin();
    mixer.all(&mut heard);
    assert_eq!(heard, [0, 0]);
}

#[test]
fn the_loudest_that_the_most_parties_can_be_does_not_overflow() {
    let mut mixer = Mixer::new(1);
    mixer.begin();
    mixer.add_all(&vec![i16::MIN; PARTIES_MAX - 1]);
    mixer.add_all(&[i16::MIN; 8]);
    assert_eq!(mixer.parties(), PARTIES_MAX);
    let mut heard = [0];
    mixer.without(&[i16::MIN], &mut heard);
    assert_eq!(heard, [i16::MIN]);
}

#[test]
fn frames_of_no_length_are_silence() {
    let mut mixer = Mixer::new(0);
    mixer.begin();
    mixer.add_all(&[1, 2, 3]);
    mixer.add(&[]);
    mixer.without(&[], &mut []);
    mixer.without_each(&[1], &mut [0]);
    mixer.all(&mut []);
}
