//! Chunks of Zarr that are plain numbers, compressed or not: decoded right to where they stay.
//!
//! Most arrays are kept so. What is kept in any other way, or is broken, is left to `zarrs`.

use crate::numbers::{Kind, Numbers};
use crate::spare::any_numbers;
use flate2::read::GzDecoder;
use std::cell::RefCell;
use std::io::Read;
use zarrs::array::codec::{blosc_decompress_bytes, blosc_validate};
use zarrs::array::{CodecChain, CodecMetadataOptions};
use zarrs::plugin::ExtensionName;
use zstd::bulk::Decompressor;

/// How plain numbers are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plain {
    Raw,
    Gzip,
    Zstd,
    Blosc,
}

impl Plain {
    /// How the chunks of an array are kept, if they are plain numbers in the order of bytes of this machine.
    pub(super) fn of(codecs: &CodecChain) -> Option<Self> {
        let to_bytes = codecs.array_to_bytes_codec();
        if !codecs.array_to_array_codecs().is_empty() || to_bytes.name_v3()? != "bytes" {
            return None;
        }
        let stated = to_bytes.configuration_v3(&CodecMetadataOptions::default()).and_then(|stated| serde_json::to_value(stated).ok());
        let order = if cfg!(target_endian = "big") { "big" } else { "little" };
        if stated.as_ref().and_then(|stated| stated.get("endian")).is_some_and(|endian| endian != order) {
            return None;
        }
        match codecs.bytes_to_bytes_codecs() {
            [] => Some(Self::Raw),
            [codec] if codec.name_v3()? == "gzip" => Some(Self::Gzip),
            [codec] if codec.name_v3()? == "zstd" => Some(Self::Zstd),
            [codec] if codec.name_v3()? == "blosc" => Some(Self::Blosc),
            _ => None,
        }
    }

    /// So many numbers of a chunk; none if the bytes hold more or fewer, or cannot be decoded.
    pub(super) fn decode(self, stored: &[u8], kind: Kind, count: usize) -> Option<Numbers> {
        let mut numbers = any_numbers(kind, count);
        let bytes = numbers.bytes_mut();
        let whole = match self {
            Self::Raw if stored.len() == bytes.len() => {
                bytes.copy_from_slice(stored);
                true
            }
            Self::Raw => false,
            Self::Gzip => {
                let mut decoder = GzDecoder::new(stored);
                decoder.read_exact(bytes).is_ok() && decoder.read(&mut [0]).is_ok_and(|more| more == 0)
            }
            Self::Zstd => decompress(stored, bytes) == Some(bytes.len()),
            // It brings memory of its own, but a copy to memory that is in use already takes less time than to have more of it.
            Self::Blosc => match blosc_decompress_bytes(stored, blosc_validate(stored).filter(|length| *length == bytes.len())?, 1) {
                Ok(decoded) => {
                    bytes.copy_from_slice(&decoded);
                    true
                }
                Err(_) => false,
            },
        };
        whole.then_some(numbers)
    }
}

/// So many times the number that stands for cells which were never written, by its bytes; none if those are of another type.
pub(super) fn filled(fill: &[u8], kind: Kind, count: usize) -> Option<Numbers> {
    if fill.len() != kind.size() {
        return None;
    }
    let mut numbers = any_numbers(kind, count);
    numbers.bytes_mut().chunks_exact_mut(fill.len()).for_each(|number| number.copy_from_slice(fill));
    Some(numbers)
}

thread_local! {
    /// What decompresses on this thread, which takes a while to be made.
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// How many bytes were decompressed, if they were all.
fn decompress(stored: &[u8], into: &mut [u8]) -> Option<usize> {
    DECOMPRESSOR.with_borrow_mut(|kept| {
        let decompressor = match kept {
            Some(decompressor) => decompressor,
            None => kept.insert(Decompressor::new().ok()?),
        };
        decompressor.decompress_to_buffer(stored, into).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use serde_json::{Value, json};
    use std::io::Write;
    use zarrs::array::codec::{BloscCompressor, BloscShuffleMode, blosc_compress_bytes};
    use zarrs::metadata::v3::MetadataV3;

    fn plain(codecs: Value) -> Option<Plain> {
        let codecs: Vec<MetadataV3> = serde_json::from_value(codecs).unwrap();
        Plain::of(&CodecChain::from_metadata(&codecs).unwrap())
    }

    #[test]
    fn numbers_are_plain_in_the_order_of_bytes_of_this_machine() {
        let (little, big) =
            (json!({"name": "bytes", "configuration": {"endian": "little"}}), json!({"name": "bytes", "configuration": {"endian": "big"}}));
        let zstd = json!({"name": "zstd", "configuration": {"level": 3, "checksum": true}});
        let gzip = json!({"name": "gzip", "configuration": {"level": 5}});
        let own = if cfg!(target_endian = "big") { &big } else { &little };
        let other = if cfg!(target_endian = "big") { &little } else { &big };
        assert_eq!(plain(json!([own])), Some(Plain::Raw));
        assert_eq!(plain(json!([{"name": "bytes"}, zstd])), Some(Plain::Zstd));
        assert_eq!(plain(json!([own, gzip])), Some(Plain::Gzip));
        let blosc =
            json!({"name": "blosc", "configuration": {"cname": "lz4", "clevel": 5, "shuffle": "shuffle", "typesize": 2, "blocksize": 0}});
        assert_eq!(plain(json!([own, blosc])), Some(Plain::Blosc));
        assert_eq!(plain(json!([other, zstd])), None);
        assert_eq!(plain(json!([own, gzip, {"name": "crc32c"}])), None);
        assert_eq!(plain(json!([{"name": "transpose", "configuration": {"order": [1, 0]}}, own, zstd])), None);
    }

    #[test]
    fn a_chunk_is_decoded_if_it_holds_as_many_numbers_as_it_must() {
        let raw: Vec<u8> = [1_i16, -2, 300].iter().flat_map(|n| n.to_ne_bytes()).collect();
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(&raw).unwrap();
        let gzip = gzip.finish().unwrap();
        let zstd = zstd::bulk::compress(&raw, 3).unwrap();
        let blosc = blosc_compress_bytes(&raw, 5.try_into().unwrap(), BloscShuffleMode::Shuffle, 2, BloscCompressor::LZ4, 0, 1).unwrap();
        for (plain, stored) in [(Plain::Raw, &raw), (Plain::Gzip, &gzip), (Plain::Zstd, &zstd), (Plain::Blosc, &blosc)] {
            let decode = |stored: &[u8], count| plain.decode(stored, Kind::I16, count);
            assert!(matches!(decode(stored, 3), Some(Numbers::I16(found)) if found == [1, -2, 300]), "{plain:?}");
            assert!(decode(stored, 2).is_none() && decode(stored, 4).is_none(), "{plain:?}");
            assert!(decode(&stored[..stored.len() - 1], 3).is_none(), "{plain:?} cut off");
            assert!(decode(b"neither", 3).is_none() && decode(b"", 3).is_none(), "{plain:?}");
        }
    }

    #[test]
    fn a_chunk_that_was_never_written_is_the_fill_value() {
        assert!(matches!(filled(&(-7_i16).to_ne_bytes(), Kind::I16, 3), Some(Numbers::I16(found)) if found == [-7; 3]));
        assert!(matches!(filled(&f64::NAN.to_ne_bytes(), Kind::F64, 2), Some(Numbers::F64(found)) if found.iter().all(|v| v.is_nan())));
        assert!(filled(&[0; 4], Kind::F64, 2).is_none(), "four bytes are no 64-bit number");
    }
}
