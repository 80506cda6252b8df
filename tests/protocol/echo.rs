//! The echo language: each line of a cell is a command that makes the kernel do one thing of the protocol.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use sdap_kernel::language::{
    About, Bundle, Candidate, Cell, CellError, Clear, Comm, CommHandler, Completeness, Completions, Detail, HelpLink, Language,
    LanguageInfo, NextInput, Output, Stream, Typing,
};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

/// The commands, for completion and inspection.
const COMMANDS: [&str; 17] = [
    "ask", "clear", "fail", "flood", "later", "next", "page", "panic", "password", "print", "show", "sleep", "update", "value", "wait",
    "warn", "write",
];

#[derive(Default)]
pub(crate) struct Echo {
    /// Set once the kernel has told the language to shut down.
    pub(crate) is_shut_down: Arc<AtomicBool>,
}

#[async_trait]
impl Language for Echo {
    fn about(&self) -> About {
        About {
            implementation: "echo-kernel".to_owned(),
            implementation_version: "1.0".to_owned(),
            banner: "Echo, a language that says what it is told".to_owned(),
            language: LanguageInfo {
                name: "echo".to_owned(),
                version: "1.0".to_owned(),
                mimetype: Some("text/x-echo".to_owned()),
                file_extension: Some(".echo".to_owned()),
                pygments_lexer: Some("text".to_owned()),
                codemirror_mode: None,
                nbconvert_exporter: Some("script".to_owned()),
            },
            help_links: vec![HelpLink { text: "Jupyter".to_owned(), url: "https://jupyter.org".to_owned() }],
        }
    }

    async fn execute(&self, cell: Cell, output: Arc<dyn Output>) -> Result<(), CellError> {
        for line in cell.code.lines() {
            let (command, argument) = line.split_once(' ').unwrap_or((line, ""));
            obey(command, argument, &cell, &output).await?;
        }
        Ok(())
    }

    async fn evaluate(&self, expression: &str, _: &CancellationToken) -> Result<Bundle, CellError> {
        match expression.strip_prefix("value ") {
            Some(value) => Ok(Bundle::text(value)),
            None => Err(CellError::new("NoValue", format!("{expression:?} has no value"))),
        }
    }

    async fn complete(&self, code: &str, cursor: usize) -> Completions {
        let start = word_start(code, cursor);
        let word = &code[start..cursor];
        let candidates = COMMANDS.iter().filter(|command| command.starts_with(word));
        let candidate = |command: &&str| Candidate { text: (*command).to_owned(), kind: "command".to_owned(), signature: String::new() };
        Completions { candidates: candidates.map(candidate).collect(), replaces: start..cursor }
    }

    async fn inspect(&self, code: &str, cursor: usize, detail: Detail) -> Option<Bundle> {
        let start = word_start(code, cursor);
        let end = code[cursor..].find(char::is_whitespace).map_or(code.len(), |length| cursor + length);
        let word = &code[start..end];
        assert!(word != "panic", "asked about panic");
        COMMANDS.contains(&word).then(|| match detail {
            Detail::Brief => Bundle::text(format!("{word} is a command")),
            Detail::Full => Bundle::text(format!("{word} is a command of the echo language")),
        })
    }

    async fn is_complete(&self, code: &str) -> Completeness {
        match code.trim_end().chars().last() {
            Some('\\') => Completeness::Incomplete { indent: "  ".to_owned() },
            Some('!') => Completeness::Invalid,
            Some('?') => Completeness::Unknown,
            _ => Completeness::Complete,
        }
    }

    /// The target `echo` sends back what it is sent, buffers and all, until it is told to close.
    fn open_comm(&self, comm: &Comm, data: &Map<String, Value>, buffers: &[Bytes]) -> Option<Box<dyn CommHandler>> {
        if comm.target() != "echo" {
            return None;
        }
        comm.send(data.clone(), buffers.to_vec());
        Some(Box::new(EchoComm))
    }

    async fn shutdown(&self) {
        self.is_shut_down.store(true, Ordering::SeqCst);
    }
}

async fn obey(command: &str, argument: &str, cell: &Cell, output: &Arc<dyn Output>) -> Result<(), CellError> {
    match command {
        "print" => output.stream(Stream::Stdout, &format!("{argument}\n")),
        "write" => output.stream(Stream::Stdout, argument),
        "warn" => output.stream(Stream::Stderr, &format!("{argument}\n")),
        "value" => output.result(Bundle::text(argument)),
        "show" => match argument.split_once(": ") {
            Some((id, text)) => output.display(Bundle::text(text), Some(id)),
            None => output.display(Bundle::text(argument), None),
        },
        "update" => {
            let (id, text) = argument.split_once(": ").unwrap_or((argument, ""));
            output.update(Bundle::text(text), id);
        }
        "clear" => output.clear(if argument == "before next" { Clear::BeforeNext } else { Clear::Now }),
        "page" => output.page(Bundle::text(argument)),
        "next" => output.next_input(argument, NextInput::Insert),
        "rewrite" => output.next_input(argument, NextInput::Replace),
        "fail" => return Err(CellError::new("EchoError", argument)),
        "panic" => panic!("{argument}"),
        "sleep" => tokio::time::sleep(Duration::from_millis(number(argument)?)).await,
        "wait" => {
            cell.interrupt.cancelled().await;
            return Err(CellError::interrupted());
        }
        "flood" => (0..number(argument)?).for_each(|line| output.stream(Stream::Stdout, &format!("line {line}\n"))),
        "pour" => {
            // Megabytes of lines of a hundred bytes.
            (0..number(argument)? * 10_000).for_each(|line| output.stream(Stream::Stdout, &format!("{line:<99}\n")));
        }
        "showers" => (0..number(argument)?).for_each(|shower| output.display(Bundle::text(format!("shower {shower}")), None)),
        "animate" => (0..number(argument)?).for_each(|picture| {
            output.clear(Clear::BeforeNext);
            output.display(Bundle::text(format!("picture {picture}")), None);
        }),
        "refresh" => {
            let (count, id) = argument.split_once(' ').unwrap_or((argument, ""));
            (0..number(count)?).for_each(|update| output.update(Bundle::text(update.to_string()), id));
        }
        "bulk" => {
            // Megabytes of displays.
            let text = "x".repeat(1 << 20);
            (0..number(argument)?).for_each(|_| output.display(Bundle::text(text.as_str()), None));
        }
        "ask" | "password" => {
            let typing = if command == "ask" { Typing::Shown } else { Typing::Hidden };
            let answer = output.input(argument, typing).await.map_err(|error| CellError::new("InputError", error.to_string()))?;
            output.stream(Stream::Stdout, &answer);
        }
        "open" => {
            let comm = output.open_comm(argument, Map::from_iter([("hello".to_owned(), Value::from(1))]), Box::new(EchoComm));
            comm.send(Map::from_iter([("target".to_owned(), Value::from(comm.target()))]), vec![Bytes::from_static(&[0, 255])]);
        }
        "later" => {
            let (output, text) = (Arc::clone(output), argument.to_owned());
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(100));
                output.stream(Stream::Stdout, &text);
            });
        }
        "where" => {
            let text = format!("cell {:?}, subshell {:?}", cell.id, cell.subshell.is_some());
            output.stream(Stream::Stdout, &text);
        }
        _ => return Err(CellError::new("UnknownCommand", format!("{command:?} is not a command"))),
    }
    Ok(())
}

fn number(argument: &str) -> Result<u64, CellError> {
    argument.parse().map_err(|_| CellError::new("NotANumber", argument))
}

fn word_start(code: &str, cursor: usize) -> usize {
    code[..cursor].rfind(|c: char| !c.is_alphanumeric()).map_or(0, |at| at + code[at..].chars().next().map_or(0, char::len_utf8))
}

struct EchoComm;

impl CommHandler for EchoComm {
    fn message(&self, comm: &Comm, data: &Map<String, Value>, buffers: &[Bytes]) {
        if data.contains_key("close") {
            comm.close(data.clone());
        } else {
            comm.send(data.clone(), buffers.to_vec());
        }
    }

    fn closed(&self, _: &Map<String, Value>) {}
}
