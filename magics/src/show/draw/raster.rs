//! From SVG to PNG: the same picture for those who draw no SVG.

use super::palette;
use crate::show::DrawError;
use png::{BitDepth, ColorType, DeflateCompression, Encoder, Filter, PixelDimensions, Unit};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use std::sync::{Arc, LazyLock};

/// CSS pixels in an inch.
const INCH: f32 = 96.0;

/// More pixels than this take more memory than a picture is worth.
const MOST: f32 = 64e6;

/// Only the embedded font is known, so that every machine draws the same pixels.
static OPTIONS: LazyLock<Options<'static>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(super::font::BYTES.to_vec());
    Options { fontdb: Arc::new(fonts), font_family: "DejaVu Sans".to_owned(), ..Options::default() }
});

/// A PNG, and the size in CSS pixels at which it is to be shown.
pub(crate) struct Picture {
    pub(crate) bytes: Vec<u8>,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// The SVG as a PNG of so many pixels per inch, by the colours of its light theme.
///
/// # Errors
/// If the SVG cannot be read, or is too large to draw.
pub(crate) fn png(svg: &str, dpi: u32) -> Result<Picture, DrawError> {
    let tree = Tree::from_str(svg, &OPTIONS).map_err(|e| DrawError::Raster(e.to_string()))?;
    let size = tree.size();
    let scale = dpi as f32 / INCH;
    let (width, height) = ((size.width() * scale).round(), (size.height() * scale).round());
    let pixmap = if width * height > MOST { None } else { Pixmap::new(width as u32, height as u32) };
    let mut pixmap = pixmap.ok_or_else(|| DrawError::Raster(format!("{width} × {height} pixels are too many; a lower dpi needs fewer")))?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    Ok(Picture { bytes: encode(&pixmap, dpi)?, width: size.width().round() as u32, height: size.height().round() as u32 })
}

/// The background is opaque, so the alpha channel says nothing and is left out.
fn encode(pixmap: &Pixmap, dpi: u32) -> Result<Vec<u8>, DrawError> {
    let picture = palette::indexed(pixmap.data());
    let mut bytes = Vec::with_capacity(picture.pixels.len() / 16);
    let mut encoder = Encoder::new(&mut bytes, pixmap.width(), pixmap.height());
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(picture.palette);
    encoder.set_deflate_compression(DeflateCompression::Level(2));
    encoder.set_filter(Filter::NoFilter);
    let per_metre = (f64::from(dpi) / 0.0254).round() as u32;
    encoder.set_pixel_dims(Some(PixelDimensions { xppu: per_metre, yppu: per_metre, unit: Unit::Meter }));
    let written = encoder.write_header().and_then(|mut w| w.write_image_data(&picture.pixels));
    written.map_err(|e| DrawError::Raster(e.to_string()))?;
    Ok(bytes)
}
