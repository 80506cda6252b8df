//! Pictures of SVGs by day and by night, and how far two of them differ.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use std::sync::{Arc, LazyLock};

static OPTIONS: LazyLock<Options<'static>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(include_bytes!("../../assets/DejaVuSans-subset.ttf").to_vec());
    Options { fontdb: Arc::new(fonts), ..Options::default() }
});

/// The SVG as a reader with a dark theme sees it: its one media block always holds.
pub fn by_night(svg: &str) -> String {
    svg.replacen("@media (prefers-color-scheme: dark){", "", 1).replacen("}}</style>", "}</style>", 1)
}

/// The SVG at its CSS size, as rows of RGB.
pub fn drawn(svg: &str) -> (u32, u32, Vec<u8>) {
    let tree = Tree::from_str(svg, &OPTIONS).expect("an SVG");
    let size = tree.size().to_int_size();
    let mut pixmap = Pixmap::new(size.width(), size.height()).expect("a size");
    resvg::render(&tree, Transform::default(), &mut pixmap.as_mut());
    (size.width(), size.height(), pixmap.data().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect())
}

/// A PNG of that picture.
pub fn encode((width, height, rgb): &(u32, u32, Vec<u8>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, *width, *height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    encoder.write_header().expect("a header").write_image_data(rgb).expect("pixels");
    bytes
}
