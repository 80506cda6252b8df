//! Bob Jenkins' `lookup3`, by which HDF5 checks its metadata.

/// The check of these bytes, begun at 0.
pub(super) fn lookup3(bytes: &[u8]) -> u32 {
    let start = 0xdead_beef_u32.wrapping_add(bytes.len() as u32);
    let mut state = [start; 3];
    let mut rest = bytes;
    while rest.len() > 12 {
        let (block, after) = rest.split_at(12);
        add(&mut state, block);
        mix(&mut state);
        rest = after;
    }
    if rest.is_empty() {
        return state[2];
    }
    add(&mut state, rest);
    finish(&mut state);
    state[2]
}

/// Adds up to twelve bytes; what is missing is zero.
fn add(state: &mut [u32; 3], block: &[u8]) {
    for (word, part) in state.iter_mut().zip(block.chunks(4)) {
        let mut bytes = [0; 4];
        bytes[..part.len()].copy_from_slice(part);
        *word = word.wrapping_add(u32::from_le_bytes(bytes));
    }
}

fn mix([a, b, c]: &mut [u32; 3]) {
    /// `x` loses `z`, is mixed with `z` turned, and `z` gains `y`.
    fn step(x: &mut u32, y: u32, z: &mut u32, turn: u32) {
        *x = x.wrapping_sub(*z) ^ z.rotate_left(turn);
        *z = z.wrapping_add(y);
    }
    step(a, *b, c, 4);
    step(b, *c, a, 6);
    step(c, *a, b, 8);
    step(a, *b, c, 16);
    step(b, *c, a, 19);
    step(c, *a, b, 4);
}

fn finish([a, b, c]: &mut [u32; 3]) {
    /// `x` is mixed with `y`, and loses `y` turned.
    fn step(x: &mut u32, y: u32, turn: u32) {
        *x = (*x ^ y).wrapping_sub(y.rotate_left(turn));
    }
    step(c, *b, 14);
    step(a, *c, 11);
    step(b, *a, 25);
    step(c, *b, 16);
    step(a, *c, 4);
    step(b, *a, 14);
    step(c, *b, 24);
}

#[cfg(test)]
mod tests {
    use super::lookup3;

    /// From the self-test that its author gives with it.
    #[test]
    fn known_texts_have_their_known_checks() {
        assert_eq!(lookup3(b""), 0xdead_beef);
        assert_eq!(lookup3(b"Four score and seven years ago"), 0x1777_0551);
    }
}
