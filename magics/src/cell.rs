//! A cell, split into Rust and `%sdap` commands.

use crate::{
    fault::Fault,
    rust_text::{Inside, Scanner},
    token::{expression_at, tokens},
};
use std::ops::Range;

/// One part of a cell. Parts run in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Rust, and commands of evcxr. All other lines of the cell are blank, so that line numbers are the cell's own.
    Rust(String),
    /// A `%sdap` command.
    Command(CommandLine),
    /// `%lsmagic`: what magics there are.
    ListMagics,
}

/// A `%sdap` command in a cell. Ranges are byte ranges of the cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// The name that `let NAME = %sdap …` binds, and where it stands.
    pub bind: Option<(String, Range<usize>)>,
    /// Where `%sdap` stands.
    pub magic: Range<usize>,
    /// What follows it: the verb and its arguments.
    pub arguments: Range<usize>,
    /// The rest of the cell, where the command began with `%%sdap`.
    pub body: Option<Range<usize>>,
}

/// An expression of Rust in a command: `{name}` or `{any + expression}`, the value of which takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    /// The expression, without its braces.
    pub text: String,
    /// Where it stands in the cell, braces included.
    pub span: Range<usize>,
}

impl CommandLine {
    /// The expressions of Rust in the command, in their order.
    ///
    /// # Errors
    /// If the command cannot be split into words.
    ///
    /// ```
    /// use sdap_magics::cell::{Part, split};
    /// let cell = "%sdap map {dataset} --time {year}/{year + 1}";
    /// let Part::Command(command) = &split(cell)?[0] else { panic!("a command") };
    /// let texts: Vec<String> = command.expressions(cell)?.into_iter().map(|e| e.text).collect();
    /// assert_eq!(texts, ["dataset", "year", "year + 1"]);
    /// # Ok::<(), sdap_magics::Fault>(())
    /// ```
    pub fn expressions(&self, cell: &str) -> Result<Vec<Expression>, Fault> {
        let own = std::iter::once(self.arguments.clone());
        let mut found = Vec::new();
        for range in own.chain(self.lines(cell).into_iter().map(|line| line.arguments)) {
            let tokens = tokens(cell, range)?;
            found.extend(tokens.expressions().map(|(text, span)| Expression { text: text.to_owned(), span }));
        }
        Ok(found)
    }

    /// The expression that the byte offset `cursor` lies in, without its braces; one that is not closed yet ends at the cursor.
    ///
    /// ```
    /// let cell = "%sdap map {data";
    /// let command = sdap_magics::cell::command_at(cell, cell.len()).expect("a command");
    /// assert_eq!(command.expression_at(cell, cell.len()), Some(11..15));
    /// ```
    pub fn expression_at(&self, cell: &str, cursor: usize) -> Option<Range<usize>> {
        expression_at(cell, self.arguments.clone(), cursor)
    }

    /// The commands in the body of a batch, one a line; none where the command is another.
    pub(crate) fn lines(&self, cell: &str) -> Vec<Self> {
        let Some(body) = self.body.clone().filter(|_| cell[self.arguments.clone()].split_whitespace().next() == Some("batch")) else {
            return Vec::new();
        };
        let mut lines = Vec::new();
        let mut at = body.start;
        while at < body.end {
            let end = command_end(cell, at).min(body.end);
            lines.extend(batch_line(cell, at..end));
            at = end;
        }
        lines
    }
}

/// Splits a cell into its parts.
///
/// # Errors
/// If a `%sdap` line stands inside brackets of Rust, where it cannot run on its own.
///
/// ```
/// use sdap_magics::cell::{Part, split};
/// let parts = split("let a: i32 = 1;\nlet b = %sdap datasets\na + 1")?;
/// assert!(matches!(&parts[..], [Part::Rust(_), Part::Command(_), Part::Rust(_)]));
/// # Ok::<(), sdap_magics::Fault>(())
/// ```
pub fn split(cell: &str) -> Result<Vec<Part>, Fault> {
    if let Some(command) = whole_cell(cell) {
        return Ok(vec![Part::Command(command)]);
    }
    let mut parts = Parts { found: Vec::new(), rust: String::new(), line: 0 };
    let mut scanner = Scanner::default();
    let mut at = 0;
    while at < cell.len() {
        let line_end = (line_end(cell, at) + 1).min(cell.len());
        let line = &cell[at..line_end];
        let magic = if scanner.inside() == Inside::Code { magic(cell, at..line_end) } else { None };
        at = match magic {
            Some((part, _)) if scanner.depth() == 0 => {
                let end = part.end(line_end);
                parts.command(part, cell[at..end].matches('\n').count());
                end
            }
            Some((_, span)) => return Err(inside_brackets(span)),
            None => {
                let begins = scanner.inside() == Inside::Code && scanner.depth() == 0 && parts.may_begin();
                if let Some(span) = foreign_magic(cell, at..line_end).filter(|_| begins) {
                    return Err(no_such_magic(&cell[span.clone()], span));
                }
                scanner.line(line);
                parts.rust(line);
                line_end
            }
        };
    }
    Ok(parts.finish())
}

fn inside_brackets(span: Range<usize>) -> Fault {
    Fault::new("Syntax", "a %sdap line cannot stand inside brackets of Rust code")
        .at(span)
        .expected("%sdap on a line of its own, outside every (, [ and {")
        .hint("bind the value first, with `let NAME = %sdap …`, and use NAME inside the brackets")
}

/// A magic of another kernel, where a statement may begin.
fn foreign_magic(cell: &str, line: Range<usize>) -> Option<Range<usize>> {
    let text = &cell[line.clone()];
    let start = line.start + text.len() - text.trim_start().len();
    let word = word_at(cell, start, line.end);
    let name = cell[word.clone()].trim_start_matches('%');
    let percent_signs = word.len() - name.len();
    (matches!(percent_signs, 1 | 2) && name.starts_with(|c: char| c.is_ascii_alphabetic())).then_some(word)
}

fn no_such_magic(word: &str, span: Range<usize>) -> Fault {
    let known = ["%sdap", "%%sdap", "%lsmagic"];
    let fault = Fault::new("UnknownMagic", format!("there is no magic {word}")).at(span).expected(known.join(", ")).nearest(word, known);
    match word.trim_start_matches('%') {
        "matplotlib" => fault.hint("figures are shown without it"),
        "pip" | "conda" => fault.hint(":dep NAME makes a crate of Rust known to the cells"),
        "time" | "timeit" => fault.hint(":timing shows how long a cell of Rust takes; a command of %sdap says it by itself"),
        _ => fault.hint("%lsmagic lists what there is; !COMMAND runs a program"),
    }
}

/// The `%sdap` command that the byte offset `cursor` lies in, if any; in a batch, the line of it.
pub fn command_at(cell: &str, cursor: usize) -> Option<CommandLine> {
    let within = |c: &CommandLine| c.magic.start <= cursor && cursor <= line_end(cell, c.arguments.end);
    let parts = split(cell).ok()?;
    parts.into_iter().find_map(|part| match part {
        Part::Command(c) => c.lines(cell).into_iter().find(within).or(Some(c).filter(within)),
        _ => None,
    })
}

/// The end of the line that `at` lies on.
fn line_end(cell: &str, at: usize) -> usize {
    cell[at..].find('\n').map_or(cell.len(), |i| at + i)
}

/// The parts found so far, and the Rust lines not yet among them.
struct Parts {
    found: Vec<Part>,
    rust: String,
    line: usize,
}

impl Parts {
    fn rust(&mut self, line: &str) {
        if self.rust.is_empty() {
            self.rust = "\n".repeat(self.line);
        }
        self.rust.push_str(line);
        self.line += 1;
    }

    /// Whether a statement may begin on the next line: the one before it, if there is any, has come to its end.
    fn may_begin(&self) -> bool {
        let remark = |line: &&str| line.is_empty() || line.starts_with("//") || line.starts_with('#');
        let before = self.rust.lines().rev().map(str::trim).find(|line| !remark(line));
        before.is_none_or(|line| line.ends_with([';', '}']) || line.starts_with(':'))
    }

    fn command(&mut self, magic: Magic, lines: usize) {
        self.flush();
        self.found.push(match magic {
            Magic::Command(command) => Part::Command(command),
            Magic::List => Part::ListMagics,
        });
        self.line += lines;
    }

    fn flush(&mut self) {
        let rust = std::mem::take(&mut self.rust);
        if !rust.trim().is_empty() {
            self.found.push(Part::Rust(rust));
        }
    }

    fn finish(mut self) -> Vec<Part> {
        self.flush();
        self.found
    }
}

enum Magic {
    Command(CommandLine),
    List,
}

impl Magic {
    /// Where the next line begins.
    fn end(&self, line_end: usize) -> usize {
        match self {
            Self::Command(command) => command.arguments.end.max(line_end),
            Self::List => line_end,
        }
    }
}

/// `%%sdap` on the first line that is not blank: the whole cell is one command.
fn whole_cell(cell: &str) -> Option<CommandLine> {
    let start = cell.len() - cell.trim_start().len();
    let magic = start..start + "%%sdap".len();
    if cell.get(magic.clone()) != Some("%%sdap") || cell[magic.end..].starts_with(|c: char| !c.is_whitespace()) {
        return None;
    }
    let end = command_end(cell, magic.end);
    Some(CommandLine { bind: None, arguments: magic.end..end, magic, body: Some(end..cell.len()) })
}

/// The magic that a line begins with, and where its first word stands.
fn magic(cell: &str, line: Range<usize>) -> Option<(Magic, Range<usize>)> {
    let text = &cell[line.clone()];
    let start = line.start + text.len() - text.trim_start().len();
    let first = word_at(cell, start, line.end);
    match &cell[first.clone()] {
        "%lsmagic" => Some((Magic::List, first)),
        "%sdap" => Some((Magic::Command(command(cell, first.clone(), None)), first)),
        word => {
            // A Python habit that does no harm: `a = %sdap …`.
            let named = if word == "let" { first.end } else { start };
            let (name, magic) = binding(cell, named..line.end)?;
            let bound = (cell[name.clone()].to_owned(), name);
            Some((Magic::Command(command(cell, magic, Some(bound))), first))
        }
    }
}

/// `NAME = %sdap` behind a `let`: where the name and the magic stand. A `mut` and a type are allowed and mean nothing.
fn binding(cell: &str, range: Range<usize>) -> Option<(Range<usize>, Range<usize>)> {
    let text = &cell[range.clone()];
    let equals = text.find('=')?;
    let right = &text[equals + 1..];
    let magic_start = range.start + equals + 1 + right.len() - right.trim_start().len();
    let magic = word_at(cell, magic_start, range.end);
    let left = text[..equals].split(':').next().unwrap_or_default().trim();
    let name = left.strip_prefix("mut ").map_or(left, str::trim);
    if &cell[magic.clone()] != "%sdap" || !is_name(name) {
        return None;
    }
    let name_start = range.start + text.find(name)?;
    Some((name_start..name_start + name.len(), magic))
}

/// A line of a batch: a command, with or without `let NAME =` and `%sdap` before it. Blank lines and remarks are none.
fn batch_line(cell: &str, line: Range<usize>) -> Option<CommandLine> {
    let text = &cell[line.clone()];
    let start = line.start + text.len() - text.trim_start().len();
    if start >= line.end || cell[start..].starts_with('#') {
        return None;
    }
    let (bind, start) =
        bound_line(cell, start..line.end).map_or((None, start), |(name, start)| (Some((cell[name.clone()].to_owned(), name)), start));
    let first = word_at(cell, start, line.end);
    let magic = if &cell[first.clone()] == "%sdap" { first } else { start..start };
    Some(command(cell, magic, bind))
}

/// `let NAME =` before a command: where the name stands, and where the command begins.
fn bound_line(cell: &str, line: Range<usize>) -> Option<(Range<usize>, usize)> {
    let rest = cell[line.clone()].strip_prefix("let ")?;
    let equals = rest.find('=')?;
    let name = rest[..equals].trim();
    let start = line.start + "let ".len() + rest[..equals].find(name)?;
    let right = &rest[equals + 1..];
    let command = line.end - right.trim_start().len();
    is_name(name).then_some((start..start + name.len(), command))
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_') && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn command(cell: &str, magic: Range<usize>, bind: Option<(String, Range<usize>)>) -> CommandLine {
    let end = command_end(cell, magic.end);
    let typed = cell[magic.end..end].trim_end();
    // A Rust habit that does no harm: `let a = %sdap …;`.
    let arguments = magic.end..magic.end + typed.strip_suffix(';').unwrap_or(typed).len();
    CommandLine { bind, arguments, magic, body: None }
}

/// Where a command ends that goes on from `at`: at the first newline that no backslash continues.
fn command_end(cell: &str, at: usize) -> usize {
    let mut end = at;
    for line in cell[at..].split_inclusive('\n') {
        end += line.len();
        if !line.trim_end().ends_with('\\') {
            break;
        }
    }
    end
}

/// The word that begins at `start`, up to white space.
fn word_at(cell: &str, start: usize, end: usize) -> Range<usize> {
    let text = &cell[start..end];
    start..start + text.find(char::is_whitespace).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(cell: &str) -> Vec<String> {
        split(cell)
            .unwrap()
            .into_iter()
            .map(|part| match part {
                Part::Rust(text) => format!("rust {text:?}"),
                Part::Command(c) => {
                    format!("sdap {:?} {:?}", c.bind.map(|b| b.0).unwrap_or_default(), cell[c.arguments].trim())
                }
                Part::ListMagics => "list".to_owned(),
            })
            .collect()
    }

    #[test]
    fn commands_and_rust_alternate_and_rust_keeps_its_line_numbers() {
        assert_eq!(
            shape("let a: i32 = 1;\n%sdap datasets\n\na + 1"),
            ["rust \"let a: i32 = 1;\\n\"", "sdap \"\" \"datasets\"", "rust \"\\n\\n\\na + 1\""]
        );
    }

    #[test]
    fn a_let_binds_what_a_command_answers() {
        assert_eq!(shape("let trmm = %sdap timeseries A"), ["sdap \"trmm\" \"timeseries A\""]);
        assert_eq!(shape("  let mut x: sdap::Grid =  %sdap map A;"), ["sdap \"x\" \"map A\""]);
        assert_eq!(shape("let x = 5 % sdap;"), ["rust \"let x = 5 % sdap;\""]);
        assert_eq!(shape("a = %sdap map A"), ["sdap \"a\" \"map A\""], "as Python has it");
        assert_eq!(shape("a == %sdap map A"), ["rust \"a == %sdap map A\""]);
    }

    #[test]
    fn a_backslash_continues_a_command_on_the_next_line() {
        let cell = "%sdap map A \\\n   --time 1998\n1 + 1";
        assert_eq!(shape(cell), ["sdap \"\" \"map A \\\\\\n   --time 1998\"", "rust \"\\n\\n1 + 1\""]);
    }

    #[test]
    fn a_magic_inside_a_string_or_comment_is_text() {
        for cell in ["let s = \"\n%sdap datasets\n\";", "/*\n%sdap datasets\n*/", "// %sdap datasets", "let s = \"a\"; // %sdap"] {
            assert_eq!(shape(cell), [format!("rust {cell:?}")], "{cell}");
        }
    }

    #[test]
    fn quotes_of_a_command_do_not_open_a_string_of_rust() {
        assert_eq!(shape("%sdap plot a --title \"don't\nlet b: i32 = 2;").len(), 2);
    }

    #[test]
    fn a_command_inside_brackets_is_refused() {
        let fault = split("for i in 0..3 {\n    %sdap datasets\n}").unwrap_err();
        assert_eq!(fault.span, Some(20..25));
        assert!(split("fn f() {\n  let x = %sdap datasets\n}").is_err());
    }

    #[test]
    fn two_percent_signs_take_the_whole_cell() {
        let cell = "%%sdap batch\ntimeseries A\n";
        let [Part::Command(command)] = &split(cell).unwrap()[..] else { panic!("one command") };
        assert_eq!(&cell[command.body.clone().unwrap()], "timeseries A\n");
        assert_eq!(cell[command.arguments.clone()].trim(), "batch");
    }

    #[test]
    fn other_words_and_evcxr_commands_are_left_to_rust() {
        assert_eq!(shape("let a = b\n    %c;"), ["rust \"let a = b\\n    %c;\""], "a remainder");
        assert_eq!(shape(":dep serde\n"), ["rust \":dep serde\\n\""]);
        assert_eq!(shape("%lsmagic"), ["list"]);
        assert_eq!(shape("  \n"), Vec::<String>::new());
        assert_eq!(shape("%sdap"), ["sdap \"\" \"\""]);
    }

    #[test]
    fn a_magic_of_another_kernel_is_told_from_rust() {
        for (cell, span, hint) in [
            ("%matplotlib inline", 0..11, "figures are shown without it"),
            ("let a = 1;\n  %%time\n", 13..19, ":timing"),
            ("%sdapx", 0..6, "%lsmagic"),
            ("// a remark\n%pip install x", 12..16, ":dep"),
            ("# as Python has it\n\n%cd x", 20..23, "%lsmagic"),
            (":dep itoa\n%%bash", 10..16, "%lsmagic"),
        ] {
            let fault = split(cell).unwrap_err();
            assert_eq!((fault.kind, fault.span), ("UnknownMagic", Some(span)), "{cell}");
            assert!(fault.advice.hint.unwrap().contains(hint), "{cell}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_split_without_a_panic(text in "\\PC*|(%sdap|%%sdap|let|=| |\n|x|\"|\\\\|'|\\{|\\}|/\\*|;|é)*") {
            let _ = split(&text);
        }
    }
}
