//! Values as short text: what a cell shows of its last expression.

use ndarray::{ArrayBase, ArrayViewD, Axis, Data, Dimension};
use std::fmt::{self, Debug, Write};

/// The most characters that are shown of a value, and the most elements of a row; what is longer is cut.
const MOST_CHARACTERS: usize = 8000;
const MOST_ELEMENTS: usize = 60;

/// How many elements stand before and after a cut.
const ENDS: usize = 5;

/// How many rows or columns of an array stand before and after a cut.
const CORNER: usize = 3;

/// The `Debug` text, cut where it is long.
pub(crate) fn debug(value: &(impl Debug + ?Sized)) -> String {
    let mut text = Cut { text: String::new(), room: MOST_CHARACTERS };
    if write!(text, "{value:?}").is_err() {
        text.text.push('…');
    }
    text.text
}

/// Takes only so many characters.
struct Cut {
    text: String,
    room: usize,
}

impl Write for Cut {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        let end = piece.char_indices().nth(self.room).map_or(piece.len(), |(at, _)| at);
        self.text.push_str(&piece[..end]);
        self.room -= piece[..end].chars().count();
        if end == piece.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

/// `[1, 2, 3]`; of a long list the first and the last, and how many there are.
pub(crate) fn list<T: Debug>(elements: &[T]) -> String {
    if elements.len() <= MOST_ELEMENTS {
        return debug(elements);
    }
    let joined = |part: &[T]| part.iter().map(debug).collect::<Vec<_>>().join(", ");
    let (first, last) = (&elements[..ENDS], &elements[elements.len() - ENDS..]);
    format!("[{}, …, {}] ({} elements)", joined(first), joined(last), elements.len())
}

/// `[2, 3]` for the shape, then the numbers; of a large array its corners.
pub(crate) fn array<A: Debug, S: Data<Elem = A>, D: Dimension>(array: &ArrayBase<S, D>) -> String {
    let mut text = format!("array of shape {:?}", array.shape());
    text.push('\n');
    rows(&mut text, &array.view().into_dyn(), 0);
    text
}

fn rows<A: Debug>(text: &mut String, array: &ArrayViewD<'_, A>, depth: usize) {
    let Some(length) = array.shape().first().copied() else {
        text.push_str(&array.first().map(debug).unwrap_or_default());
        return;
    };
    // A column is cut as a list is; what has corners, as a table is.
    let (most, ends) = if array.ndim() == 1 && depth == 0 { (MOST_ELEMENTS, ENDS) } else { (2 * CORNER + 2, CORNER) };
    let shown: Vec<Option<usize>> = if length <= most {
        (0..length).map(Some).collect()
    } else {
        (0..ends).map(Some).chain([None]).chain((length - ends..length).map(Some)).collect()
    };
    let between = if array.ndim() == 1 { ", ".to_owned() } else { format!(",\n{}", " ".repeat(depth + 1)) };
    text.push('[');
    for (number, row) in shown.into_iter().enumerate() {
        if number > 0 {
            text.push_str(&between);
        }
        match row {
            Some(row) => rows(text, &array.index_axis(Axis(0), row), depth + 1),
            None => text.push('…'),
        }
    }
    text.push(']');
}

/// The least and the greatest number of an array, and how many are missing: `26.1 to 29.4, 3 missing`.
pub(crate) fn range<'n>(numbers: impl IntoIterator<Item = &'n f64>) -> String {
    let (mut least, mut greatest, mut missing) = (f64::INFINITY, f64::NEG_INFINITY, 0_usize);
    for number in numbers {
        if number.is_finite() {
            (least, greatest) = (least.min(*number), greatest.max(*number));
        } else {
            missing += 1;
        }
    }
    let range = if least > greatest { "no numbers".to_owned() } else { format!("{} to {}", short(least), short(greatest)) };
    if missing == 0 { range } else { format!("{range}, {missing} missing") }
}

/// Six significant digits, which tell numbers of the Earth apart.
fn short(number: f64) -> String {
    if number == 0.0 || !(1e-4..1e15).contains(&number.abs()) {
        return format!("{number:?}");
    }
    let digits = (5 - number.abs().log10().floor() as i32).max(0) as usize;
    let text = format!("{number:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array0, Array1, Array2, Array3};

    #[test]
    fn a_long_list_is_cut_and_counted_and_a_short_one_is_whole() {
        assert_eq!(list(&[1, 2, 3]), "[1, 2, 3]");
        assert_eq!(list::<u8>(&[]), "[]");
        let long: Vec<usize> = (0..1000).collect();
        assert_eq!(list(&long), "[0, 1, 2, 3, 4, …, 995, 996, 997, 998, 999] (1000 elements)");
    }

    #[test]
    fn any_other_long_text_ends_in_a_mark_after_so_many_characters() {
        assert_eq!(debug(&Some("short")), "Some(\"short\")");
        let text = debug(&Some(vec!['ä'; 10_000]));
        assert!(text.starts_with("Some(['ä', 'ä'") && text.ends_with('…'));
        assert_eq!(text.chars().count(), MOST_CHARACTERS + 1);
    }

    #[test]
    fn an_array_is_its_shape_and_its_numbers_or_its_corners() {
        assert_eq!(array(&Array1::from(vec![1.0, f64::NAN])), "array of shape [2]\n[1.0, NaN]");
        assert_eq!(array(&Array0::from_elem((), 5)), "array of shape []\n5");
        assert_eq!(array(&Array2::<f64>::zeros((0, 3))), "array of shape [0, 3]\n[]");
        let plane = Array2::from_shape_fn((20, 10), |(y, x)| 100 * y + x);
        same(
            &array(&plane),
            "array of shape [20, 10]\n\
             [[0, 1, 2, …, 7, 8, 9],\n [100, 101, 102, …, 107, 108, 109],\n [200, 201, 202, …, 207, 208, 209],\n …,\n \
             [1700, 1701, 1702, …, 1707, 1708, 1709],\n [1800, 1801, 1802, …, 1807, 1808, 1809],\n [1900, 1901, 1902, …, 1907, 1908, 1909]]",
        );
        same(&array(&Array3::<u8>::zeros((2, 1, 2))), "array of shape [2, 1, 2]\n[[[0, 0]],\n [[0, 0]]]");
        let long = array(&Array1::from_elem(1_000_000, 0.5));
        same(&long, "array of shape [1000000]\n[0.5, 0.5, 0.5, 0.5, 0.5, …, 0.5, 0.5, 0.5, 0.5, 0.5]");
    }

    #[track_caller]
    fn same(found: &str, expected: &str) {
        assert_eq!(found, expected, "\n{found}\n{expected}");
    }

    #[test]
    fn a_range_leaves_out_what_is_missing() {
        assert_eq!(range(&[26.123_456_7, f64::NAN, 29.5]), "26.1235 to 29.5, 1 missing");
        assert_eq!(range(&[0.0, -1234.0, 1_234_567.0]), "-1234 to 1234567");
        assert_eq!(range(&[]), "no numbers");
        assert_eq!(range(&[f64::NAN]), "no numbers, 1 missing");
        assert_eq!(range(&[1e-9, 2e20]), "1e-9 to 2e20");
    }
}
