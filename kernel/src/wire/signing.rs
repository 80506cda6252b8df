//! Signatures: HMAC-SHA256 over the bytes as they are on the wire, compared in constant time, none accepted twice.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The signature scheme that the kernel knows.
const SCHEME: &str = "hmac-sha256";

/// How many signatures are remembered so that a replayed message is known.
const REMEMBERED: usize = 1 << 16;

/// The key that a kernel and its front ends share.
#[derive(Clone)]
pub struct Key(Option<Hmac<Sha256>>);

/// Why a connection's key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The scheme is not one that the kernel knows.
    #[error("signature scheme {0:?} is not supported; the kernel knows {SCHEME:?}")]
    Scheme(String),
}

impl Key {
    /// The key of a connection file; an empty one means that messages are not signed.
    ///
    /// # Errors
    /// When messages are to be signed in a way the kernel does not know.
    pub fn new(scheme: &str, key: &str) -> Result<Self, KeyError> {
        if key.is_empty() {
            return Ok(Self(None));
        }
        if scheme != SCHEME {
            return Err(KeyError::Scheme(scheme.to_owned()));
        }
        // HMAC takes keys of any length, so this cannot fail.
        Ok(Self(Hmac::new_from_slice(key.as_bytes()).ok()))
    }

    /// The signature of the parts in hexadecimal, empty without a key.
    pub fn sign(&self, parts: &[&[u8]]) -> String {
        self.mac(parts).map(|mac| hex::encode(mac.finalize().into_bytes())).unwrap_or_default()
    }

    /// Whether the signature is that of the parts.
    pub fn verify(&self, signature: &[u8], parts: &[&[u8]]) -> bool {
        let Some(mac) = self.mac(parts) else { return true };
        hex::decode(signature).is_ok_and(|signature| mac.verify_slice(&signature).is_ok())
    }

    fn mac(&self, parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
        let mut mac = self.0.clone()?;
        for part in parts {
            mac.update(part);
        }
        Some(mac)
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(if self.0.is_some() { "Key(secret)" } else { "Key(none)" })
    }
}

/// The signatures seen of late: a message that comes with one of them is a replay.
#[derive(Default)]
pub(crate) struct Seen(Mutex<Memory>);

#[derive(Default)]
struct Memory {
    known: HashSet<Box<[u8]>>,
    oldest_first: VecDeque<Box<[u8]>>,
}

impl Seen {
    /// Whether the signature is new; from now on it is not. Unsigned messages are always new.
    pub(crate) fn first_time(&self, signature: &[u8]) -> bool {
        if signature.is_empty() {
            return true;
        }
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Hexadecimal has two spellings of a digit; a replay must not pass in the other one.
        let signature: Box<[u8]> = signature.to_ascii_lowercase().into();
        if !memory.known.insert(signature.clone()) {
            return false;
        }
        memory.oldest_first.push_back(signature);
        if memory.oldest_first.len() > REMEMBERED
            && let Some(oldest) = memory.oldest_first.pop_front()
        {
            memory.known.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTS: &[&[u8]] = &[b"{\"a\":1}", b"{}", b"{}", b"{}"];

    #[test]
    fn a_signature_agrees_with_one_made_elsewhere() {
        // python: hmac.new(b"secret", b'{"a":1}{}{}{}', "sha256").hexdigest()
        let expected = "5439160579203ae5952244a353b0f81b6ca58a3fb44727217799b393ee79601c";
        let key = Key::new("hmac-sha256", "secret").unwrap();
        assert_eq!(key.sign(PARTS), expected);
        assert!(key.verify(expected.as_bytes(), PARTS));
    }

    #[test]
    fn a_changed_part_or_a_broken_signature_is_not_verified() {
        let key = Key::new("hmac-sha256", "secret").unwrap();
        let signature = key.sign(PARTS);
        assert!(!key.verify(signature.as_bytes(), &[b"{\"a\":2}", b"{}", b"{}", b"{}"]));
        for wrong in ["", "zz", &signature[..62], "00"] {
            assert!(!key.verify(wrong.as_bytes(), PARTS), "{wrong}");
        }
    }

    #[test]
    fn an_empty_key_signs_nothing_and_accepts_all() {
        let key = Key::new("", "").unwrap();
        assert_eq!(key.sign(PARTS), "");
        assert!(key.verify(b"anything", PARTS));
    }

    #[test]
    fn an_unknown_scheme_is_refused() {
        let error = Key::new("hmac-md5", "secret").unwrap_err();
        assert_eq!(error.to_string(), "signature scheme \"hmac-md5\" is not supported; the kernel knows \"hmac-sha256\"");
    }

    #[test]
    fn a_signature_is_new_only_once_in_either_spelling() {
        let seen = Seen::default();
        assert!(seen.first_time(b"ab12"));
        assert!(!seen.first_time(b"ab12"));
        assert!(!seen.first_time(b"AB12"));
        assert!(seen.first_time(b"ab13"));
        assert!(seen.first_time(b"") && seen.first_time(b""));
    }

    #[test]
    fn the_memory_of_signatures_is_bounded() {
        let seen = Seen::default();
        for number in 0..=REMEMBERED {
            assert!(seen.first_time(format!("{number:08x}").as_bytes()));
        }
        assert!(seen.first_time(b"00000000"), "the oldest is forgotten");
        assert!(!seen.first_time(b"00000002"), "younger ones are not");
    }
}
