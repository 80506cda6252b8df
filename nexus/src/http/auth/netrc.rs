//! The netrc file, in which a user keeps a login for each host.
//!
//! It holds words with blanks in between: `machine HOST`, `default`, `login NAME`, `password SECRET`, `account NAME`, and
//! `macdef NAME` with a text up to the next empty line. A word with blanks stands in double quotes, in which a backslash
//! takes the next character as it is. A `#` where a key could stand begins a comment. No error shows what a file holds.

use super::{Auth, Secret};
use crate::{Error, Result};
use std::path::{Path, PathBuf};

/// Where the user's file is.
pub(super) fn place() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("NETRC").filter(|path| !path.is_empty()) {
        return Ok(named.into());
    }
    let home =
        std::env::home_dir().ok_or_else(|| Error::Invalid("there is no home folder to find .netrc in; NETRC may name the file".into()))?;
    // On Windows an underscore has its place.
    let places = [".netrc", "_netrc"].map(|name| home.join(name));
    Ok(places.iter().find(|path| path.exists()).unwrap_or(&places[0]).clone())
}

/// The login that a file has for a host.
pub(super) fn login(file: &Path, host: &str) -> Result<Auth> {
    let shown = file.display();
    let text = std::fs::read(file).map_err(|error| Error::Invalid(format!("the netrc file {shown} cannot be read: {error}")))?;
    let text = String::from_utf8(text).map_err(|_| Error::Invalid(format!("the netrc file {shown} is no text in UTF-8")))?;
    let entries = entries(&text)
        .map_err(|fault| Error::Invalid(format!("the netrc file {shown} is broken in line {}: {}", fault.line, fault.what)))?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let entry = entries
        .iter()
        .find(|entry| entry.host.as_deref().is_some_and(|named| named.eq_ignore_ascii_case(host)))
        .or_else(|| entries.iter().find(|entry| entry.host.is_none()))
        .ok_or_else(|| {
            Error::Invalid(format!("the netrc file {shown} has no login for {host}: expected machine {host} login NAME password SECRET"))
        })?;
    let lacks = |what: &str| Error::Invalid(format!("the netrc file {shown} has no {what} for {host}"));
    Ok(Auth::Basic {
        user: entry.user.clone().ok_or_else(|| lacks("login"))?,
        password: entry.password.clone().ok_or_else(|| lacks("password"))?,
    })
}

/// What a file says of one host, or of all that it does not name.
#[derive(Debug, Default, PartialEq)]
struct Entry {
    host: Option<String>,
    user: Option<String>,
    password: Option<Secret>,
}

/// What is wrong with a file, and where.
#[derive(Debug, PartialEq)]
struct Fault {
    line: usize,
    what: &'static str,
}

fn entries(text: &str) -> std::result::Result<Vec<Entry>, Fault> {
    let mut words = Words { rest: text.trim_start_matches('\u{feff}'), line: 1 };
    let mut entries: Vec<Entry> = Vec::new();
    while let Some(key) = words.key()? {
        match key.as_str() {
            "machine" => entries.push(Entry { host: Some(words.value()?), ..Entry::default() }),
            "default" => entries.push(Entry::default()),
            "macdef" => words.skip_macro(),
            "login" | "user" | "password" | "account" => {
                let value = words.value()?;
                let entry = entries.last_mut().ok_or(Fault { line: words.line, what: "expected machine or default before it" })?;
                match key.as_str() {
                    "password" => entry.password = Some(Secret::new(value)),
                    "account" => {}
                    _ => entry.user = Some(value),
                }
            }
            _ => {
                let what = "expected machine, default, login, password, account or macdef; a password with blanks stands in double quotes";
                return Err(Fault { line: words.line, what });
            }
        }
    }
    Ok(entries)
}

/// The words of a file that are yet to be read.
struct Words<'t> {
    rest: &'t str,
    line: usize,
}

impl Words<'_> {
    /// The next word where a key is expected, past comments.
    fn key(&mut self) -> std::result::Result<Option<String>, Fault> {
        loop {
            self.skip_blanks();
            if !self.rest.starts_with('#') {
                return self.word();
            }
            self.skip(self.rest.find('\n').unwrap_or(self.rest.len()));
        }
    }

    /// The word that must follow a key.
    fn value(&mut self) -> std::result::Result<String, Fault> {
        let line = self.line;
        self.skip_blanks();
        self.word()?.ok_or(Fault { line, what: "it ends where a value is expected" })
    }

    fn word(&mut self) -> std::result::Result<Option<String>, Fault> {
        let Some(quoted) = self.rest.strip_prefix('"') else {
            let (word, rest) = self.rest.split_at(self.rest.find(char::is_whitespace).unwrap_or(self.rest.len()));
            self.rest = rest;
            return Ok(Some(word.to_owned()).filter(|word| !word.is_empty()));
        };
        let mut word = String::new();
        let mut characters = quoted.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.rest = &quoted[at + 1..];
                    return Ok(Some(word));
                }
                '\n' => break,
                '\\' => word.extend(characters.next().map(|(_, escaped)| escaped)),
                plain => word.push(plain),
            }
        }
        Err(Fault { line: self.line, what: "a double quote is not closed" })
    }

    fn skip_blanks(&mut self) {
        self.skip(self.rest.find(|c: char| !c.is_whitespace()).unwrap_or(self.rest.len()));
    }

    fn skip_macro(&mut self) {
        let ends = ["\n\n", "\n\r\n"].iter().filter_map(|end| self.rest.find(end)).min();
        self.skip(ends.unwrap_or(self.rest.len()));
    }

    fn skip(&mut self, length: usize) {
        let (skipped, rest) = self.rest.split_at(length);
        self.line += skipped.matches('\n').count();
        self.rest = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(host: Option<&str>, user: &str, password: &str) -> Entry {
        Entry { host: host.map(Into::into), user: Some(user.into()), password: Some(Secret::new(password)) }
    }

    #[test]
    fn hosts_have_their_logins_in_any_layout() {
        let text = "# mine\nmachine a.org login ann password #1\n\nmachine b.org\n\tlogin \"ben b\"\n\taccount x password \"two \\\"words\\\"\" # old\n\
                    macdef init\ncd /pub\nmachine fake\n\ndefault login anonymous password me@";
        let expected = [entry(Some("a.org"), "ann", "#1"), entry(Some("b.org"), "ben b", "two \"words\""), entry(None, "anonymous", "me@")];
        assert_eq!(entries(text).unwrap(), expected);
    }

    #[test]
    fn a_broken_file_is_told_by_its_line_and_never_by_its_words() {
        for (text, line) in [
            ("machine a.org login ann password my hunter2", 1),
            ("machine a.org\nlogin", 2),
            ("password hunter2", 1),
            ("machine a.org\npassword \"hunter2\n", 2),
            ("\n\n{\"password\": \"hunter2\"}", 3),
        ] {
            let fault = entries(text).unwrap_err();
            assert_eq!(fault.line, line, "{text}");
            assert!(!fault.what.contains("hunter2"));
        }
    }

    #[test]
    fn a_login_is_found_by_its_host_or_else_by_default() {
        let file = std::env::temp_dir().join(format!("sdap-netrc-{}", std::process::id()));
        let read = |text: &str, host: &str| {
            std::fs::write(&file, text).unwrap();
            login(&file, host).map_err(|error| error.to_string().replace(&file.display().to_string(), "FILE"))
        };
        let ann = Auth::Basic { user: "ann".into(), password: Secret::new("hunter2") };
        let one = "machine Example.org login ann password hunter2 machine b.org login x machine c.org password hunter2";
        assert_eq!(read(one, "example.org").unwrap(), ann);
        assert_eq!(read("default login ann password hunter2", "[::1]").unwrap(), ann);
        let none = "the netrc file FILE has no login for d.org: expected machine d.org login NAME password SECRET";
        assert_eq!(read(one, "d.org").unwrap_err(), none);
        assert_eq!(read(one, "b.org").unwrap_err(), "the netrc file FILE has no password for b.org");
        assert_eq!(read(one, "c.org").unwrap_err(), "the netrc file FILE has no login for c.org");
        std::fs::remove_file(&file).unwrap();
        assert!(login(&file, "a.org").unwrap_err().to_string().contains("cannot be read"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in r#"(machine|login|password|macdef|default|["\\# \na]){0,20}"#) {
            let _ = entries(&text);
        }
    }
}
