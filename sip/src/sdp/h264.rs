//! H.264 in SDP: profile, level and packetization mode out of the fmtp line. RFC 6184 §8.1, §8.2.

/// The classes of profiles that RFC 6184 table 5 tells apart; different bit patterns may mean the same one.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum H264Profile {
    /// Constrained Baseline.
    ConstrainedBaseline,
    /// Baseline.
    Baseline,
    /// Main.
    Main,
    /// Extended.
    Extended,
    /// Any other: its `profile_idc` and its constraint flags.
    Other(u8, u8),
}

/// What an fmtp line says of H.264.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct H264Format {
    /// `profile_idc` and constraint flags as written.
    profile: [u8; 2],
    /// `level_idc` as written.
    level: u8,
    /// 0: one NAL unit a packet; 1: also aggregated and in fragments; 2: interleaved.
    pub packetization_mode: u8,
    /// Whether each side may have a level of its own.
    pub is_level_asymmetry_allowed: bool,
}

impl H264Format {
    /// Constrained Baseline at a level (`level_idc`: ten times its number), fragments allowed.
    pub fn constrained_baseline(level_idc: u8) -> H264Format {
        H264Format {
            profile: [0x42, 0xe0],
            level: level_idc,
            packetization_mode: 1,
            is_level_asymmetry_allowed: true,
        }
    }

    /// Reads the parameters of an fmtp line; what is absent or unreadable has the value that the RFC infers.
    pub fn read(fmtp: Option<&str>) -> H264Format {
        let parameter = |wanted: &str| {
            fmtp.unwrap_or("").split(';').find_map(|parameter| {
                let (name, value) = parameter.split_once('=')?;
                let is_it = name.trim().eq_ignore_ascii_case(wanted);
                is_it.then(|| value.trim())
            })
        };
        // RFC 6184 §8.1: without a profile-level-id, Baseline at level 1.
        let octets = parameter("profile-level-id")
            .filter(|text| text.len() == 6)
            .and_then(|text| u32::from_str_radix(text, 16).ok())
            .unwrap_or(0x42_00_0a)
            .to_be_bytes();
        let mode = parameter("packetization-mode").and_then(|text| text.parse().ok());
        H264Format {
            profile: [octets[1], octets[2]],
            level: octets[3],
            packetization_mode: mode.unwrap_or(0),
            is_level_asymmetry_allowed: parameter("level-asymmetry-allowed") == Some("1"),
        }
    }

    /// The fmtp text.
    pub fn fmtp(&self) -> String {
        let [idc, flags] = self.profile;
        format!(
            "profile-level-id={idc:02x}{flags:02x}{:02x};packetization-mode={};level-asymmetry-allowed={}",
            self.level,
            self.packetization_mode,
            u8::from(self.is_level_asymmetry_allowed)
        )
    }

    /// The class of the profile, by RFC 6184 table 5. The flag of level 1b belongs to the level.
    pub fn profile(&self) -> H264Profile {
        let [idc, flags] = self.profile;
        match (idc, flags & 0b1110_1111) {
            (0x42, flags) if flags & 0x4f == 0x40 => H264Profile::ConstrainedBaseline,
            (0x4d, flags) if flags & 0x8f == 0x80 => H264Profile::ConstrainedBaseline,
            (0x58, flags) if flags & 0xcf == 0xc0 => H264Profile::ConstrainedBaseline,
            (0x42, flags) if flags & 0x4f == 0 => H264Profile::Baseline,
            (0x58, flags) if flags & 0xcf == 0x80 => H264Profile::Baseline,
            (0x4d, flags) if flags & 0xaf == 0 => H264Profile::Main,
            (0x58, flags) if flags & 0xcf == 0 => H264Profile::Extended,
            (idc, _) => H264Profile::Other(idc, flags),
        }
    }

    /// The most macroblocks that a picture may have at this level (ITU-T H.264 table A-1, MaxFS).
    pub fn picture_macroblocks_max(&self) -> u32 {
        match self.level {
            0..=10 => 99,
            11 if self.is_level_1b() => 99,
            11..=20 => 396,
            21 => 792,
            22..=30 => 1_620,
            31 => 3_600,
            32 => 5_120,
            33..=41 => 8_192,
            42 => 8_704,
            43..=50 => 22_080,
            51..=u8::MAX => 36_864,
        }
    }

    /// The most macroblocks that may come in a second at this level (ITU-T H.264 table A-1, MaxMBPS).
    pub fn macroblocks_per_second_max(&self) -> u32 {
        match self.level {
            0..=10 => 1_485,
            11 if self.is_level_1b() => 1_485,
            11 => 3_000,
            12 => 6_000,
            13..=20 => 11_880,
            21 => 19_800,
            22 => 20_250,
            23..=30 => 40_500,
            31 => 108_000,
            32 => 216_000,
            33..=41 => 245_760,
            42 => 522_240,
            43..=50 => 589_824,
            51..=u8::MAX => 983_040,
        }
    }

    /// The format of our answer to `offered`, which is the same configuration as `self`: the profile as it was offered; our
    /// level, cut to theirs unless both allow different ones (RFC 6184 §8.2.2).
    pub fn answer_to(&self, offered: &H264Format) -> H264Format {
        let asymmetry = self.is_level_asymmetry_allowed && offered.is_level_asymmetry_allowed;
        let lower = if self.rank() <= offered.rank() {
            self
        } else {
            offered
        };
        let level = if asymmetry { self } else { lower };
        let [idc, flags] = offered.profile;
        H264Format {
            profile: [idc, flags & !LEVEL_1B | level.profile[1] & LEVEL_1B],
            level: level.level,
            is_level_asymmetry_allowed: asymmetry,
            ..*offered
        }
    }

    /// Levels in their order: 1b lies between 1 and 1.1.
    fn rank(&self) -> u16 {
        match self.level {
            11 if self.is_level_1b() => 105,
            level => u16::from(level) * 10,
        }
    }

    /// ITU-T H.264 §A.3.1: of these profiles, `level_idc` 11 with constraint_set3_flag is level 1b.
    fn is_level_1b(&self) -> bool {
        let [idc, flags] = self.profile;
        self.level == 11 && matches!(idc, 0x42 | 0x4d | 0x58) && flags & LEVEL_1B != 0
    }
}

/// constraint_set3_flag.
const LEVEL_1B: u8 = 0x10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_table_5_name_their_profiles() {
        use H264Profile::{Baseline, ConstrainedBaseline, Extended, Main, Other};
        for (id, profile) in [
            ("42e01f", ConstrainedBaseline),
            ("42c00a", ConstrainedBaseline),
            ("4d8028", ConstrainedBaseline),
            ("58c01f", ConstrainedBaseline),
            ("42001f", Baseline),
            ("428014", Baseline),
            ("58801f", Baseline),
            ("42901f", Baseline),
            ("4d001f", Main),
            ("4d401f", Main),
            ("58001f", Extended),
            ("64001f", Other(0x64, 0)),
            ("640c1f", Other(0x64, 0x0c)),
        ] {
            let fmtp = format!("packetization-mode=1; profile-level-id={id}");
            let format = H264Format::read(Some(&fmtp));
            assert_eq!(
                (format.profile(), format.packetization_mode),
                (profile, 1),
                "{id}"
            );
        }
        for odd in [
            None,
            Some(""),
            Some("profile-level-id=42"),
            Some("profile-level-id=zzzzzz"),
        ] {
            let format = H264Format::read(odd);
            assert_eq!((format.profile(), format.level), (Baseline, 10), "{odd:?}");
        }
    }

    #[test]
    fn levels_are_cut_unless_both_allow_different_ones() {
        let ours = H264Format::constrained_baseline(31);
        let answer = |fmtp: &str| ours.answer_to(&H264Format::read(Some(fmtp))).fmtp();
        assert_eq!(
            answer("profile-level-id=4d800d;packetization-mode=1"),
            "profile-level-id=4d800d;packetization-mode=1;level-asymmetry-allowed=0"
        );
        assert_eq!(
            answer("profile-level-id=42f00b"),
            "profile-level-id=42f00b;packetization-mode=0;level-asymmetry-allowed=0"
        );
        assert_eq!(
            answer("profile-level-id=42e034;packetization-mode=1"),
            "profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=0"
        );
        assert_eq!(
            answer("profile-level-id=42e00d;level-asymmetry-allowed=1"),
            "profile-level-id=42e01f;packetization-mode=0;level-asymmetry-allowed=1"
        );
    }

    #[test]
    fn level_1b_is_above_1_and_below_1_1() {
        let of = |id: &str| H264Format::read(Some(&format!("profile-level-id={id}")));
        assert!(of("42e00a").rank() < of("42f00b").rank());
        assert!(of("42f00b").rank() < of("42e00b").rank());
        assert_eq!(of("42f00b").picture_macroblocks_max(), 99);
        assert_eq!(of("42e00b").picture_macroblocks_max(), 396);
        assert_eq!(of("42f00b").macroblocks_per_second_max(), 1_485);
    }
}
