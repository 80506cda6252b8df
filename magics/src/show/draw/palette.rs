//! A picture's colours as a palette of at most 256, which makes its PNG a third as large.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// How many colours a palette holds, and how many of them are kept exactly where there are more.
const MOST: usize = 256;
const EXACT: usize = 208;

/// Spreads colours over a hash table. They come from our own drawing, so nobody can choose them to collide.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, colour: u32) {
        self.0 = (self.0 ^ u64::from(colour)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(26);
    }
}

type Colours<T> = HashMap<u32, T, BuildHasherDefault<Spread>>;

/// A picture of palette indices.
pub(crate) struct Indexed {
    /// Red, green and blue of each colour.
    pub(crate) palette: Vec<u8>,
    /// One index for each pixel.
    pub(crate) pixels: Vec<u8>,
}

/// The picture of these opaque RGBA pixels.
///
/// With at most 256 colours nothing is lost. With more, the most frequent stay as they are, the cells of a map among
/// them, and the rest, the softened edges of lines and letters, take the nearest of what there is.
pub(crate) fn indexed(rgba: &[u8]) -> Indexed {
    let colours = || rgba.as_chunks::<4>().0.iter().map(|p| u32::from_be_bytes([0, p[0], p[1], p[2]]));
    let counts = counted(colours());
    let palette = chosen(&counts);
    let index: Colours<u8> = counts.iter().map(|(colour, _)| (*colour, nearest(&palette, *colour))).collect();
    let mut last = (u32::MAX, 0);
    let pixels = colours().map(|colour| {
        if colour != last.0 {
            last = (colour, index.get(&colour).copied().unwrap_or(0));
        }
        last.1
    });
    let pixels = pixels.collect();
    Indexed { palette: palette.iter().flat_map(|c| c.to_be_bytes()[1..].to_vec()).collect(), pixels }
}

/// The colours and how often each occurs, the most frequent first.
fn counted(colours: impl Iterator<Item = u32>) -> Vec<(u32, usize)> {
    let mut counts: Colours<usize> = Colours::default();
    let mut run = (u32::MAX, 0);
    // Most pixels are like their neighbour, so whole runs are counted at once.
    for colour in colours.chain([u32::MAX]) {
        if colour == run.0 {
            run.1 += 1;
            continue;
        }
        if run.1 > 0 {
            *counts.entry(run.0).or_default() += run.1;
        }
        run = (colour, 1);
    }
    let mut counts: Vec<(u32, usize)> = counts.into_iter().collect();
    counts.sort_unstable_by_key(|(colour, n)| (std::cmp::Reverse(*n), *colour));
    counts
}

/// The most frequent colours, then one for each of the fullest sixteenths of what is left.
fn chosen(counts: &[(u32, usize)]) -> Vec<u32> {
    if counts.len() <= MOST {
        return counts.iter().map(|(colour, _)| *colour).collect();
    }
    let (exact, rest) = counts.split_at(EXACT);
    let mut bins: Colours<(usize, u32)> = Colours::default();
    for (colour, n) in rest {
        // The bin is named by its first, most frequent colour.
        bins.entry(colour & 0x00f0_f0f0).or_insert((0, *colour)).0 += n;
    }
    let mut bins: Vec<(usize, u32)> = bins.into_values().collect();
    bins.sort_unstable_by(|a, b| b.cmp(a));
    exact.iter().map(|(colour, _)| *colour).chain(bins.into_iter().map(|(_, colour)| colour)).take(MOST).collect()
}

/// The index of the palette's colour nearest to this one.
fn nearest(palette: &[u32], colour: u32) -> u8 {
    let parts = |c: u32| c.to_be_bytes().map(i32::from);
    let [_, r, g, b] = parts(colour);
    let far = |c: u32| {
        let [_, cr, cg, cb] = parts(c);
        3 * (cr - r).pow(2) + 4 * (cg - g).pow(2) + 2 * (cb - b).pow(2)
    };
    palette.iter().enumerate().min_by_key(|(_, c)| far(**c)).map_or(0, |(i, _)| i as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rgba(colours: impl IntoIterator<Item = [u8; 3]>) -> Vec<u8> {
        colours.into_iter().flat_map(|[r, g, b]| [r, g, b, 255]).collect()
    }

    fn restored(picture: &Indexed) -> Vec<[u8; 3]> {
        picture.pixels.iter().map(|i| picture.palette.as_chunks::<3>().0[usize::from(*i)]).collect()
    }

    #[test]
    fn few_colours_are_all_kept() {
        let colours: Vec<[u8; 3]> = (0..=255u8).map(|i| [i, 255 - i, i / 2]).collect();
        assert_eq!(restored(&indexed(&rgba(colours.clone()))), colours);
    }

    #[test]
    fn of_many_colours_the_frequent_stay_and_the_rest_come_near() {
        let frequent = (0..200u8).flat_map(|i| [[i, 0, 200]; 50]);
        let rare = (0..2000u32).map(|i| [(i % 251) as u8, (i % 241) as u8, (i % 83) as u8]);
        let colours: Vec<[u8; 3]> = frequent.chain(rare).collect();
        let picture = indexed(&rgba(colours.clone()));
        assert!(picture.palette.len() <= 3 * MOST);
        let after = restored(&picture);
        assert_eq!(after[..200 * 50], colours[..200 * 50]);
        let off = |(a, b): (&[u8; 3], &[u8; 3])| a.iter().zip(b).map(|(x, y)| f64::from(x.abs_diff(*y))).sum::<f64>() / 3.0;
        let mean = after.iter().zip(&colours).skip(200 * 50).map(off).sum::<f64>() / 2000.0;
        assert!(mean < 24.0, "{mean}");
    }
}
