//! Small HDF5 files of groups, each with columns and attributes: what a NetCDF-4 file is, written at once.
//!
//! After the HDF5 File Format Specification, version 3.0: superblock 2, object headers 2, compact links, contiguous data. All is
//! little-endian. An attribute is one number, or text in UTF-8; a column is 64-bit floats or 32-bit integers. Dimensions have no
//! names, so NetCDF libraries call them `phony_dim_0` and so on.

mod checksum;
mod message;

use checksum::lookup3;
use message::{Message, attribute, dataspace, group_info, hard_link, layout, link_info, no_fill};

/// Where nothing is.
const NOWHERE: u64 = u64::MAX;
/// How long the superblock is.
const SUPERBLOCK: usize = 48;

/// A group: its attributes, and what lies in it.
#[derive(Default)]
pub(super) struct Group {
    pub(super) attributes: Vec<(String, Fact)>,
    pub(super) groups: Vec<(String, Group)>,
    pub(super) columns: Vec<(String, Column)>,
}

/// What an attribute says.
#[derive(Clone)]
pub(super) enum Fact {
    Text(String),
    Number(f64),
}

/// Numbers, the last dimension running fastest.
pub(super) struct Column {
    pub(super) shape: Vec<u64>,
    pub(super) numbers: Numbers,
    pub(super) attributes: Vec<(String, Fact)>,
}

pub(super) enum Numbers {
    Floats(Vec<f64>),
    Integers(Vec<i32>),
}

/// The bytes of a file with this group at its root.
pub(super) fn file(root: &Group) -> Vec<u8> {
    let mut bytes = vec![0; SUPERBLOCK];
    let root = write_group(root, &mut bytes);
    let mut head = b"\x89HDF\r\n\x1a\n".to_vec();
    // The version, the size of addresses and of lengths, and no flags.
    head.extend([2, 8, 8, 0]);
    for address in [0, NOWHERE, bytes.len() as u64, root] {
        head.extend(address.to_le_bytes());
    }
    let check = lookup3(&head);
    head.extend(check.to_le_bytes());
    bytes[..SUPERBLOCK].copy_from_slice(&head);
    bytes
}

/// Appends what lies in a group, then the group, and says where its header is.
fn write_group(group: &Group, bytes: &mut Vec<u8>) -> u64 {
    let mut messages = vec![link_info(), group_info()];
    for (name, inner) in &group.groups {
        let at = write_group(inner, bytes);
        messages.push(hard_link(name, at));
    }
    for (name, column) in &group.columns {
        let at = write_column(column, bytes);
        messages.push(hard_link(name, at));
    }
    messages.extend(group.attributes.iter().map(|(name, fact)| attribute(name, fact)));
    header(&messages, bytes)
}

fn write_column(column: &Column, bytes: &mut Vec<u8>) -> u64 {
    let data = column.numbers.bytes();
    let at = if data.is_empty() { NOWHERE } else { aligned(bytes) };
    bytes.extend(&data);
    let mut messages = vec![dataspace(&column.shape), column.numbers.datatype(), no_fill(), layout(at, data.len() as u64)];
    messages.extend(column.attributes.iter().map(|(name, fact)| attribute(name, fact)));
    header(&messages, bytes)
}

/// Appends an object's header, and says where it is.
fn header(messages: &[Message], bytes: &mut Vec<u8>) -> u64 {
    let at = aligned(bytes);
    let start = bytes.len();
    let length: usize = messages.iter().map(|message| 4 + message.data.len()).sum();
    // The version, and the flag that the length takes four bytes.
    bytes.extend(b"OHDR\x02\x02");
    bytes.extend((length as u32).to_le_bytes());
    for message in messages {
        bytes.push(message.kind);
        bytes.extend((message.data.len() as u16).to_le_bytes());
        bytes.push(0);
        bytes.extend(&message.data);
    }
    let check = lookup3(&bytes[start..]);
    bytes.extend(check.to_le_bytes());
    at
}

/// The end of the file, where eight bytes may begin.
fn aligned(bytes: &mut Vec<u8>) -> u64 {
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes.len() as u64
}

impl Numbers {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Floats(numbers) => numbers.iter().flat_map(|n| n.to_le_bytes()).collect(),
            Self::Integers(numbers) => numbers.iter().flat_map(|n| n.to_le_bytes()).collect(),
        }
    }

    fn datatype(&self) -> Message {
        match self {
            Self::Floats(_) => message::floats(),
            Self::Integers(_) => message::integers(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netcdf_reader::NcFile;

    fn column(shape: &[u64], numbers: Numbers) -> Column {
        Column { shape: shape.to_vec(), numbers, attributes: vec![("units".into(), Fact::Text("°C".into()))] }
    }

    #[test]
    fn a_netcdf_library_reads_what_is_written() {
        let inner = Group {
            attributes: vec![("note".into(), Fact::Text(String::new()))],
            columns: vec![("sst".into(), column(&[3], Numbers::Floats(vec![1.5, f64::NAN, -2.0])))],
            ..Group::default()
        };
        let root = Group {
            attributes: vec![("title".into(), Fact::Text("Größe".into())), ("radius".into(), Fact::Number(0.1))],
            groups: vec![("Inner".into(), inner)],
            columns: vec![
                ("ids".into(), column(&[2, 2], Numbers::Integers(vec![0, 1, 2, -3]))),
                ("none".into(), column(&[0], Numbers::Floats(Vec::new()))),
            ],
        };
        let read = NcFile::from_bytes(&file(&root)).unwrap();
        let ids = read.read_variable::<i32>("ids").unwrap();
        assert_eq!((ids.shape(), ids.iter().copied().collect::<Vec<_>>()), ([2, 2].as_slice(), vec![0, 1, 2, -3]));
        let sst = read.read_variable::<f64>("Inner/sst").unwrap();
        assert_eq!((sst[[0]], sst[[2]]), (1.5, -2.0));
        assert!(sst[[1]].is_nan());
        assert_eq!(read.global_attribute("title").unwrap().value.as_string().unwrap(), "Größe");
    }
}
