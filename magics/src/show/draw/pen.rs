//! Draws with plotters on a sheet, in CSS pixels.

use super::{font, role::Role, sheet::Sheet};
use crate::show::DrawError;
use plotters::coord::Shift;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::{Circle, Color, DrawingArea, IntoFont, PathElement, Rectangle, ShapeStyle, Text as Written, TextStyle};
use plotters::style::FontTransform;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;

/// Whether something could be drawn.
pub(crate) type Drawn = Result<(), DrawError>;

/// A place on the figure, in CSS pixels from its upper left corner.
pub(crate) type Point = (f64, f64);

impl From<DrawingAreaErrorKind<Infallible>> for DrawError {
    fn from(error: DrawingAreaErrorKind<Infallible>) -> Self {
        Self::Drawing(error.to_string())
    }
}

/// A rectangle in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rect {
    pub(crate) x0: f64,
    pub(crate) y0: f64,
    pub(crate) x1: f64,
    pub(crate) y1: f64,
}

impl Rect {
    pub(crate) fn width(&self) -> f64 {
        self.x1 - self.x0
    }

    pub(crate) fn height(&self) -> f64 {
        self.y1 - self.y0
    }

    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.x0 < other.x1 && other.x0 < self.x1 && self.y0 < other.y1 && other.y0 < self.y1
    }

    pub(crate) fn grown(&self, by: f64) -> Self {
        Self { x0: self.x0 - by, y0: self.y0 - by, x1: self.x1 + by, y1: self.y1 + by }
    }

    pub(crate) fn holds(&self, other: &Self) -> bool {
        self.x0 <= other.x0 && other.x1 <= self.x1 && self.y0 <= other.y0 && other.y1 <= self.y1
    }
}

/// How a line is drawn: its role, its width in CSS pixels, its opacity from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stroke(pub(crate) Role, pub(crate) f64, pub(crate) f64);

impl Stroke {
    pub(crate) fn style(self) -> ShapeStyle {
        ShapeStyle { color: self.0.colour().mix(self.2), filled: false, stroke_width: (self.1 * 10.0).round() as u32 }
    }
}

/// How text is drawn.
#[derive(Clone, Copy)]
pub(crate) struct Text {
    pub(crate) size: f64,
    pub(crate) role: Role,
    pub(crate) across: HPos,
    pub(crate) down: VPos,
    pub(crate) turn: Turn,
}

/// The direction in which text runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Level,
    Upwards,
    Downwards,
}

impl Text {
    /// Level text that begins at its point, whose middle line runs through it.
    pub(crate) const fn new(size: f64, role: Role) -> Self {
        Self { size, role, across: HPos::Left, down: VPos::Center, turn: Turn::Level }
    }

    pub(crate) fn centred(self) -> Self {
        Self { across: HPos::Center, ..self }
    }

    pub(crate) fn ending(self) -> Self {
        Self { across: HPos::Right, ..self }
    }

    pub(crate) fn turned(self, turn: Turn) -> Self {
        Self { turn, ..self }
    }

    /// The space that level text takes.
    pub(crate) fn space(&self, (x, y): Point, text: &str) -> Rect {
        let width = font::width(text, self.size);
        let x0 = match self.across {
            HPos::Left => x,
            HPos::Center => x - width / 2.0,
            HPos::Right => x - width,
        };
        let baseline = y + self.size
            * match self.down {
                VPos::Top => font::ASCENT,
                VPos::Center => font::HALF_CAPITAL,
                VPos::Bottom => 0.0,
            };
        Rect { x0, y0: baseline - font::ASCENT * self.size, x1: x0 + width, y1: baseline + font::DESCENT * self.size }
    }
}

/// Draws on one sheet.
pub(crate) struct Pen {
    sheet: Rc<RefCell<Sheet>>,
    area: DrawingArea<Sheet, Shift>,
}

pub(crate) fn tenths(css: f64) -> i32 {
    (css * 10.0).round() as i32
}

pub(crate) fn at((x, y): Point) -> (i32, i32) {
    (tenths(x), tenths(y))
}

impl Pen {
    /// A pen on fresh paper of that size.
    pub(crate) fn new(width: f64, height: f64) -> Result<Self, DrawError> {
        // Whole pixels, so that no row of them is painted in part.
        let (width, height) = (width.ceil().max(1.0), height.ceil().max(1.0));
        let size = (tenths(width) as u32, tenths(height) as u32);
        let sheet = Rc::new(RefCell::new(Sheet::new(size)));
        let pen = Self { area: DrawingArea::from(&sheet), sheet };
        pen.fill(&Rect { x0: 0.0, y0: 0.0, x1: width, y1: height }, Role::Paper, 1.0)?;
        Ok(pen)
    }

    pub(crate) fn text(&self, point: Point, text: &str, look: &Text) -> Drawn {
        if text.is_empty() {
            return Ok(());
        }
        let font = ("DejaVu Sans", look.size * 10.0).into_font();
        let font = match look.turn {
            Turn::Level => font,
            Turn::Upwards => font.transform(FontTransform::Rotate270),
            Turn::Downwards => font.transform(FontTransform::Rotate90),
        };
        let colour = look.role.colour();
        let style = TextStyle::from(font).color(&colour).pos(Pos::new(look.across, look.down));
        Ok(self.area.draw(&Written::new(text, at(point), style))?)
    }

    pub(crate) fn curve(&self, points: &[Point], stroke: Stroke) -> Drawn {
        Ok(self.area.draw(&PathElement::new(points.iter().map(|p| at(*p)).collect::<Vec<_>>(), stroke.style()))?)
    }

    pub(crate) fn rule(&self, from: Point, to: Point, stroke: Stroke) -> Drawn {
        self.curve(&[from, to], stroke)
    }

    pub(crate) fn fill(&self, rect: &Rect, role: Role, opacity: f64) -> Drawn {
        Ok(self.area.draw(&Rectangle::new(corners(rect), role.colour().mix(opacity).filled()))?)
    }

    pub(crate) fn outline(&self, rect: &Rect, stroke: Stroke) -> Drawn {
        Ok(self.area.draw(&Rectangle::new(corners(rect), stroke.style()))?)
    }

    pub(crate) fn dot(&self, centre: Point, radius: f64, role: Role) -> Drawn {
        Ok(self.area.draw(&Circle::new(at(centre), tenths(radius), role.colour().filled()))?)
    }

    /// Fills the area of several rings of tenths of pixels; a ring within a ring is a hole.
    pub(crate) fn rings(&self, rings: &[Vec<(i32, i32)>], role: Role, opacity: f64) {
        if !rings.is_empty() {
            self.sheet.borrow_mut().fill_rings(rings, role.colour().mix(opacity).to_backend_color());
        }
    }

    /// Strokes several curves of tenths of pixels.
    pub(crate) fn curves(&self, curves: &[Vec<(i32, i32)>], stroke: Stroke) {
        if !curves.is_empty() {
            self.sheet.borrow_mut().stroke_curves(curves, &stroke.style());
        }
    }

    /// Fills a ring with a colour that means a number, `#rrggbb`.
    pub(crate) fn tinted(&self, ring: &[Point], colour: &str) {
        let ring: Vec<(i32, i32)> = ring.iter().map(|p| at(*p)).collect();
        self.sheet.borrow_mut().fill_tinted(&ring, colour);
    }

    /// Round dots of one size.
    pub(crate) fn dots(&self, centres: &[(i32, i32)], diameter: f64, role: Role, opacity: f64) {
        if !centres.is_empty() {
            self.sheet.borrow_mut().dots(centres, &Stroke(role, diameter, opacity).style());
        }
    }

    /// Round dots of one size, in a colour that means a number, `#rrggbb`.
    pub(crate) fn tinted_dots(&self, centres: &[(i32, i32)], diameter: f64, colour: &str) {
        self.sheet.borrow_mut().tinted_dots(centres, tenths(diameter), colour);
    }

    /// Stretches a PNG over the rectangle.
    pub(crate) fn picture(&self, rect: &Rect, png: &[u8]) {
        let [upper, lower] = corners(rect);
        self.sheet.borrow_mut().image(upper, lower, png);
    }

    /// What `draw` draws is seen only within the rectangle.
    pub(crate) fn clipped<T>(&self, rect: &Rect, draw: impl FnOnce(&Self) -> T) -> T {
        let [upper, lower] = corners(rect);
        self.sheet.borrow_mut().clip(upper, lower);
        let drawn = draw(self);
        self.sheet.borrow_mut().unclip();
        drawn
    }

    /// The SVG.
    pub(crate) fn finish(self, title: &str, description: &str) -> String {
        // The area shares the sheet.
        self.sheet.replace(Sheet::new((0, 0))).finish(title, description)
    }
}

fn corners(rect: &Rect) -> [(i32, i32); 2] {
    [at((rect.x0, rect.y0)), at((rect.x1, rect.y1))]
}
