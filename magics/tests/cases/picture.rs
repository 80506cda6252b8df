//! Pictures of SVGs by day and by night, and how far two of them differ.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use std::sync::{Arc, LazyLock};

/// A picture: width, height, and rows of RGB.
pub(crate) type Picture = (u32, u32, Vec<u8>);

static OPTIONS: LazyLock<Options<'static>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(super::FONT.to_vec());
    Options { fontdb: Arc::new(fonts), ..Options::default() }
});

/// The SVG as a reader with a dark theme sees it: its one media block always holds.
pub(crate) fn by_night(svg: &str) -> String {
    svg.replacen("@media (prefers-color-scheme: dark){", "", 1).replacen("}}</style>", "}</style>", 1)
}

/// The SVG at so many pixels for each CSS pixel.
pub(crate) fn drawn(svg: &str, scale: f32) -> Picture {
    let tree = Tree::from_str(svg, &OPTIONS).expect("an SVG");
    let size = tree.size().to_int_size();
    let side = |css: u32| (css as f32 * scale).ceil() as u32;
    let mut pixmap = Pixmap::new(side(size.width()), side(size.height())).expect("a size");
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    (pixmap.width(), pixmap.height(), pixmap.data().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect())
}

/// The SVG at half its CSS size, in 16 shades of each colour: small to keep, and enough to see what changed.
pub(crate) fn small(svg: &str) -> Picture {
    let (width, height, rgb) = drawn(svg, 0.5);
    (width, height, rgb.into_iter().map(|v| (v >> 4) * 17).collect())
}

/// A PNG of the picture.
pub(crate) fn encode((width, height, rgb): &Picture) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, *width, *height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    encoder.write_header().expect("a header").write_image_data(rgb).expect("pixels");
    bytes
}

/// The picture of a PNG without alpha.
pub(crate) fn decode(png: &[u8]) -> Picture {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().expect("a PNG");
    let mut rgb = vec![0; reader.output_buffer_size().expect("a size")];
    reader.next_frame(&mut rgb).expect("pixels");
    (reader.info().width, reader.info().height, rgb)
}

/// How far two pictures differ where they differ most: the mean difference of the worst 16 × 16 block, 0 to 255.
///
/// A label that moved or a line that vanished changes its block by much; another rounding of a pixel changes none.
pub(crate) fn difference(a: &Picture, b: &Picture) -> f64 {
    const BLOCK: usize = 16;
    if (a.0, a.1) != (b.0, b.1) {
        return f64::INFINITY;
    }
    let (width, height) = (a.0 as usize, a.1 as usize);
    let mut worst: f64 = 0.0;
    for top in (0..height).step_by(BLOCK) {
        for left in (0..width).step_by(BLOCK) {
            let (bottom, right) = ((top + BLOCK).min(height), (left + BLOCK).min(width));
            let bytes = (top..bottom).flat_map(|y| (y * width + left) * 3..(y * width + right) * 3);
            let sum: f64 = bytes.map(|i| f64::from(a.2[i].abs_diff(b.2[i]))).sum();
            worst = worst.max(sum / ((bottom - top) * (right - left) * 3) as f64);
        }
    }
    worst
}
