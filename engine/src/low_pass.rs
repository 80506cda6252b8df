//! The low-pass filter of NEXUS: a Butterworth filter of order 9, run forwards and backwards so that nothing shifts.
//!
//! The server writes the filter as one polynomial of degree 9, which rounding makes unstable from about 2400 values on.
//! Here it is a chain of sections of degree 2 and 1: the same filter, stable at any length.

/// The order of the filter.
const ORDER: usize = 9;
/// How many values are reflected at either end.
const PADDING: usize = 10;

/// The smoothed values, one for each. Gaps in time are ignored, as the server does. None for 10 values or fewer, and
/// where one is NaN.
///
/// The cut-off is 24/n of the Nyquist frequency, or 6/n for up to 24 values.
pub(crate) fn low_pass(values: &[f64]) -> Option<Vec<f64>> {
    if values.len() <= PADDING || values.iter().any(|v| v.is_nan()) {
        return None;
    }
    let n = values.len() as f64;
    let cutoff = if values.len() <= 24 { 6.0 / n } else { 24.0 / n };
    let sections = butterworth(cutoff);
    let mut extended = extend(values);
    for _ in 0..2 {
        run(&sections, &mut extended);
        extended.reverse();
    }
    Some(extended[PADDING..PADDING + values.len()].to_vec())
}

/// A section of a filter with gain 1 at frequency 0.
#[derive(Clone, Copy)]
struct Section {
    b: [f64; 3],
    a: [f64; 2],
}

/// The sections for a cut-off as a fraction of the Nyquist frequency, by the bilinear transform of the analogue prototype.
fn butterworth(cutoff: f64) -> Vec<Section> {
    let warped = (std::f64::consts::FRAC_PI_2 * cutoff).tan();
    let mut sections = vec![first_order(warped)];
    for pair in 1..=ORDER / 2 {
        // The analogue poles lie on a circle at the angles ±pair·π/ORDER from the negative real axis.
        let angle = pair as f64 * std::f64::consts::PI / ORDER as f64;
        sections.push(second_order(warped, 2.0 * angle.cos()));
    }
    sections
}

/// The bilinear transform of 1 / (s/w + 1).
fn first_order(w: f64) -> Section {
    let a1 = (w - 1.0) / (w + 1.0);
    let gain = w / (w + 1.0);
    Section { b: [gain, gain, 0.0], a: [a1, 0.0] }
}

/// The bilinear transform of 1 / ((s/w)² + damping·s/w + 1).
fn second_order(w: f64, damping: f64) -> Section {
    let norm = 1.0 + damping * w + w * w;
    let gain = w * w / norm;
    Section { b: [gain, 2.0 * gain, gain], a: [2.0 * (w * w - 1.0) / norm, (1.0 - damping * w + w * w) / norm] }
}

/// The values with their first and last few turned about the end points.
fn extend(values: &[f64]) -> Vec<f64> {
    let last = values.len() - 1;
    let before = (1..=PADDING).rev().map(|n| 2.0 * values[0] - values[n]);
    let after = (1..=PADDING).map(|n| 2.0 * values[last] - values[last - n]);
    before.chain(values.iter().copied()).chain(after).collect()
}

/// Runs the sections one after another, each started as if the first value had lasted for ever.
fn run(sections: &[Section], values: &mut [f64]) {
    let Some(first) = values.first().copied() else { return };
    for Section { b, a } in sections {
        let mut state = [first * (1.0 - b[0]), first * (b[2] - a[1])];
        for value in values.iter_mut() {
            let x = *value;
            let y = b[0] * x + state[0];
            state = [b[1] * x - a[0] * y + state[1], b[2] * x - a[1] * y];
            *value = y;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_passes_unchanged() {
        let line: Vec<f64> = (0..60).map(|n| 3.0 + 0.5 * f64::from(n)).collect();
        let smooth = low_pass(&line).unwrap();
        assert!(line[20..40].iter().zip(&smooth[20..40]).all(|(a, b)| (a - b).abs() < 0.02));
        let constant = low_pass(&[7.0; 30]).unwrap();
        assert!(constant.iter().all(|v| (v - 7.0).abs() < 1e-9));
    }

    #[test]
    fn slow_waves_stay_in_phase_and_fast_ones_go() {
        let wave = |cycles: f64| (0..400).map(|n| (f64::from(n) / 400.0 * cycles * std::f64::consts::TAU).sin()).collect::<Vec<_>>();
        let slow = wave(3.0);
        let smooth = low_pass(&slow.iter().zip(wave(60.0)).map(|(a, b)| a + b).collect::<Vec<_>>()).unwrap();
        assert!(slow[150..250].iter().zip(&smooth[150..250]).all(|(a, b)| (a - b).abs() < 0.02));
    }

    #[test]
    fn it_is_stable_at_lengths_where_the_server_explodes() {
        let noisy: Vec<f64> = (0..100_000).map(|n| 20.0 + f64::from((n * 7919) % 101) / 101.0).collect();
        assert!(low_pass(&noisy).unwrap().iter().all(|v| (19.0..22.0).contains(v)));
    }

    #[test]
    fn short_or_broken_series_have_none() {
        assert_eq!(low_pass(&[1.0; 10]), None);
        assert!(low_pass(&[1.0; 11]).is_some());
        assert_eq!(low_pass(&[f64::NAN; 20]), None);
    }
}
