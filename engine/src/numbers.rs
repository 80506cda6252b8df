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

/// The types of number that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    F32,
    F64,
}

impl Kind {
    /// The type that Zarr v3 calls so.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "int8" => Self::I8,
            "uint8" => Self::U8,
            "int16" => Self::I16,
            "uint16" => Self::U16,
            "int32" => Self::I32,
            "uint32" => Self::U32,
            "int64" => Self::I64,
            "uint64" => Self::U64,
            "float32" => Self::F32,
            "float64" => Self::F64,
            _ => return None,
        })
    }

    /// How many bytes a number takes.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// Whether numbers have a fraction.
    pub(crate) fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    /// The type of the same size whose numbers are signed, or are not.
    pub(crate) fn with_sign(self, signed: bool) -> Self {
        match (self, signed) {
            (Self::I8 | Self::U8, true) => Self::I8,
            (Self::I8 | Self::U8, false) => Self::U8,
            (Self::I16 | Self::U16, true) => Self::I16,
            (Self::I16 | Self::U16, false) => Self::U16,
            (Self::I32 | Self::U32, true) => Self::I32,
            (Self::I32 | Self::U32, false) => Self::U32,
            (Self::I64 | Self::U64, true) => Self::I64,
            (Self::I64 | Self::U64, false) => Self::U64,
            (float, _) => float,
        }
    }

    /// A number of any type as this type stores it: rounded to 32 bits, or the same bits read with another sign.
    pub(crate) fn stores(self, number: f64) -> f64 {
        match self {
            Self::F32 => f64::from(number as f32),
            Self::U8 | Self::U16 | Self::U32 | Self::U64 if number < 0.0 => number + 256_f64.powi(self.size() as i32),
            Self::I8 | Self::I16 | Self::I32 if number >= 256_f64.powi(self.size() as i32) / 2.0 => {
                number - 256_f64.powi(self.size() as i32)
            }
            _ => number,
        }
    }
}

/// Cells that lie side by side in two arrays: where they begin in the one, where in the other, and how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) length: usize,
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

    /// The type that they are stored in.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::I8(_) => Kind::I8,
            Self::U8(_) => Kind::U8,
            Self::I16(_) => Kind::I16,
            Self::U16(_) => Kind::U16,
            Self::I32(_) => Kind::I32,
            Self::U32(_) => Kind::U32,
            Self::I64(_) => Kind::I64,
            Self::U64(_) => Kind::U64,
            Self::F32(_) => Kind::F32,
            Self::F64(_) => Kind::F64,
        }
    }

    /// How many bytes they take.
    pub(crate) fn bytes(&self) -> usize {
        with_vector!(self, v => std::mem::size_of_val(v.as_slice()))
    }

    /// Their bytes, in the order of this machine.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        with_vector!(self, v => bytemuck::cast_slice_mut(v))
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

    /// That many zeros.
    pub(crate) fn zeros(kind: Kind, length: usize) -> Self {
        match kind {
            Kind::I8 => Self::I8(vec![0; length]),
            Kind::U8 => Self::U8(vec![0; length]),
            Kind::I16 => Self::I16(vec![0; length]),
            Kind::U16 => Self::U16(vec![0; length]),
            Kind::I32 => Self::I32(vec![0; length]),
            Kind::U32 => Self::U32(vec![0; length]),
            Kind::I64 => Self::I64(vec![0; length]),
            Kind::U64 => Self::U64(vec![0; length]),
            Kind::F32 => Self::F32(vec![0.0; length]),
            Kind::F64 => Self::F64(vec![0.0; length]),
        }
    }

    /// Copies stretches of cells out of another array of the same type.
    ///
    /// # Errors
    /// If the types differ, or a stretch is not in the arrays.
    pub(crate) fn copy_from(&mut self, other: &Self, stretches: &[Stretch]) -> Result<(), String> {
        fn copy<T: Copy>(to: &mut [T], from: &[T], stretches: &[Stretch]) -> Result<(), String> {
            for stretch in stretches {
                let source = from.get(stretch.from..stretch.from + stretch.length);
                let target = to.get_mut(stretch.to..stretch.to + stretch.length);
                let (Some(source), Some(target)) = (source, target) else { return Err("its chunks are smaller than it says".into()) };
                target.copy_from_slice(source);
            }
            Ok(())
        }
        match (self, other) {
            (Self::I8(a), Self::I8(b)) => copy(a, b, stretches),
            (Self::U8(a), Self::U8(b)) => copy(a, b, stretches),
            (Self::I16(a), Self::I16(b)) => copy(a, b, stretches),
            (Self::U16(a), Self::U16(b)) => copy(a, b, stretches),
            (Self::I32(a), Self::I32(b)) => copy(a, b, stretches),
            (Self::U32(a), Self::U32(b)) => copy(a, b, stretches),
            (Self::I64(a), Self::I64(b)) => copy(a, b, stretches),
            (Self::U64(a), Self::U64(b)) => copy(a, b, stretches),
            (Self::F32(a), Self::F32(b)) => copy(a, b, stretches),
            (Self::F64(a), Self::F64(b)) => copy(a, b, stretches),
            _ => Err("its chunks hold numbers of several types".into()),
        }
    }

    /// The same bits as whole numbers with a sign, or without.
    pub(crate) fn with_sign(self, signed: bool) -> Self {
        match (self, signed) {
            (Self::I8(v), false) => Self::U8(v.into_iter().map(i8::cast_unsigned).collect()),
            (Self::I16(v), false) => Self::U16(v.into_iter().map(i16::cast_unsigned).collect()),
            (Self::I32(v), false) => Self::U32(v.into_iter().map(i32::cast_unsigned).collect()),
            (Self::I64(v), false) => Self::U64(v.into_iter().map(i64::cast_unsigned).collect()),
            (Self::U8(v), true) => Self::I8(v.into_iter().map(u8::cast_signed).collect()),
            (Self::U16(v), true) => Self::I16(v.into_iter().map(u16::cast_signed).collect()),
            (Self::U32(v), true) => Self::I32(v.into_iter().map(u32::cast_signed).collect()),
            (Self::U64(v), true) => Self::I64(v.into_iter().map(u64::cast_signed).collect()),
            (same, _) => same,
        }
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

/// How stored numbers become values: `value = stored · scale + offset`, missing where stored equals a fill value or lies
/// outside the valid range, or the value is not finite (CF conventions 1.11, section 8.1 and 2.5.1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Packing {
    pub(crate) scale: f64,
    pub(crate) offset: f64,
    /// `_FillValue` and `missing_value`, as stored; NaN where there is none.
    pub(crate) fills: [f64; 2],
    /// The least and the greatest stored number that is valid; infinite where nothing is said.
    pub(crate) valid: [f64; 2],
}

impl Packing {
    /// Numbers that are the values.
    pub(crate) const NONE: Self = Self { scale: 1.0, offset: 0.0, fills: [f64::NAN; 2], valid: [f64::NEG_INFINITY, f64::INFINITY] };

    /// All numbers unpacked; missing ones are NaN.
    pub(crate) fn values(&self, numbers: &Numbers) -> Vec<f64> {
        let mut out = vec![0.0; numbers.len()];
        self.unpack(numbers, 0, 1, &mut out);
        out
    }

    /// Whether it unpacks every number as the other does.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let bits = |p: &Self| [p.scale, p.offset, p.fills[0], p.fills[1], p.valid[0], p.valid[1]].map(f64::to_bits);
        bits(self) == bits(other)
    }

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
        let Self { scale, offset, fills: [a, b], valid: [low, high] } = *self;
        for (value, raw) in out.iter_mut().zip(stored) {
            let raw = raw.widen();
            let unpacked = raw * scale + offset;
            let missing = raw == a || raw == b || raw < low || raw > high || !unpacked.is_finite();
            *value = if missing { f64::NAN } else { unpacked };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_numbers_are_scaled_and_fill_values_become_missing() {
        let packing = Packing { scale: 0.01, offset: 20.0, fills: [-32768.0, f64::NAN], ..Packing::NONE };
        let mut out = [0.0; 3];
        packing.unpack(&Numbers::I16(vec![0, 150, -32768, -50]), 1, 1, &mut out);
        assert_eq!(out[0], 21.5);
        assert!(out[1].is_nan());
        assert_eq!(out[2], 19.5);
    }

    #[test]
    fn a_stride_takes_every_nth_number() {
        let mut out = [0.0; 3];
        Packing::NONE.unpack(&Numbers::F32(vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), 2, 2, &mut out);
        assert_eq!(out, [2.0, 4.0, 6.0]);
    }

    #[test]
    fn what_lies_outside_the_valid_range_is_missing() {
        let packing = Packing { scale: -2.0, valid: [0.0, 10.0], ..Packing::NONE };
        let values = packing.values(&Numbers::I8(vec![-1, 0, 10, 11]));
        assert!(values[0].is_nan() && values[3].is_nan());
        assert_eq!(values[1..3], [0.0, -20.0]);
    }

    #[test]
    fn the_same_bits_are_read_with_either_sign() {
        assert_eq!(Packing::NONE.values(&Numbers::I8(vec![-1, 1]).with_sign(false)), [255.0, 1.0]);
        assert_eq!(Packing::NONE.values(&Numbers::U16(vec![65_535, 1]).with_sign(true)), [-1.0, 1.0]);
        assert_eq!((Kind::U8.stores(-1.0), Kind::I16.stores(65_535.0), Kind::F32.stores(0.1)), (255.0, -1.0, f64::from(0.1_f32)));
    }

    #[test]
    fn what_is_not_finite_is_missing() {
        let mut out = [0.0; 3];
        Packing::NONE.unpack(&Numbers::F64(vec![f64::INFINITY, f64::NAN, 1.0]), 0, 1, &mut out);
        assert!(out[0].is_nan() && out[1].is_nan() && out[2] == 1.0);
    }
}
