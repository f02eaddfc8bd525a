use super::*;
use crate::vector::Width;

/// G.191's definition with its loops.
fn plain_mu_law(sample: i16) -> u8 {
    let magnitude = i32::from(if sample < 0 { !sample } else { sample });
    let biased = ((magnitude >> 2) + 33).min(0x1fff);
    let mut segment = 1;
    while biased >> (segment + 5) != 0 {
        segment += 1;
    }
    let step = 0x0f - ((biased >> segment) & 0x0f);
    let code = ((8 - segment) << 4) | step;
    (if sample < 0 { code } else { code | 0x80 }) as u8
}

fn plain_mu_law_sample(code: u8) -> i16 {
    let inverted = i32::from(!code);
    let value = (((inverted & 0x0f) << 3) + 0x84) << ((inverted & 0x70) >> 4);
    (if inverted & 0x80 != 0 {
        0x84 - value
    } else {
        value - 0x84
    }) as i16
}

fn plain_a_law(sample: i16) -> u8 {
    let mut steps = i32::from(if sample < 0 { !sample } else { sample }) >> 4;
    if steps > 15 {
        let mut segment = 1;
        while steps > 31 {
            steps >>= 1;
            segment += 1;
        }
        steps = steps - 16 + (segment << 4);
    }
    ((if sample >= 0 { steps | 0x80 } else { steps }) ^ 0x55) as u8
}

fn plain_a_law_sample(code: u8) -> i16 {
    let code = code ^ 0x55;
    let (segment, mut step) = (i32::from(code & 0x70) >> 4, i32::from(code & 0x0f));
    if segment > 0 {
        step += 16;
    }
    step = (step << 4) + 8;
    if segment > 1 {
        step <<= segment - 1;
    }
    (if code & 0x80 != 0 { step } else { -step }) as i16
}

#[test]
fn all_samples_and_all_codes_equal_the_plain_definition() {
    let samples: Vec<i16> = (i16::MIN..=i16::MAX).collect();
    let mut codes = vec![0; samples.len()];
    encode_mu_law(&samples, &mut codes);
    assert!(
        samples
            .iter()
            .zip(&codes)
            .all(|(&sample, &code)| plain_mu_law(sample) == code)
    );
    encode_a_law(&samples, &mut codes);
    assert!(
        samples
            .iter()
            .zip(&codes)
            .all(|(&sample, &code)| plain_a_law(sample) == code)
    );
    let codes: Vec<u8> = (0..=255).collect();
    let mut samples = vec![0; 256];
    decode_mu_law(&codes, &mut samples);
    assert!(
        samples
            .iter()
            .zip(&codes)
            .all(|(&sample, &code)| plain_mu_law_sample(code) == sample)
    );
    decode_a_law(&codes, &mut samples);
    assert!(
        samples
            .iter()
            .zip(&codes)
            .all(|(&sample, &code)| plain_a_law_sample(code) == sample)
    );
}

/// Without vectors, whichever way of them the machine goes.
#[test]
fn each_sample_and_each_code_equals_the_plain_definition() {
    for sample in i16::MIN..=i16::MAX {
        assert_eq!(MuLaw::code(sample), plain_mu_law(sample), "{sample}");
        assert_eq!(ALaw::code(sample), plain_a_law(sample), "{sample}");
    }
    for code in 0..=255 {
        assert_eq!(MuLaw::sample(code), plain_mu_law_sample(code), "{code}");
        assert_eq!(ALaw::sample(code), plain_a_law_sample(code), "{code}");
    }
}

#[test]
fn codes_survive_decoding_and_encoding() {
    let codes: Vec<u8> = (0..=255).collect();
    let (mut samples, mut again) = ([0; 256], [0; 256]);
    decode_a_law(&codes, &mut samples);
    encode_a_law(&samples, &mut again);
    assert_eq!(codes, again);
    decode_mu_law(&codes, &mut samples);
    encode_mu_law(&samples, &mut again);
    // Mu-law has two zeros: the negative one, 0x7f, comes back as the positive one.
    assert!(
        codes
            .iter()
            .zip(&again)
            .all(|(&code, &again)| code == again || (code, again) == (0x7f, 0xff))
    );
}

#[test]
fn a_short_buffer_is_refused() {
    assert_eq!(
        Pcmu.encode(&[0; 9], &mut [0; 8]),
        Err(CodecError::BufferTooSmall { len: 8, need: 9 })
    );
    assert_eq!(
        Pcma.decode(&[0; 9], &mut [0; 8]),
        Err(CodecError::BufferTooSmall { len: 8, need: 9 })
    );
}

/// The conversion of all values by themselves, and of all at once at every width of vectors and with every rest.
fn same_at_every_width<A: Copy, B: Copy + Default + std::fmt::Debug + PartialEq>(
    all: &[A],
    of: impl Fn(A) -> B + Copy,
) {
    let alone: Vec<B> = all.iter().map(|&value| of(value)).collect();
    for width in Width::all() {
        for rest in 0..64 {
            let mut together = vec![B::default(); all.len() - rest];
            vector::run_at(width, each(all, &mut together, of));
            assert_eq!(together, alone[..together.len()], "{width:?}");
        }
    }
}

#[test]
fn every_width_of_vectors_gives_the_same() {
    let samples: Vec<i16> = (i16::MIN..=i16::MAX).collect();
    same_at_every_width(&samples, MuLaw::code);
    same_at_every_width(&samples, ALaw::code);
    let codes: Vec<u8> = (0..=255).collect();
    same_at_every_width(&codes, MuLaw::sample);
    same_at_every_width(&codes, ALaw::sample);
}

/// Both ways, in pieces of every length up to some vectors, each with room behind it that stays as it was.
fn same_at_every_length<L: Law>() {
    let samples: Vec<i16> = (0..300).map(|n| (n * 12_345) as i16).collect();
    for len in 0..samples.len() {
        let mut codes = vec![0xee; samples.len()];
        encode::<L>(&samples[..len], &mut codes);
        let coded = samples[..len].iter().map(|&sample| L::code(sample));
        assert!(coded.eq(codes[..len].iter().copied()), "{len} samples");
        assert!(codes[len..].iter().all(|&code| code == 0xee), "{len}");

        let codes: Vec<u8> = samples.iter().map(|&sample| (sample >> 3) as u8).collect();
        let mut decoded = vec![0x7eee; samples.len()];
        decode::<L>(&codes[..len], &mut decoded);
        let expected = codes[..len].iter().map(|&code| L::sample(code));
        assert!(expected.eq(decoded[..len].iter().copied()), "{len} codes");
        assert!(decoded[len..].iter().all(|&one| one == 0x7eee), "{len}");
    }
}

#[test]
fn every_length_gives_the_same_and_writes_no_further() {
    same_at_every_length::<MuLaw>();
    same_at_every_length::<ALaw>();
}
