//! Positions in code: Unicode code points on the wire, bytes inside.

/// The byte at which the code point number `points` begins; the end of the code where it has fewer.
pub(crate) fn byte_offset(code: &str, points: usize) -> usize {
    code.char_indices().nth(points).map_or(code.len(), |(byte, _)| byte)
}

/// How many code points begin before the byte.
pub(crate) fn code_points(code: &str, byte: usize) -> usize {
    code.char_indices().take_while(|&(start, _)| start < byte).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_letter_outside_the_basic_plane_counts_as_one() {
        assert_eq!(byte_offset("𝐚b", 1), 4);
        assert_eq!(code_points("𝐚b", 4), 1);
    }

    proptest! {
        #[test]
        fn positions_survive_the_way_there_and_back(code in ".{0,20}", points in 0..25usize) {
            let byte = byte_offset(&code, points);
            prop_assert!(code.is_char_boundary(byte));
            prop_assert_eq!(code_points(&code, byte), points.min(code.chars().count()));
        }
    }
}
