//! Cells in colour: one pixel for each cell where the cells are even, else enough to place their edges.

use super::ramp::Ramp;
use crate::show::DrawError;
use png::{BitDepth, ColorType, DeflateCompression, Encoder, Filter};

/// More pixels than this along one side are more than a page shows.
const MOST: usize = 2400;

/// Which cell each pixel along one side shows, and the edges of the whole in the unit of the centres.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Side {
    pub(crate) pixels: Vec<Option<usize>>,
    pub(crate) from: f64,
    pub(crate) to: f64,
}

impl Side {
    /// One side with cells about these ascending centres. A lone cell is `lone` wide.
    ///
    /// Cells reach half-way to their neighbours, but no farther than half the usual step: a gap in the centres is a gap.
    pub(crate) fn of(centres: &[f64], lone: f64) -> Self {
        let n = centres.len();
        let mut steps: Vec<f64> = centres.windows(2).map(|w| w[1] - w[0]).collect();
        steps.sort_by(f64::total_cmp);
        let usual = steps.get(steps.len() / 2).copied().filter(|s| *s > 0.0).unwrap_or(lone);
        let (Some(first), Some(last)) = (centres.first(), centres.last()) else {
            return Self { pixels: Vec::new(), from: 0.0, to: 0.0 };
        };
        let (from, to) = (first - usual / 2.0, last + usual / 2.0);
        let even = steps.iter().all(|s| (s - usual).abs() <= usual * 0.02);
        if even && n <= MOST {
            return Self { pixels: (0..n).map(Some).collect(), from, to };
        }
        let wanted =
            if even { MOST } else { ((to - from) / steps.first().copied().unwrap_or(usual).max(usual / 8.0) * 2.0).ceil() as usize };
        let pixels = wanted.clamp(n.min(MOST), MOST);
        let reach = usual * 0.75;
        let cell = |pixel: usize| {
            let x = from + (pixel as f64 + 0.5) / pixels as f64 * (to - from);
            let after = centres.partition_point(|c| *c < x);
            let near = [after.checked_sub(1), (after < n).then_some(after)].into_iter().flatten();
            near.min_by(|a, b| (centres[*a] - x).abs().total_cmp(&(centres[*b] - x).abs())).filter(|i| (centres[*i] - x).abs() <= reach)
        };
        Self { pixels: (0..pixels).map(cell).collect(), from, to }
    }

    /// The cell at that place, if there is one.
    pub(crate) fn at(&self, place: f64) -> Option<usize> {
        let share = (place - self.from) / (self.to - self.from);
        let pixel = (share * self.pixels.len() as f64) as usize;
        if share < 0.0 { None } else { self.pixels.get(pixel).copied().flatten() }
    }

    /// The same side, its pixels in the opposite order: northern rows come first in a picture.
    pub(crate) fn reversed(mut self) -> Self {
        self.pixels.reverse();
        self
    }
}

/// A PNG of `down` × `across` pixels with the colours of the numbers; transparent where there is none.
///
/// # Errors
/// If the PNG cannot be written.
pub(crate) fn png(down: &Side, across: &Side, value: impl Fn(usize, usize) -> f64, ramp: &Ramp) -> Result<Vec<u8>, DrawError> {
    // Index 0 is kept for what is missing, so the least colour of the map gives way to its neighbour.
    let colour = |row: Option<usize>, column: Option<usize>| match (row, column) {
        (Some(row), Some(column)) if value(row, column).is_finite() => ramp.index(value(row, column)).max(1),
        _ => 0,
    };
    let pixels: Vec<u8> =
        down.pixels.iter().flat_map(|row| across.pixels.iter().map(move |column| (*row, *column))).map(|(r, c)| colour(r, c)).collect();
    encode(across.pixels.len(), &pixels, ramp)
}

/// A PNG of the colours themselves, one pixel wide, the greatest number's on top; or lying, the least first.
///
/// # Errors
/// If the PNG cannot be written.
pub(crate) fn strip(ramp: &Ramp, lying: Lying) -> Result<Vec<u8>, DrawError> {
    let up = (1..=255).rev();
    match lying {
        Lying::Upright => encode(1, &up.collect::<Vec<_>>(), ramp),
        Lying::Level => encode(255, &up.rev().collect::<Vec<_>>(), ramp),
    }
}

/// How a colour bar stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lying {
    Upright,
    Level,
}

/// A PNG of these indices of the ramp's colours, in rows of `width`; index 0 is transparent.
///
/// # Errors
/// If the PNG cannot be written.
pub(crate) fn encode(width: usize, pixels: &[u8], ramp: &Ramp) -> Result<Vec<u8>, DrawError> {
    let height = pixels.len().checked_div(width).unwrap_or(0);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(ramp.palette());
    encoder.set_trns(&[0u8][..]);
    encoder.set_deflate_compression(DeflateCompression::Level(2));
    encoder.set_filter(Filter::NoFilter);
    let written = encoder.write_header().and_then(|mut w| w.write_image_data(pixels));
    written.map_err(|e| DrawError::Raster(e.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdap::figure::Quantity;

    #[test]
    fn even_cells_are_one_pixel_each() {
        let side = Side::of(&[0.5, 1.5, 2.5], 1.0);
        assert_eq!(side, Side { pixels: vec![Some(0), Some(1), Some(2)], from: 0.0, to: 3.0 });
        assert_eq!(Side::of(&[7.0], 2.0), Side { pixels: vec![Some(0)], from: 6.0, to: 8.0 });
        assert_eq!(side.reversed().pixels, [Some(2), Some(1), Some(0)]);
    }

    #[test]
    fn months_of_unequal_length_and_gaps_keep_their_places() {
        let months = [0.0, 31.0, 59.0, 90.0, 365.0];
        let side = Side::of(&months, 30.0);
        let at = |day: f64| side.pixels[((day - side.from) / (side.to - side.from) * side.pixels.len() as f64) as usize];
        assert_eq!([at(1.0), at(31.0), at(60.0), at(88.0), at(365.0)], [Some(0), Some(1), Some(2), Some(3), Some(4)]);
        assert_eq!(at(200.0), None);
    }

    #[test]
    fn a_missing_cell_is_transparent_and_a_present_one_is_not() {
        let ramp = Ramp::of(&[0.0, 1.0], Quantity::Other, &crate::show::Style::default()).unwrap();
        let side = Side::of(&[0.0, 1.0], 1.0);
        let bytes = png(&side.clone().reversed(), &side, |r, c| if r == c { f64::NAN } else { r as f64 }, &ramp).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(pixels, [255, 0, 0, 1]);
    }

    #[test]
    fn a_huge_side_is_thinned() {
        let centres: Vec<f64> = (0..10_000).map(f64::from).collect();
        assert_eq!(Side::of(&centres, 1.0).pixels.len(), MOST);
    }
}
