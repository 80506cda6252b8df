//! Numbers as files hold them, and what they mean: packing and missing values.

/// The numbers of a chunk in the type they are stored in, row-major.
#[derive(Clone, Debug)]
pub(crate) enum Numbers {
    I8(Vec<i8>),
    U8(Vec<u8>),
    I16(Vec<i16>),
    U16(Vec<u16>),
    I32(Vec<i32>),
    U32(Vec<u32>),
    I64(Vec<i64>),
    U64(Vec<u64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// Runs the same expression on the vector of any type.
macro_rules! with_vector {
    ($numbers:expr, $vector:ident => $body:expr) => {
        match $numbers {
            Numbers::I8($vector) => $body,
            Numbers::U8($vector) => $body,
            Numbers::I16($vector) => $body,
            Numbers::U16($vector) => $body,
            Numbers::I32($vector) => $body,
            Numbers::U32($vector) => $body,
            Numbers::I64($vector) => $body,
            Numbers::U64($vector) => $body,
            Numbers::F32($vector) => $body,
            Numbers::F64($vector) => $body,
        }
    };
}

/// A stored number that can be widened. 64-bit integers beyond 2⁵³ are rounded, as every other reader of such files does.
trait Stored: Copy {
    fn widen(self) -> f64;
}

macro_rules! stored {
    ($($kind:ty),*) => { $(impl Stored for $kind {
        #[allow(clippy::cast_lossless, reason = "one body for all types")]
        fn widen(self) -> f64 { self as f64 }
    })* };
}
stored!(i8, u8, i16, u16, i32, u32, i64, u64, f32, f64);

impl Numbers {
    /// How many numbers there are.
    pub(crate) fn len(&self) -> usize {
        with_vector!(self, v => v.len())
    }

    /// How many bytes they take.
    pub(crate) fn bytes(&self) -> usize {
        with_vector!(self, v => std::mem::size_of_val(v.as_slice()))
    }

    /// All of them, widened, as they are stored.
    pub(crate) fn to_f64(&self) -> Vec<f64> {
        with_vector!(self, v => v.iter().map(|n| n.widen()).collect())
    }

    /// Adds the numbers of another, of the same type, at the end.
    ///
    /// # Errors
    /// If the types differ.
    pub(crate) fn append(&mut self, other: Self) -> Result<(), String> {
        match (self, other) {
            (Self::I8(a), Self::I8(b)) => a.extend(b),
            (Self::U8(a), Self::U8(b)) => a.extend(b),
            (Self::I16(a), Self::I16(b)) => a.extend(b),
            (Self::U16(a), Self::U16(b)) => a.extend(b),
            (Self::I32(a), Self::I32(b)) => a.extend(b),
            (Self::U32(a), Self::U32(b)) => a.extend(b),
            (Self::I64(a), Self::I64(b)) => a.extend(b),
            (Self::U64(a), Self::U64(b)) => a.extend(b),
            (Self::F32(a), Self::F32(b)) => a.extend(b),
            (Self::F64(a), Self::F64(b)) => a.extend(b),
            _ => return Err("its chunks hold numbers of several types".into()),
        }
        Ok(())
    }

    /// Drops all but the first `length`.
    pub(crate) fn truncate(&mut self, length: usize) {
        with_vector!(self, v => v.truncate(length));
    }

    /// All of them as whole numbers, if they are stored as such.
    pub(crate) fn to_i64(&self) -> Option<Vec<i64>> {
        match self {
            Self::I8(v) => Some(v.iter().map(|n| i64::from(*n)).collect()),
            Self::U8(v) => Some(v.iter().map(|n| i64::from(*n)).collect()),
            Self::I16(v) => Some(v.iter().map(|n| i64::from(*n)).collect()),
            Self::U16(v) => Some(v.iter().map(|n| i64::from(*n)).collect()),
            Self::I32(v) => Some(v.iter().map(|n| i64::from(*n)).collect()),
            Self::U32(v) => Some(v.iter().map(|n| i64::from(*n)).collect()),
            Self::I64(v) => Some(v.clone()),
            Self::U64(v) => v.iter().map(|n| i64::try_from(*n).ok()).collect(),
            Self::F32(_) | Self::F64(_) => None,
        }
    }
}

/// How stored numbers become values: `value = stored · scale + offset`, missing where stored equals a fill value
/// or the value is not finite (CF conventions 1.11, section 8.1 and 2.5.1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Packing {
    pub(crate) scale: f64,
    pub(crate) offset: f64,
    /// `_FillValue` and `missing_value`, as stored; NaN where there is none.
    pub(crate) fills: [f64; 2],
}

impl Packing {
    /// Unpacks `out.len()` numbers from `start`, each `stride` after the last; missing ones become NaN.
    pub(crate) fn unpack(&self, numbers: &Numbers, start: usize, stride: usize, out: &mut [f64]) {
        with_vector!(numbers, v => {
            let stored = v.get(start..).unwrap_or_default();
            if stride == 1 {
                self.fill_in(stored.iter().copied(), out);
            } else {
                self.fill_in(stored.iter().copied().step_by(stride), out);
            }
        });
    }

    fn fill_in(&self, stored: impl Iterator<Item = impl Stored>, out: &mut [f64]) {
        let Self { scale, offset, fills: [a, b] } = *self;
        for (value, raw) in out.iter_mut().zip(stored) {
            let raw = raw.widen();
            let unpacked = raw * scale + offset;
            let missing = raw == a || raw == b || !unpacked.is_finite();
            *value = if missing { f64::NAN } else { unpacked };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AS_STORED: Packing = Packing { scale: 1.0, offset: 0.0, fills: [f64::NAN; 2] };

    #[test]
    fn packed_numbers_are_scaled_and_fill_values_become_missing() {
        let packing = Packing { scale: 0.01, offset: 20.0, fills: [-32768.0, f64::NAN] };
        let mut out = [0.0; 3];
        packing.unpack(&Numbers::I16(vec![0, 150, -32768, -50]), 1, 1, &mut out);
        assert_eq!(out[0], 21.5);
        assert!(out[1].is_nan());
        assert_eq!(out[2], 19.5);
    }

    #[test]
    fn a_stride_takes_every_nth_number() {
        let mut out = [0.0; 3];
        AS_STORED.unpack(&Numbers::F32(vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), 2, 2, &mut out);
        assert_eq!(out, [2.0, 4.0, 6.0]);
    }

    #[test]
    fn what_is_not_finite_is_missing() {
        let mut out = [0.0; 3];
        AS_STORED.unpack(&Numbers::F64(vec![f64::INFINITY, f64::NAN, 1.0]), 0, 1, &mut out);
        assert!(out[0].is_nan() && out[1].is_nan() && out[2] == 1.0);
    }
}
