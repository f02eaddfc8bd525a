//! The quantisers and scale factors of both bands. ITU-T G.722 tables 14 to 21.

/// What makes a band's code its own.
#[derive(Debug)]
pub(in super::super) struct Law {
    /// Scale factor at the start.
    pub(super) first_scale: i32,
    /// Bounds of the quantiser's intervals, 12 bits behind the point.
    pub(super) decisions: &'static [i32],
    /// Codes by interval; of negative errors first.
    pub(super) codes: [&'static [u8]; 2],
    /// Low bits of a code that adaptation must not depend on.
    pub(super) spare_bits: u32,
    /// Errors by whole code, 15 bits behind the point.
    pub(super) outputs: &'static [i32],
    /// Errors by code without the spare bits.
    pub(super) core_outputs: &'static [i32],
    /// Steps of the scale factor's logarithm by code without the spare bits.
    pub(super) logarithm_steps: &'static [i32],
    /// Greatest logarithm.
    pub(super) logarithm_max: i32,
    /// Shift from logarithm to scale factor.
    pub(super) scale_shift: i32,
}

/// The lower band: six bits, of which adaptation uses four.
pub(in super::super) static LOW: Law = Law {
    first_scale: 32,
    decisions: &[
        35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940,
        1_023, 1_121, 1_219, 1_339, 1_458, 1_612, 1_765, 1_980, 2_195, 2_557, 2_919,
    ],
    codes: [
        &[
            63, 62, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12,
            11, 10, 9, 8, 7, 6, 5, 4,
        ],
        &[
            61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40,
            39, 38, 37, 36, 35, 34, 33, 32,
        ],
    ],
    spare_bits: 2,
    outputs: &[
        -136, -136, -136, -136, -24_808, -21_904, -19_008, -16_704, -14_984, -13_512, -12_280,
        -11_192, -10_232, -9_360, -8_576, -7_856, -7_192, -6_576, -6_000, -5_456, -4_944, -4_464,
        -4_008, -3_576, -3_168, -2_776, -2_400, -2_032, -1_688, -1_360, -1_040, -728, 24_808,
        21_904, 19_008, 16_704, 14_984, 13_512, 12_280, 11_192, 10_232, 9_360, 8_576, 7_856, 7_192,
        6_576, 6_000, 5_456, 4_944, 4_464, 4_008, 3_576, 3_168, 2_776, 2_400, 2_032, 1_688, 1_360,
        1_040, 728, 432, 136, -432, -136,
    ],
    core_outputs: &[
        0, -20_456, -12_896, -8_968, -6_288, -4_240, -2_584, -1_200, 20_456, 12_896, 8_968, 6_288,
        4_240, 2_584, 1_200, 0,
    ],
    logarithm_steps: &[
        -60, 3_042, 1_198, 538, 334, 172, 58, -30, 3_042, 1_198, 538, 334, 172, 58, -30, -60,
    ],
    logarithm_max: 18_432,
    scale_shift: 8,
};

/// The higher band: two bits.
pub(in super::super) static HIGH: Law = Law {
    first_scale: 8,
    decisions: &[564],
    codes: [&[1, 0], &[3, 2]],
    spare_bits: 0,
    outputs: HIGH_OUTPUTS,
    core_outputs: HIGH_OUTPUTS,
    logarithm_steps: &[798, -214, 798, -214],
    logarithm_max: 22_528,
    scale_shift: 10,
};

const HIGH_OUTPUTS: &[i32] = &[-7_408, -1_616, 7_408, 1_616];

/// Powers of two from 2^11 in steps of 2^(1/32). Table 18.
pub(super) const INVERSE_LOGARITHM: [i32; 32] = [
    2_048, 2_093, 2_139, 2_186, 2_233, 2_282, 2_332, 2_383, 2_435, 2_489, 2_543, 2_599, 2_656,
    2_714, 2_774, 2_834, 2_896, 2_960, 3_025, 3_091, 3_158, 3_228, 3_298, 3_371, 3_444, 3_520,
    3_597, 3_676, 3_756, 3_838, 3_922, 4_008,
];
