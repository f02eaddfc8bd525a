//! How near a decoded picture is to what was captured: peak signal-to-noise ratio and structural similarity of luma.
//!
//! PSNR with peak 255. SSIM as Wang, Bovik, Sheikh and Simoncelli define it (2004), over windows of 8 by 8 samples, four
//! apart, each sample of a window counted alike.

use super::Picture;

/// PSNR of pictures that are the same, dB: the ratio itself has no bound.
pub const PSNR_SAME_DB: f64 = 100.0;

/// Side of a window.
const WINDOW: usize = 8;
/// Samples from one window to the next.
const STEP: usize = 4;
/// (0.01 x 255)^2 and (0.03 x 255)^2.
const C1: f64 = 6.502_5;
const C2: f64 = 58.522_5;

/// PSNR of luma, dB; nothing if the sizes differ.
pub fn psnr_y_db(one: &Picture, other: &Picture) -> Option<f64> {
    if !is_comparable(one, other) {
        return None;
    }
    let squares: u64 = one
        .luma()
        .iter()
        .zip(other.luma())
        .map(|(&a, &b)| u64::from(a.abs_diff(b)).pow(2))
        .sum();
    if squares == 0 {
        return Some(PSNR_SAME_DB);
    }
    let mean = squares as f64 / one.luma().len() as f64;
    Some((10.0 * (255.0 * 255.0 / mean).log10()).min(PSNR_SAME_DB))
}

/// SSIM of luma, at most 1; nothing if the sizes differ or the pictures are smaller than a window.
pub fn ssim_y(one: &Picture, other: &Picture) -> Option<f64> {
    let (width, height) = (one.width(), one.height());
    if !is_comparable(one, other) || width < WINDOW || height < WINDOW {
        return None;
    }
    let (mut sum, mut count) = (0.0, 0u32);
    for top in (0..=height - WINDOW).step_by(STEP) {
        for left in (0..=width - WINDOW).step_by(STEP) {
            sum += window(one, other, left, top);
            count += 1;
        }
    }
    Some(sum / f64::from(count))
}

fn is_comparable(one: &Picture, other: &Picture) -> bool {
    (one.width(), one.height()) == (other.width(), other.height()) && !one.luma().is_empty()
}

fn window(one: &Picture, other: &Picture, left: usize, top: usize) -> f64 {
    let width = one.width();
    let (mut a_sum, mut b_sum, mut a_squares, mut b_squares, mut products) = (0u32, 0, 0u32, 0, 0);
    for y in top..top + WINDOW {
        let row = y * width + left..y * width + left + WINDOW;
        for (&a, &b) in one.luma()[row.clone()].iter().zip(&other.luma()[row]) {
            let (a, b) = (u32::from(a), u32::from(b));
            (a_sum, b_sum) = (a_sum + a, b_sum + b);
            (a_squares, b_squares) = (a_squares + a * a, b_squares + b * b);
            products += a * b;
        }
    }
    let samples = (WINDOW * WINDOW) as f64;
    let (a_mean, b_mean) = (f64::from(a_sum) / samples, f64::from(b_sum) / samples);
    let a_variance = f64::from(a_squares) / samples - a_mean * a_mean;
    let b_variance = f64::from(b_squares) / samples - b_mean * b_mean;
    let covariance = f64::from(products) / samples - a_mean * b_mean;
    (2.0 * a_mean * b_mean + C1) * (2.0 * covariance + C2)
        / ((a_mean * a_mean + b_mean * b_mean + C1) * (a_variance + b_variance + C2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::{Format, Mark, Pattern};

    fn shifted(picture: &Picture, by: u8) -> Picture {
        let mut picture = picture.clone();
        for sample in &mut picture.planes_mut()[0] {
            *sample = sample.saturating_add(by);
        }
        picture
    }

    #[test]
    fn the_ratio_follows_from_the_error_and_similarity_from_the_structure() {
        let mut pattern = Pattern::new(Format::SMALL).expect("room");
        let picture = pattern.paint(Mark::default()).clone();
        assert_eq!(psnr_y_db(&picture, &picture), Some(PSNR_SAME_DB));
        assert!((ssim_y(&picture, &picture).expect("same size") - 1.0).abs() < 1e-9);
        // An error of 4 everywhere: 20 log10(255 / 4).
        let brighter = shifted(&picture, 4);
        let psnr = psnr_y_db(&picture, &brighter).expect("same size");
        assert!((psnr - 36.09).abs() < 0.01, "{psnr}");
        assert!(ssim_y(&picture, &brighter).expect("same size") > 0.98);
        let next = pattern.paint(Mark {
            number: 40,
            time_ms: 0,
        });
        assert!(ssim_y(&picture, next).expect("same size") < 0.8);
        assert_eq!(psnr_y_db(&picture, &Picture::new(16, 16)), None);
        assert_eq!(ssim_y(&Picture::new(4, 4), &Picture::new(4, 4)), None);
    }
}
