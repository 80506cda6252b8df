//! Makes classic NetCDF files (CDF-1) for the tests, of any contents.

use std::path::Path;

/// What an attribute says.
pub(crate) enum Said<'a> {
    Text(&'a str),
    Number(f64),
}

/// Numbers of a type.
pub(crate) enum Held {
    I16(Vec<i16>),
    /// So many of 16 bits that nobody wrote: a hole in the file, which reads as zeros. The last variable alone may be one.
    #[allow(dead_code, reason = "most tests write all that they have")]
    Hole(usize),
    F64(Vec<f64>),
}

/// A variable: its name, its dimensions, what is said of it, and its numbers.
pub(crate) type Variable<'a> = (&'a str, Vec<&'a str>, Vec<(&'a str, Said<'a>)>, Held);

/// Writes a file with these dimensions and variables.
pub(crate) fn write(path: &Path, dimensions: &[(&str, usize)], variables: &[Variable<'_>]) {
    write_saying(path, &[], dimensions, variables);
}

/// The same, with what is said of the whole file.
pub(crate) fn write_saying(path: &Path, said: &[(&str, Said<'_>)], dimensions: &[(&str, usize)], variables: &[Variable<'_>]) {
    let header = |begins: &[u32]| {
        let mut out = b"CDF\x01\0\0\0\0".to_vec();
        list(&mut out, 10, dimensions.len());
        for (name, length) in dimensions {
            text(&mut out, name);
            word(&mut out, *length);
        }
        say(&mut out, said);
        list(&mut out, 11, variables.len());
        for ((name, own, attributes, held), begin) in variables.iter().zip(begins) {
            text(&mut out, name);
            word(&mut out, own.len());
            for dimension in own {
                word(&mut out, dimensions.iter().position(|(d, _)| d == dimension).unwrap());
            }
            say(&mut out, attributes);
            word(&mut out, if matches!(held, Held::F64(_)) { 6 } else { 3 });
            word(&mut out, size(held));
            word(&mut out, *begin as usize);
        }
        out
    };
    let mut at = header(&vec![0; variables.len()]).len() as u32;
    let mut begins = Vec::new();
    for (.., held) in variables {
        begins.push(at);
        at += size(held) as u32;
    }
    let mut out = header(&begins);
    for (.., held) in variables {
        out.extend(bytes(held));
    }
    std::fs::write(path, out).unwrap();
    std::fs::File::options().write(true).open(path).unwrap().set_len(at.into()).unwrap();
}

/// Attributes.
fn say(out: &mut Vec<u8>, attributes: &[(&str, Said<'_>)]) {
    list(out, 12, attributes.len());
    for (name, said) in attributes {
        text(out, name);
        match said {
            Said::Text(words) => {
                word(out, 2);
                text(out, words);
            }
            Said::Number(number) => {
                word(out, 6);
                word(out, 1);
                out.extend(number.to_be_bytes());
            }
        }
    }
}

/// A tag and a count; nothing at all is two zeros.
fn list(out: &mut Vec<u8>, tag: usize, count: usize) {
    word(out, if count == 0 { 0 } else { tag });
    word(out, count);
}

fn word(out: &mut Vec<u8>, number: usize) {
    out.extend((number as u32).to_be_bytes());
}

fn text(out: &mut Vec<u8>, words: &str) {
    word(out, words.len());
    out.extend(words.bytes());
    out.resize(out.len().next_multiple_of(4), 0);
}

fn size(held: &Held) -> usize {
    if let Held::Hole(numbers) = held { (numbers * 2).next_multiple_of(4) } else { bytes(held).len() }
}

fn bytes(held: &Held) -> Vec<u8> {
    let mut out: Vec<u8> = match held {
        Held::I16(numbers) => numbers.iter().flat_map(|n| n.to_be_bytes()).collect(),
        Held::F64(numbers) => numbers.iter().flat_map(|n| n.to_be_bytes()).collect(),
        Held::Hole(_) => Vec::new(),
    };
    out.resize(out.len().next_multiple_of(4), 0);
    out
}
