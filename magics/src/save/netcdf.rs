//! NetCDF's classic format with 64-bit offsets (CDF-2), which every NetCDF library reads.
//!
//! A file is a header of dimensions, attributes and variables, each list tagged and counted, all big-endian and padded to
//! four bytes; then the variables' values one after the other. It knows no 64-bit integers and no strings, so times are
//! doubles, and words are arrays of characters with a dimension of their own.

use super::{
    ContentError, Data,
    about::Fact,
    contents::{Contents, Variable},
};
use std::io::Write;

const MAGIC: &[u8; 4] = b"CDF\x02";
const DIMENSIONS: u32 = 0x0A;
const VARIABLES: u32 = 0x0B;
const ATTRIBUTES: u32 = 0x0C;
const CHARACTERS: u32 = 2;
const DOUBLES: u32 = 6;
/// The most bytes that one variable may have.
const MOST: u64 = u32::MAX as u64 - 3;

/// A variable as it lies in the file.
struct Laid<'c> {
    variable: &'c Variable,
    /// The indices of its dimensions.
    dimensions: Vec<u32>,
    /// The length of the longest word, where it holds words.
    longest: usize,
    /// How many bytes its values take, padding included.
    size: u64,
}

pub(super) fn write(contents: &Contents, out: &mut impl Write) -> Result<(), ContentError> {
    let mut dimensions: Vec<(String, usize)> = contents.dimensions.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect();
    if let Some((name, _)) = dimensions.iter().find(|(_, n)| *n == 0) {
        return Err(ContentError::Unfit(format!("classic NetCDF cannot hold a value without any {name}")));
    }
    let laid = contents.variables.iter().map(|v| lay(contents, v, &mut dimensions)).collect::<Result<Vec<_>, _>>()?;
    // The header is as long whatever offsets stand in it.
    let length = header(contents, &dimensions, &laid, 0)?.len() as u64;
    out.write_all(&header(contents, &dimensions, &laid, length)?)?;
    laid.iter().try_for_each(|variable| values(variable, out))
}

fn lay<'c>(contents: &Contents, variable: &'c Variable, dimensions: &mut Vec<(String, usize)>) -> Result<Laid<'c>, ContentError> {
    let mut longest = 0;
    let index = |name: &&str| contents.dimensions.iter().position(|(n, _)| n == name).unwrap_or_default() as u32;
    let mut own: Vec<u32> = variable.dimensions.iter().map(index).collect();
    let size = if let Data::Text(words) = &variable.data {
        longest = words.iter().map(String::len).max().unwrap_or(0).max(1);
        own.push(dimensions.len() as u32);
        dimensions.push((format!("{}_length", variable.name), longest));
        (words.len() * longest).next_multiple_of(4)
    } else {
        variable.data.len() * size_of::<f64>()
    } as u64;
    if size > MOST {
        let why = format!("{} has {size} bytes, and a variable of classic NetCDF at most {MOST}; .zarr has no such limit", variable.name);
        return Err(ContentError::Unfit(why));
    }
    Ok(Laid { variable, dimensions: own, longest, size })
}

/// The header of a file whose values begin at `begin`.
fn header(contents: &Contents, dimensions: &[(String, usize)], laid: &[Laid<'_>], mut begin: u64) -> Result<Vec<u8>, ContentError> {
    let mut head = Head(MAGIC.to_vec());
    // No dimension grows.
    head.number(0);
    head.list(DIMENSIONS, dimensions.len());
    for (name, length) in dimensions {
        head.text(name);
        let length = u32::try_from(*length).map_err(|_| ContentError::Unfit(format!("{name} is too long for classic NetCDF")))?;
        head.number(length);
    }
    head.list(ATTRIBUTES, contents.attributes.len());
    for (name, fact) in &contents.attributes {
        head.attribute(name, fact);
    }
    head.list(VARIABLES, laid.len());
    for Laid { variable, dimensions, size, .. } in laid {
        head.text(&variable.name);
        head.number(dimensions.len() as u32);
        for dimension in dimensions {
            head.number(*dimension);
        }
        head.attributes_of(variable);
        head.number(if matches!(variable.data, Data::Text(_)) { CHARACTERS } else { DOUBLES });
        head.number(*size as u32);
        head.0.extend(begin.to_be_bytes());
        begin += size;
    }
    Ok(head.0)
}

/// A header as it grows.
struct Head(Vec<u8>);

impl Head {
    fn number(&mut self, n: u32) {
        self.0.extend(n.to_be_bytes());
    }

    /// The tag and the count of a list; an empty one has no tag.
    fn list(&mut self, tag: u32, count: usize) {
        self.number(if count == 0 { 0 } else { tag });
        self.number(count as u32);
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u32);
        self.0.extend(text.as_bytes());
        self.0.resize(self.0.len().next_multiple_of(4), 0);
    }

    fn attribute(&mut self, name: &str, fact: &Fact) {
        self.text(name);
        match fact {
            Fact::Text(text) => {
                self.number(CHARACTERS);
                self.text(text);
            }
            Fact::Number(number) => {
                self.number(DOUBLES);
                self.number(1);
                self.0.extend(number.to_be_bytes());
            }
        }
    }

    /// A variable's attributes. Readers are told which numbers are missing, and how words are encoded.
    fn attributes_of(&mut self, variable: &Variable) {
        let reading = match &variable.data {
            // No coordinate is ever missing.
            Data::Numbers(_) if variable.is_coordinate() => None,
            Data::Numbers(_) => Some(("_FillValue", Fact::Number(f64::NAN))),
            Data::Text(_) => Some(("_Encoding", Fact::Text("utf-8".to_owned()))),
            Data::Seconds(_) => None,
        };
        self.list(ATTRIBUTES, variable.attributes.len() + usize::from(reading.is_some()));
        for (name, text) in &variable.attributes {
            self.attribute(name, &Fact::Text(text.clone()));
        }
        if let Some((name, fact)) = reading {
            self.attribute(name, &fact);
        }
    }
}

fn values(laid: &Laid<'_>, out: &mut impl Write) -> Result<(), ContentError> {
    match &laid.variable.data {
        Data::Numbers(values) => values.iter().try_for_each(|v| out.write_all(&v.to_be_bytes()))?,
        Data::Seconds(values) => values.iter().try_for_each(|v| out.write_all(&(*v as f64).to_be_bytes()))?,
        Data::Text(words) => {
            let mut cell = vec![0; laid.longest];
            for word in words {
                cell.fill(0);
                cell[..word.len()].copy_from_slice(word.as_bytes());
                out.write_all(&cell)?;
            }
            let padding = laid.size as usize - words.len() * laid.longest;
            out.write_all(&[0; 3][..padding])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Contents {
        let variable = |name: &str, data| Variable { name: name.to_owned(), dimensions: vec!["x"], data, attributes: Vec::new() };
        Contents {
            dimensions: vec![("x", 2)],
            variables: vec![
                variable("word", Data::Text(vec!["a".into(), "äb".into()])),
                variable("number", Data::Numbers(vec![1.0, f64::NAN])),
            ],
            attributes: vec![("n".to_owned(), Fact::Number(2.0))],
        }
    }

    #[test]
    fn a_file_is_laid_out_as_the_format_specification_says() {
        let mut bytes = Vec::new();
        write(&small(), &mut bytes).unwrap();
        let u32_at = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        // Magic, no records, then two dimensions: x of 2, and word_length of the three bytes of "äb".
        assert_eq!((&bytes[..4], u32_at(4), u32_at(8), u32_at(12)), (&b"CDF\x02"[..], 0, DIMENSIONS, 2));
        assert_eq!((u32_at(16), &bytes[20..24], u32_at(24)), (1, &b"x\0\0\0"[..], 2));
        assert_eq!((&bytes[32..43], u32_at(44)), (&b"word_length"[..], 3));
        // The values stand at the end: six characters and two of padding, then two doubles.
        let data = &bytes[bytes.len() - 24..];
        assert_eq!(&data[..8], "a\0\0äb\0\0".as_bytes());
        assert_eq!(&data[8..16], 1.0f64.to_be_bytes());
        assert!(f64::from_be_bytes(data[16..].try_into().unwrap()).is_nan());
        // The offset of the first variable's values, eight bytes, is where they stand.
        let offset = (bytes.len() as u64 - 24).to_be_bytes();
        assert!(bytes.windows(8).any(|w| w == offset));
    }

    #[test]
    fn a_dimension_of_nothing_is_refused() {
        let contents = Contents { dimensions: vec![("time", 0)], variables: Vec::new(), attributes: Vec::new() };
        let error = write(&contents, &mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "classic NetCDF cannot hold a value without any time");
    }
}
