//! A plotters backend that writes SVG for both themes.
//!
//! Plotters counts in whole pixels, so the sheet counts in tenths of a CSS pixel: curves stay smooth at any zoom.
//! Colours stand for roles. Each element carries its light colour as an attribute and a class that one
//! `@media (prefers-color-scheme: dark)` block recolours; the classes' prefix is a hash of the drawing, because
//! a page may hold several SVGs inline.

use super::{font, role::Role};
use base64::Engine;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontTransform};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt::Write;

type Done = Result<(), DrawingErrorKind<Infallible>>;

/// Stands for the prefix of classes and ids until the drawing is finished.
const PREFIX: char = '\u{1}';

/// A drawing in progress.
pub(crate) struct Sheet {
    size: (u32, u32),
    body: String,
    clips: usize,
    /// Which roles were used to fill (`f`) and to stroke (`s`).
    used: BTreeSet<(char, u8)>,
}

impl Sheet {
    /// An empty sheet of that many tenths of a pixel.
    pub(crate) fn new(size: (u32, u32)) -> Self {
        Self { size, body: String::new(), clips: 0, used: BTreeSet::new() }
    }

    fn push(&mut self, args: std::fmt::Arguments<'_>) {
        self.body.write_fmt(args).expect("writing to a string cannot fail");
    }

    /// The attributes that colour an element's inside or outline.
    fn paint(&mut self, property: char, colour: BackendColor) {
        let role = Role::of(colour);
        self.used.insert((property, role.code()));
        let name = if property == 'f' { "fill" } else { "stroke" };
        self.push(format_args!(" class=\"{PREFIX}{property}{}\" {name}=\"{}\"", role.code(), role.light()));
        if colour.alpha < 1.0 {
            self.push(format_args!(" {name}-opacity=\"{:.2}\"", colour.alpha));
        }
    }

    fn stroke<S: BackendStyle>(&mut self, style: &S) {
        self.paint('s', style.color());
        self.push(format_args!(" stroke-width=\"{}\"", style.stroke_width()));
        let dashes = Role::of(style.color()).dashes();
        if !dashes.is_empty() {
            self.push(format_args!(" stroke-dasharray=\"{dashes}\""));
        }
    }

    /// Writes a path's commands: absolute to begin, then relative, which is short. The stroke of no length at the
    /// start makes a lone point a dot, its caps being round.
    fn commands(&mut self, points: impl IntoIterator<Item = BackendCoord>) {
        let mut points = points.into_iter();
        let Some((mut x, mut y)) = points.next() else { return };
        self.push(format_args!("M{x} {y}l0 0"));
        for (next_x, next_y) in points {
            for step in [next_x - x, next_y - y] {
                // A minus sign separates numbers as well as a space does.
                let separator = if step < 0 { "" } else { " " };
                self.push(format_args!("{separator}{step}"));
            }
            (x, y) = (next_x, next_y);
        }
    }

    /// Fills the area that several rings enclose; a ring within a ring is a hole.
    pub(crate) fn fill_rings(&mut self, rings: &[Vec<BackendCoord>], colour: BackendColor) {
        self.body.push_str("<path fill-rule=\"evenodd\"");
        self.paint('f', colour);
        self.body.push_str(" d=\"");
        for ring in rings {
            self.commands(ring.iter().copied());
            self.body.push('z');
        }
        self.body.push_str("\"/>\n");
    }

    /// Fills a ring with a colour that means a number, and so is the same in both themes.
    pub(crate) fn fill_tinted(&mut self, ring: &[BackendCoord], colour: &str) {
        self.push(format_args!("<path fill=\"{colour}\" d=\""));
        self.commands(ring.iter().copied());
        self.body.push_str("z\"/>\n");
    }

    /// Dots as strokes of no length, whose round caps make them as wide as the stroke: a path takes far less than circles.
    pub(crate) fn dots<S: BackendStyle>(&mut self, centres: &[BackendCoord], style: &S) {
        self.body.push_str("<path fill=\"none\"");
        self.stroke(style);
        self.dotted(centres);
    }

    /// The same in a colour that means a number, and so is the same in both themes.
    pub(crate) fn tinted_dots(&mut self, centres: &[BackendCoord], diameter: i32, colour: &str) {
        self.push(format_args!("<path fill=\"none\" stroke=\"{colour}\" stroke-width=\"{diameter}\""));
        self.dotted(centres);
    }

    fn dotted(&mut self, centres: &[BackendCoord]) {
        self.body.push_str(" d=\"");
        for (x, y) in centres {
            self.push(format_args!("M{x} {y}l0 0"));
        }
        self.body.push_str("\"/>\n");
    }

    /// Strokes several curves alike.
    pub(crate) fn stroke_curves<S: BackendStyle>(&mut self, curves: &[Vec<BackendCoord>], style: &S) {
        self.body.push_str("<path fill=\"none\"");
        self.stroke(style);
        self.body.push_str(" d=\"");
        for curve in curves {
            self.commands(curve.iter().copied());
        }
        self.body.push_str("\"/>\n");
    }

    /// Everything up to [`Sheet::unclip`] is seen only within the rectangle.
    pub(crate) fn clip(&mut self, (x0, y0): BackendCoord, (x1, y1): BackendCoord) {
        let id = self.clips;
        self.clips += 1;
        self.push(format_args!(
            "<clipPath id=\"{PREFIX}c{id}\"><rect x=\"{x0}\" y=\"{y0}\" width=\"{}\" height=\"{}\"/></clipPath><g clip-path=\"url(#{PREFIX}c{id})\">\n",
            x1 - x0,
            y1 - y0
        ));
    }

    /// Ends what [`Sheet::clip`] began.
    pub(crate) fn unclip(&mut self) {
        self.body.push_str("</g>\n");
    }

    /// Stretches a PNG over the rectangle, each of its pixels a sharp block.
    pub(crate) fn image(&mut self, (x0, y0): BackendCoord, (x1, y1): BackendCoord, png: &[u8]) {
        self.push(format_args!(
            "<image x=\"{x0}\" y=\"{y0}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" href=\"data:image/png;base64,",
            x1 - x0,
            y1 - y0
        ));
        base64::engine::general_purpose::STANDARD.encode_string(png, &mut self.body);
        self.body.push_str("\"/>\n");
    }

    /// The SVG document, with a title and a description for those who cannot see it.
    pub(crate) fn finish(self, title: &str, description: &str) -> String {
        let prefix = format!("s{:012x}", hash(self.body.as_bytes()) & 0xffff_ffff_ffff);
        let (width, height) = self.size;
        let mut svg = String::with_capacity(self.body.len() + 2048);
        let head = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {width} {height}\" font-family=\"{}\" stroke-linejoin=\"round\" stroke-linecap=\"round\">\n<title>",
            f64::from(width) / 10.0,
            f64::from(height) / 10.0,
            font::FAMILY
        );
        svg.push_str(&head);
        escape(&mut svg, title);
        svg.push_str("</title>\n<desc>");
        escape(&mut svg, description);
        svg.push_str("</desc>\n<style>@media (prefers-color-scheme: dark){");
        for (property, code) in &self.used {
            let role = Role::of(BackendColor { alpha: 1.0, rgb: (*code, 0, 0) });
            let name = if *property == 'f' { "fill" } else { "stroke" };
            svg.extend([".", &prefix, &format!("{property}{code}"), "{", name, ":", role.dark(), "}"]);
        }
        svg.push_str("}</style>\n");
        let mut parts = self.body.split(PREFIX);
        svg.push_str(parts.next().unwrap_or_default());
        for part in parts {
            svg.push_str(&prefix);
            svg.push_str(part);
        }
        svg.push_str("</svg>\n");
        svg
    }
}

/// FNV-1a, 64 bits: the same drawing gets the same classes on every machine.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}

/// Adds text to an SVG; characters that XML cannot hold are dropped.
fn escape(svg: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '<' => svg.push_str("&lt;"),
            '>' => svg.push_str("&gt;"),
            '&' => svg.push_str("&amp;"),
            '"' => svg.push_str("&quot;"),
            '\n' | '\t' => svg.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => svg.push(c),
        }
    }
}

impl DrawingBackend for Sheet {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Done {
        Ok(())
    }

    fn present(&mut self) -> Done {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, colour: BackendColor) -> Done {
        self.draw_rect((x, y), (x + 1, y + 1), &colour, true)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Done {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(&mut self, (x0, y0): BackendCoord, (x1, y1): BackendCoord, style: &S, fill: bool) -> Done {
        self.push(format_args!("<rect x=\"{x0}\" y=\"{y0}\" width=\"{}\" height=\"{}\"", (x1 - x0).max(0), (y1 - y0).max(0)));
        if fill {
            self.paint('f', style.color());
        } else {
            self.body.push_str(" fill=\"none\"");
            self.stroke(style);
        }
        self.body.push_str("/>\n");
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Done {
        self.body.push_str("<path fill=\"none\"");
        self.stroke(style);
        self.body.push_str(" d=\"");
        self.commands(path);
        self.body.push_str("\"/>\n");
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, (x, y): BackendCoord, radius: u32, style: &S, fill: bool) -> Done {
        self.push(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\""));
        if fill {
            self.paint('f', style.color());
        } else {
            self.body.push_str(" fill=\"none\"");
            self.stroke(style);
        }
        self.body.push_str("/>\n");
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Done {
        let ring: Vec<BackendCoord> = path.into_iter().collect();
        self.fill_rings(&[ring], style.color());
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, (x, y): BackendCoord) -> Done {
        let down = match style.anchor().v_pos {
            VPos::Top => font::ASCENT,
            VPos::Center => font::HALF_CAPITAL,
            VPos::Bottom => 0.0,
        };
        let anchor = match style.anchor().h_pos {
            HPos::Left => "",
            HPos::Center => " text-anchor=\"middle\"",
            HPos::Right => " text-anchor=\"end\"",
        };
        let baseline = y + (down * style.size()).round() as i32;
        self.push(format_args!("<text x=\"{x}\" y=\"{baseline}\" font-size=\"{}\"{anchor}", style.size()));
        let turn = match style.transform() {
            FontTransform::None => 0,
            FontTransform::Rotate90 => 90,
            FontTransform::Rotate180 => 180,
            FontTransform::Rotate270 => 270,
        };
        if turn != 0 {
            self.push(format_args!(" transform=\"rotate({turn} {x} {y})\""));
        }
        self.paint('f', style.color());
        self.body.push('>');
        let mut escaped = String::new();
        escape(&mut escaped, text);
        self.body.push_str(&escaped);
        self.body.push_str("</text>\n");
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(&self, text: &str, style: &S) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let height = (font::ASCENT + font::DESCENT) * style.size();
        Ok((font::width(text, style.size()).ceil() as u32, height.ceil() as u32))
    }
}
