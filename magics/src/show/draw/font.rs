//! The one font of every figure, embedded: how wide its text is, and how text is broken to fit.

use ab_glyph::{Font, FontRef};
use std::sync::LazyLock;

/// The font `DejaVu Sans`, reduced to the characters that figures need. It has no kerning, so a text is as wide as its characters.
pub(crate) static BYTES: &[u8] = include_bytes!("../../../assets/DejaVuSans-subset.ttf");

/// What an SVG asks for: the embedded font where it is rasterised here, its widest-spread kin elsewhere.
pub(crate) const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

/// Heights above and below the baseline, in ems, that hold every Latin letter with its accents.
pub(crate) const ASCENT: f64 = 0.78;
pub(crate) const DESCENT: f64 = 0.24;

/// Half the height of a capital or a figure, in ems: how far the baseline lies below the middle of a line of text.
pub(crate) const HALF_CAPITAL: f64 = 0.365;

/// From one baseline to the next, in ems.
pub(crate) const LINE: f64 = 1.3;

static FACE: LazyLock<FontRef<'static>> = LazyLock::new(|| FontRef::try_from_slice(BYTES).expect("the embedded font is a font"));

/// The width of a character in ems; one that the font lacks is taken for a full em, as another font might draw it.
fn advance(c: char) -> f64 {
    let glyph = FACE.glyph_id(c);
    if glyph.0 == 0 { 1.0 } else { f64::from(FACE.h_advance_unscaled(glyph)) / f64::from(FACE.units_per_em().unwrap_or(2048.0)) }
}

/// How wide a line of text is at that size, in the unit of the size.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size
}

/// The text, its end cut off for `…` if it is wider than `room`.
pub(crate) fn shortened(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut left = room - width("…", size);
    let kept: String = text
        .chars()
        .take_while(|c| {
            left -= advance(*c) * size;
            left >= 0.0
        })
        .collect();
    format!("{}…", kept.trim_end())
}

/// The text in at most `most` lines no wider than `room`, broken between words where that can be.
pub(crate) fn wrapped(text: &str, size: f64, room: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in words(text, size, room) {
        let longer = if line.is_empty() { word.clone() } else { format!("{line} {word}") };
        if width(&longer, size) <= room {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        line = broken(&word, size, room, &mut lines);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    if lines.len() > most {
        let rest = lines.split_off(most.saturating_sub(1)).join(" ");
        lines.push(shortened(&rest, size, room));
    }
    lines
}

/// The words of a text; a unit in brackets is one word, if it fits on a line.
fn words(text: &str, size: f64, room: f64) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split_ascii_whitespace() {
        match words.last_mut() {
            Some(last) if last.starts_with('(') && !last.contains(')') && width(last, size) + width(word, size) + size < room => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// Puts all but the last piece of a word that is too long for a line onto `lines`.
fn broken(word: &str, size: f64, room: f64, lines: &mut Vec<String>) -> String {
    let mut piece = String::new();
    let mut used = 0.0;
    for c in word.chars() {
        let w = advance(c) * size;
        if used + w > room && !piece.is_empty() {
            lines.push(std::mem::take(&mut piece));
            used = 0.0;
        }
        piece.push(c);
        used += w;
    }
    piece
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_font_has_what_figures_write() {
        for c in "azAZ09 °C³⁻¹µ×–−…·±σΔβäöüéñł→%()▁█".chars().filter(|c| !"▁█".contains(*c)) {
            assert_ne!(FACE.glyph_id(c).0, 0, "{c}");
        }
    }

    #[test]
    fn text_is_as_wide_as_its_characters() {
        assert!((width("mm", 10.0) - 2.0 * width("m", 10.0)).abs() < 1e-9);
        assert!(width("W", 10.0) > width("i", 10.0));
        assert_eq!(width("", 10.0), 0.0);
    }

    #[test]
    fn long_text_is_wrapped_within_its_room_and_cut_at_the_last_line() {
        let text = "a long title about the temperature of the sea surface in the tropical Pacific Ocean";
        let lines = wrapped(text, 15.0, 200.0, 9);
        assert!(lines.iter().all(|l| width(l, 15.0) <= 200.0));
        assert_eq!(lines.join(" "), text);
        let two = wrapped(text, 15.0, 200.0, 2);
        assert_eq!(two.len(), 2);
        assert!(two[1].ends_with('…') && width(&two[1], 15.0) <= 200.0);
        let broken = wrapped(&"x".repeat(100), 15.0, 200.0, 99);
        assert!(broken.len() > 1 && broken.iter().all(|l| width(l, 15.0) <= 200.0));
        assert!(wrapped("", 15.0, 200.0, 2).is_empty());
        assert_eq!(wrapped("some discharge (m³ s⁻¹)", 15.0, 150.0, 2), ["some discharge", "(m³ s⁻¹)"]);
    }
}
