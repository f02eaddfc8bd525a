//! Filter and codebook of the excitation. ITU-T G.729 §3.7.1 and §3.9.2.

/// b30, one half of a symmetric low-pass filter in steps of a third of a sample; 15 bits behind the point.
pub(in super::super) static INTERPOLATION: [i16; 31] = [
    29_443, 25_207, 14_701, 3_143, -4_402, -5_850, -2_783, 1_211, 3_130, 2_259, 0, -1_652, -1_666,
    -464, 756, 1_099, 550, -245, -634, -451, 0, 308, 296, 78, -120, -165, -79, 34, 91, 70, 0,
];

/// GA, by the index that is sent: gain of the adaptive codebook, 14 bits behind the point, and factor of the fixed
/// codebook's predicted gain, 13 bits behind it.
pub(in super::super) static FIRST_GAINS: [[i16; 2]; 8] = [
    [3_242, 9_949],
    [1_551, 2_425],
    [2_678, 27_162],
    [1_921, 9_291],
    [1_831, 5_022],
    [1, 1_516],
    [356, 14_756],
    [57, 5_404],
];

/// GB, in the same form.
pub(in super::super) static SECOND_GAINS: [[i16; 2]; 16] = [
    [5_142, 592],
    [17_299, 1_861],
    [6_160, 2_395],
    [16_112, 3_392],
    [826, 2_005],
    [18_973, 5_935],
    [1_994, 0],
    [15_434, 237],
    [10_573, 2_966],
    [15_132, 4_914],
    [11_569, 1_196],
    [14_194, 1_630],
    [8_091, 4_861],
    [15_161, 14_276],
    [9_120, 525],
    [13_260, 3_256],
];

/// Weights of the correlations at lags 1 to 10: a bandwidth of 60 Hz and a floor of noise 40 dB below; 15 bits behind the
/// point. §3.2.1.
pub(in super::super) static LAG_WINDOW: [i16; 10] = [
    32_728, 32_619, 32_438, 32_187, 31_867, 31_480, 31_029, 30_517, 29_946, 29_321,
];
