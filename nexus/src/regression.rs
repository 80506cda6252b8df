//! The least-squares line through pairs of numbers, and how sure it is.

use sdap::{Regression, TimeSeries};
use std::collections::HashMap;

/// The line of the second series on the first over the times they share, where there are exactly two.
pub fn shared_regression(series: &[TimeSeries]) -> Option<Regression> {
    let [first, second] = series else { return None };
    let of_second: HashMap<i64, f64> = second.time.seconds().iter().copied().zip(second.mean.iter().copied()).collect();
    let pair = |(time, x): (&i64, &f64)| of_second.get(time).map(|y| (*x, *y));
    let (x, y): (Vec<f64>, Vec<f64>) = first.time.seconds().iter().zip(&first.mean).filter_map(pair).unzip();
    regression(&x, &y)
}

/// The line of `y` on `x`. None if there are fewer than two pairs, or all `x` are equal.
///
/// `p` is the two-sided probability of a slope as steep by chance, from Student's t with n − 2 degrees of freedom; `error`
/// the standard error of the slope, √((1 − r²)·Σ(y − ȳ)² / Σ(x − x̄)² / (n − 2)).
pub fn regression(x: &[f64], y: &[f64]) -> Option<Regression> {
    let n = x.len() as f64;
    if x.len() < 2 || x.len() != y.len() {
        return None;
    }
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let mut sums = LineSums { count: n, mean_x, mean_y, xx: 0.0, yy: 0.0, xy: 0.0 };
    for (x, y) in x.iter().zip(y) {
        let (dx, dy) = (x - mean_x, y - mean_y);
        sums.xx += dx * dx;
        sums.yy += dy * dy;
        sums.xy += dx * dy;
    }
    regression_of(&sums)
}

/// Sums over pairs of numbers, from which their line follows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LineSums {
    /// How many pairs.
    pub count: f64,
    /// The mean of the first numbers, x̄.
    pub mean_x: f64,
    /// The mean of the second numbers, ȳ.
    pub mean_y: f64,
    /// Σ(x − x̄)².
    pub xx: f64,
    /// Σ(y − ȳ)².
    pub yy: f64,
    /// Σ(x − x̄)(y − ȳ).
    pub xy: f64,
}

/// The line that sums over two pairs or more give, unless all `x` are equal.
pub fn regression_of(sums: &LineSums) -> Option<Regression> {
    let LineSums { count, mean_x, mean_y, xx, yy, xy } = *sums;
    if xx == 0.0 {
        return None;
    }
    let slope = xy / xx;
    let r = if yy == 0.0 { 0.0 } else { (xy / (xx * yy).sqrt()).clamp(-1.0, 1.0) };
    let freedom = count - 2.0;
    let (p, error) = if freedom == 0.0 {
        (if yy == 0.0 { 1.0 } else { 0.0 }, 0.0)
    } else {
        let error = ((1.0 - r * r) * yy / xx / freedom).sqrt();
        // Of Student's t = r·√(freedom / (1 − r²)): freedom / (freedom + t²) is just 1 − r².
        (incomplete_beta((1.0 - r) * (1.0 + r), freedom / 2.0, 0.5), error)
    };
    Some(Regression { slope, intercept: mean_y - slope * mean_x, r, p, error })
}

/// The regularised incomplete beta function Iₓ(a, b), by its continued fraction (NIST Digital Library of
/// Mathematical Functions, 8.17.22), evaluated after Lentz.
#[expect(clippy::many_single_char_names, reason = "the names of the formula")]
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    // The fraction converges fast on one side of the mean only; the other side is its complement.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let front = (a * x.ln() + b * (1.0 - x).ln() + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b)).exp() / a;
    let nonzero = |v: f64| if v.abs() < 1e-300 { 1e-300 } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / nonzero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for m in 1..10_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / nonzero(1.0 + term * d);
            c = nonzero(1.0 + term / c);
            change = c * d;
            fraction *= change;
        }
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    front * fraction
}

/// ln Γ(x) for x > 0: Stirling's series (NIST DLMF 5.11.1) after a shift to where it is accurate.
fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < 15.0 {
        shift -= x.ln();
        x += 1.0;
    }
    let inverse = 1.0 / (x * x);
    let series = (1.0 / 12.0 - inverse * (1.0 / 360.0 - inverse * (1.0 / 1260.0 - inverse * (1.0 / 1680.0 - inverse / 1188.0)))) / x;
    shift + (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_with_its_error() {
        // By hand: means 3 and 4, Σdx² = 10, Σdxdy = 6, Σdy² = 6; slope 0.6, r² = 0.6, error √(0.4·6/10/3) = √0.08.
        let line = regression(&[1.0, 2.0, 3.0, 4.0, 5.0], &[2.0, 4.0, 5.0, 4.0, 5.0]).unwrap();
        assert!((line.slope - 0.6).abs() < 1e-12 && (line.intercept - 2.2).abs() < 1e-12);
        assert!((line.r - 0.6_f64.sqrt()).abs() < 1e-12 && (line.error - 0.08_f64.sqrt()).abs() < 1e-12);
        // Student's t with 3 degrees of freedom has a closed form: p = 1 − 2/π (θ + sin θ cos θ), tan θ = t/√3.
        let theta = (line.slope / line.error / 3.0_f64.sqrt()).atan();
        let p = 1.0 - 2.0 / std::f64::consts::PI * (theta + theta.sin() * theta.cos());
        assert!((line.p - p).abs() < 1e-12);
    }

    #[test]
    fn too_few_pairs_or_a_vertical_line_have_none() {
        assert_eq!(regression(&[1.0], &[2.0]), None);
        assert_eq!(regression(&[1.0, 1.0], &[2.0, 3.0]), None);
        let two = regression(&[0.0, 1.0], &[1.0, 3.0]).unwrap();
        assert_eq!((two.slope, two.p, two.error), (2.0, 0.0, 0.0));
    }

    #[test]
    fn the_gamma_function_is_the_factorial_and_the_root_of_pi() {
        assert!((ln_gamma(7.0) - 720.0_f64.ln()).abs() < 1e-12);
        assert!((ln_gamma(0.5) - std::f64::consts::PI.sqrt().ln()).abs() < 1e-12);
        assert!((incomplete_beta(0.3, 1.0, 1.0) - 0.3).abs() < 1e-14);
    }
}
