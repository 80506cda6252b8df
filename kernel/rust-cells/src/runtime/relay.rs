//! What cells print, as bytes come: text for the user, and lines for evcxr.

/// As the sdap crate's `cell` module writes them: the end of a line that its author did not end, and the last line on
/// standard error.
const SOFT_BREAK: &str = "\0";
const STDERR_END: &str = "\0end";

/// How every line for evcxr begins.
const MARK: &str = "EVCXR_";
/// The lines in which evcxr's generated code speaks.
pub(super) const PANIC: &str = "EVCXR_PANIC_NOTIFICATION";
pub(super) const ERROR: &str = "EVCXR_ERROR_OCCURRED";
pub(super) const CHANGED_TYPE: &str = "EVCXR_VARIABLE_CHANGED_TYPE:";
pub(super) const BEGIN_CONTENT: &str = "EVCXR_BEGIN_CONTENT ";
const END_CONTENT: &str = "EVCXR_END_CONTENT";
/// The lines in which the crate `evcxr_input` asks the user.
const ASK: &str = "EVCXR_INPUT_REQUEST:";
const ASK_SECRET: &str = "EVCXR_INPUT_REQUEST_PASSWORD:";

/// A part of what was printed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text for the user to read.
    Text(String),
    /// A line for evcxr.
    Line(String),
    /// A question to the user.
    Question { prompt: String, secret: bool },
}

/// Takes one stream apart.
#[derive(Debug)]
pub(super) struct Relay {
    /// What may be the beginning of something.
    held: Vec<u8>,
    /// How far in it there is no end of a line.
    searched: usize,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    LineStart,
    InLine,
    InContent,
}

impl Relay {
    pub(super) fn new() -> Self {
        Self { held: Vec::new(), searched: 0, place: Place::LineStart }
    }

    /// What new bytes amount to, with those that were held back.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<Piece> {
        let mut pieces = Vec::new();
        self.held.extend_from_slice(bytes);
        let held = std::mem::take(&mut self.held);
        let mut rest = &held[..];
        while let Some(end) = rest[self.searched..].iter().position(|byte| *byte == b'\n') {
            let (line, after) = rest.split_at(self.searched + end + 1);
            self.searched = 0;
            self.line(&String::from_utf8_lossy(&line[..line.len() - 1]), &mut pieces);
            rest = after;
        }
        let now = self.sayable(rest);
        if now > 0 {
            self.place = Place::InLine;
            text(&String::from_utf8_lossy(&rest[..now]), &mut pieces);
        }
        self.held = rest[now..].to_vec();
        self.searched = self.held.len();
        pieces
    }

    /// What is left when a cell has ended. The next one starts afresh.
    pub(super) fn finish(&mut self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let held = std::mem::take(&mut self.held);
        let left = String::from_utf8_lossy(&held);
        match self.place {
            Place::InContent => {
                pieces.extend((!left.is_empty()).then(|| Piece::Line(left.clone().into_owned())));
                pieces.push(Piece::Line(END_CONTENT.to_owned()));
            }
            Place::LineStart | Place::InLine => text(left.trim_end_matches(SOFT_BREAK), &mut pieces),
        }
        *self = Self::new();
        pieces
    }

    /// A whole line, without its end.
    fn line(&mut self, line: &str, pieces: &mut Vec<Piece>) {
        match self.place {
            Place::InContent => {
                if line == END_CONTENT || line == PANIC {
                    self.place = Place::LineStart;
                }
                return pieces.push(Piece::Line(line.to_owned()));
            }
            Place::LineStart if line.starts_with(BEGIN_CONTENT) => {
                self.place = Place::InContent;
                return pieces.push(Piece::Line(line.to_owned()));
            }
            Place::LineStart if line == PANIC || line == ERROR || line.starts_with(CHANGED_TYPE) => {
                return pieces.push(Piece::Line(line.to_owned()));
            }
            Place::LineStart if line == STDERR_END || is_about_a_changed_type(line) => return,
            Place::LineStart => {
                for (mark, secret) in [(ASK, false), (ASK_SECRET, true)] {
                    if let Some(prompt) = line.strip_prefix(mark) {
                        return pieces.push(Piece::Question { prompt: prompt.to_owned(), secret });
                    }
                }
            }
            Place::InLine => self.place = Place::LineStart,
        }
        match line.strip_suffix(SOFT_BREAK) {
            Some(unbroken) => text(unbroken, pieces),
            None => text(&format!("{line}\n"), pieces),
        }
    }

    /// How much of an unfinished line can be read already: nothing that may turn out to be a mark or half of a character.
    fn sayable(&self, rest: &[u8]) -> usize {
        let begins = |mark: &str| rest.starts_with(mark.as_bytes()) || mark.as_bytes().starts_with(rest);
        match self.place {
            Place::InContent => 0,
            Place::LineStart if begins(MARK) || begins(SOFT_BREAK) => 0,
            Place::LineStart | Place::InLine => {
                let whole = match std::str::from_utf8(rest) {
                    Err(error) if error.error_len().is_none() => error.valid_up_to(),
                    _ => rest.len(),
                };
                if rest[..whole].ends_with(SOFT_BREAK.as_bytes()) { whole - 1 } else { whole }
            }
        }
    }
}

/// How evcxr's generated code tells the user of each [`CHANGED_TYPE`]; it is told of all of them at once.
fn is_about_a_changed_type(line: &str) -> bool {
    line.starts_with("The type of the variable ") && line.ends_with(" was redefined, so was lost.")
}

/// Appends text to the last piece where that is text.
fn text(text: &str, pieces: &mut Vec<Piece>) {
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(Piece::Text(before)) => before.push_str(text),
        _ => pieces.push(Piece::Text(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Piece {
        Piece::Text(text.to_owned())
    }

    fn line(text: &str) -> Piece {
        Piece::Line(text.to_owned())
    }

    /// What the bytes amount to, byte by byte and at once.
    #[track_caller]
    fn relayed(bytes: &[u8]) -> Vec<Piece> {
        let mut relay = Relay::new();
        let mut whole = relay.take(bytes);
        append(&mut whole, relay.finish());
        let mut single = Vec::new();
        for byte in bytes {
            append(&mut single, relay.take(&[*byte]));
        }
        append(&mut single, relay.finish());
        assert_eq!(whole, single);
        whole
    }

    fn append(pieces: &mut Vec<Piece>, more: Vec<Piece>) {
        for piece in more {
            match piece {
                Piece::Text(more) => text(&more, pieces),
                other => pieces.push(other),
            }
        }
    }

    #[test]
    fn text_is_passed_on_before_its_line_ends() {
        let mut relay = Relay::new();
        assert_eq!(relay.take(b"Name? "), [said("Name? ")]);
        assert_eq!(relay.take(b"done\n"), [said("done\n")]);
        assert_eq!(relay.take(b"EVC"), []);
        assert_eq!(relay.take(b"ENT\n"), [said("EVCENT\n")]);
    }

    #[test]
    fn a_soft_break_ends_no_line() {
        assert_eq!(relayed(b"a\0\nb\0\n\n"), [said("ab\n")]);
        assert_eq!(relayed(b"late\n\0\n\0end\n"), [said("late\n")]);
    }

    #[test]
    fn no_character_is_cut_and_bytes_that_are_none_do_not_stop_the_rest() {
        assert_eq!(relayed("höhe°\n".as_bytes()), [said("höhe°\n")]);
        assert_eq!(relayed(b"a\xff\nb\xc3"), [said("a\u{fffd}\nb\u{fffd}")]);
    }

    #[test]
    fn lines_for_evcxr_are_told_from_text() {
        assert_eq!(relayed(b"x\nEVCXR_PANIC_NOTIFICATION\ny"), [said("x\n"), line("EVCXR_PANIC_NOTIFICATION"), said("y")]);
        assert_eq!(relayed(b"EVCXR_EXECUTION_COMPLETE\n"), [said("EVCXR_EXECUTION_COMPLETE\n")]);
        assert_eq!(relayed(b"an EVCXR_ERROR_OCCURRED\n"), [said("an EVCXR_ERROR_OCCURRED\n")]);
        assert_eq!(relayed(b"EVCXR_INPUT_REQUEST_PASSWORD:PIN: \n"), [Piece::Question { prompt: "PIN: ".into(), secret: true }]);
    }

    #[test]
    fn content_is_whole_and_ends_with_the_cell_at_the_latest() {
        let content = "EVCXR_BEGIN_CONTENT text/plain";
        let printed = format!("a\0\n{content}\nEVCXR_X\n\nEVCXR_END_CONTENT\nb");
        assert_eq!(
            relayed(printed.as_bytes()),
            [said("a"), line(content), line("EVCXR_X"), line(""), line("EVCXR_END_CONTENT"), said("b")]
        );
        assert_eq!(relayed(format!("{content}\nhalf").as_bytes()), [line(content), line("half"), line("EVCXR_END_CONTENT")]);
    }
}
