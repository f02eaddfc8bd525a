use super::*;

const LEN: usize = 160;

/// A party that says the same number all the time, or a conference would not know it from silence.
fn say(conference: &mut Conference, frames: usize, voices: &[(u16, i16)]) {
    for _ in 0..frames {
        conference.begin();
        for &(party, sample) in voices {
            conference.hear(PartyId(party), &[sample; LEN]);
        }
        conference.mix();
    }
}

fn heard(conference: &Conference, party: u16) -> i16 {
    let heard = conference.heard_by(PartyId(party));
    conference.heard(heard)[LEN - 1]
}

#[test]
fn speakers_hear_each_other_and_all_others_hear_the_speakers() {
    let mut conference = Conference::new(3, LEN);
    let voices: Vec<(u16, i16)> = [(7, 4_000), (9, 2_000), (11, 1_000)]
        .into_iter()
        .chain((20..1_000).map(|party| (party, 3)))
        .collect();
    say(&mut conference, 20, &voices);
    assert_eq!(heard(&conference, 7), 3_000);
    assert_eq!(heard(&conference, 9), 5_000);
    assert_eq!(heard(&conference, 11), 6_000);
    assert_eq!(heard(&conference, 20), 7_000);
    assert_eq!(heard(&conference, 5_000), 7_000);
    let mut mixes: Vec<Heard> = voices
        .iter()
        .map(|(party, _)| conference.heard_by(PartyId(*party)))
        .collect();
    mixes.sort();
    mixes.dedup();
    assert_eq!(
        mixes.len(),
        4,
        "as many encodings are enough for a thousand parties"
    );
}

#[test]
fn a_place_goes_to_who_is_louder_by_6_db_and_not_before() {
    let mut conference = Conference::new(1, LEN);
    say(&mut conference, 10, &[(1, 1_000), (2, 10)]);
    say(&mut conference, 50, &[(1, 1_000), (2, 1_900)]);
    assert_eq!(conference.speaking().collect::<Vec<_>>(), [PartyId(1)]);
    say(&mut conference, 3, &[(1, 1_000), (2, 2_100)]);
    assert_eq!(conference.speaking().collect::<Vec<_>>(), [PartyId(2)]);
}

#[test]
fn a_pause_does_not_cost_a_place_and_a_silence_does() {
    let mut conference = Conference::new(1, LEN);
    say(&mut conference, 10, &[(1, 8_000), (2, 10)]);
    say(&mut conference, 10, &[(1, 0), (2, 1_000)]);
    assert_eq!(conference.speaking().collect::<Vec<_>>(), [PartyId(1)]);
    say(&mut conference, 60, &[(1, 0), (2, 1_000)]);
    assert_eq!(conference.speaking().collect::<Vec<_>>(), [PartyId(2)]);
}

#[test]
fn who_comes_is_faded_in_and_who_goes_is_faded_out() {
    let mut conference = Conference::new(1, LEN);
    let mut heard = Vec::new();
    for frame in 0..8 {
        conference.begin();
        conference.hear(PartyId(1), &[if frame < 4 { 3_200 } else { 320 }; LEN]);
        conference.hear(PartyId(2), &[if frame < 4 { 0 } else { 16_000 }; LEN]);
        conference.mix();
        heard.extend_from_slice(conference.heard(Heard::Common));
    }
    let step = |pair: &[i16]| (pair[1] - pair[0]).abs();
    let jump = heard.windows(2).map(step).max();
    // The one jump is the first party's own, from 3,200 to 320: no other is larger than a step of a fade.
    let jumps = heard.windows(2).filter(|pair| step(pair) > 101).count();
    assert_eq!((jump, jumps), (Some(2_880), 1));
    assert_eq!(heard.last(), Some(&16_000));
}

#[test]
fn who_leaves_is_not_heard_any_more() {
    let mut conference = Conference::new(2, LEN);
    say(&mut conference, 10, &[(1, 1_000), (2, 500)]);
    conference.begin();
    conference.hear(PartyId(1), &[1_000; LEN]);
    conference.hear(PartyId(2), &[500; LEN]);
    conference.leave(PartyId(1));
    conference.mix();
    assert_eq!(heard(&conference, 3), 500);
    assert_eq!(conference.speaking().collect::<Vec<_>>(), [PartyId(2)]);
}

#[test]
fn short_frames_and_silent_speakers_are_silence() {
    let mut conference = Conference::new(2, LEN);
    say(&mut conference, 10, &[(1, 1_000), (2, 500)]);
    conference.begin();
    conference.hear(PartyId(2), &[500; 10]);
    conference.mix();
    assert_eq!(
        conference.heard(Heard::Common)[..11],
        [[500; 10].as_slice(), &[0]].concat()
    );
    assert_eq!(
        conference.heard(Heard::Speaker(200)),
        conference.heard(Heard::Common)
    );
}
