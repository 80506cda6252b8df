//! What a running cell asks of the kernel: one question a connection, a line of JSON each way.
//!
//! The kernel listens on a Unix socket of its private folder and tells cells where ([`ASK_FOLDER`]). A value crosses as the path
//! of a file beside the socket, so that no number is written as text. Whoever wrote such a file removes it once the connection is
//! closed; who has mapped it keeps its pages.

use crate::{StoreError, Value};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    io::{self, BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

/// The environment variable by which the kernel tells Rust cells the folder of its socket.
pub const ASK_FOLDER: &str = "SDAP_ASK_FOLDER";

/// The name of the socket in that folder.
pub const SOCKET: &str = "socket";

/// What a cell asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Question {
    /// The value that a command answers with.
    Value {
        /// The verb and its arguments, as after `%sdap`.
        command: String,
    },
    /// What a command shows of the cell's own values.
    Shown {
        /// The verb and its arguments, as after `%sdap`.
        command: String,
        /// The values that the command names, each with the file it is in.
        values: Vec<(String, PathBuf)>,
    },
}

/// What the kernel answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// The file that holds the value.
    Value(PathBuf),
    /// The number under which the kernel keeps what is to be shown, until the cell says where.
    Shown(u64),
    /// What is wrong with the command: the kind of fault, and the whole text with its caret.
    Fault {
        /// In one word, such as `UnknownDataset`.
        kind: String,
        /// The message, the command with a caret under what is wrong, what was expected, and what to do.
        text: String,
    },
    /// The user interrupted the cell.
    Interrupted,
}

/// Why a question to the kernel got no answer.
#[derive(thiserror::Error)]
pub enum AskError {
    /// The program does not run in a cell of the kernel.
    #[error("only a cell of the SDAP kernel can ask: this program runs elsewhere, without a kernel that would answer")]
    NoKernel,
    /// The kernel did not answer.
    #[error("the kernel did not answer: {0}")]
    Gone(#[source] io::Error),
    /// The command cannot be read or answered; the text is what a `%sdap` line would show.
    #[error("{text}")]
    Fault {
        /// The kind of fault in one word, such as `UnknownDataset`.
        kind: String,
        /// The message, the command with a caret under what is wrong, what was expected, and what to do.
        text: String,
    },
    /// The command answers with a value of another type.
    #[error("`{command}` answers with a {found}, not a {wanted}")]
    Type {
        /// The command.
        command: String,
        /// The type asked for.
        wanted: &'static str,
        /// The type of the answer.
        found: &'static str,
    },
    /// The user interrupted the cell.
    #[error("the cell was interrupted")]
    Interrupted,
    /// A value could not be handed over.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// As it is displayed: what `unwrap` shows is meant to be read.
impl fmt::Debug for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The value that a command answers with.
pub(crate) fn value(command: &str) -> Result<Value, AskError> {
    // The kernel removes the file when the connection closes.
    let (reply, connection) = ask(&folder()?, &Question::Value { command: command.to_owned() })?;
    let value = match reply {
        Reply::Value(path) => crate::store::receive(&path)?,
        other => return Err(failure(other)),
    };
    drop(connection);
    Ok(value)
}

/// The number under which the kernel keeps what a command shows of `values`.
pub(crate) fn shown(command: String, values: &[(String, Value)]) -> Result<u64, AskError> {
    let folder = folder()?;
    let mut handed_over = HandedOver(Vec::new());
    for (name, value) in values {
        let path = folder.join(format!("{}-{}.safetensors", unique(), handed_over.0.len()));
        crate::write(value, &path)?;
        handed_over.0.push((name.clone(), path));
    }
    match ask(&folder, &Question::Shown { command, values: handed_over.0.clone() })?.0 {
        Reply::Shown(number) => Ok(number),
        other => Err(failure(other)),
    }
}

/// A value that a cell hands over with its question, as the kernel takes it: a copy, which goes with the answer.
///
/// # Errors
/// As for [`open`](crate::open).
pub fn handed_over(path: &Path) -> Result<Value, StoreError> {
    crate::store::copied(path)
}

/// Files that go when the question is answered.
struct HandedOver(Vec<(String, PathBuf)>);

impl Drop for HandedOver {
    fn drop(&mut self) {
        for (_, path) in &self.0 {
            std::fs::remove_file(path).ok();
        }
    }
}

/// A name that no other thread, cell or process takes. Each cell is a library with statics of its own, so none counts.
fn unique() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let thread: String = format!("{:?}", thread::current().id()).chars().filter(char::is_ascii_digit).collect();
    format!("{}-{thread}-{}", std::process::id(), now.as_nanos())
}

fn folder() -> Result<PathBuf, AskError> {
    std::env::var_os(ASK_FOLDER).map(PathBuf::from).ok_or(AskError::NoKernel)
}

/// The reply, and the connection it came by.
fn ask(folder: &Path, question: &Question) -> Result<(Reply, UnixStream), AskError> {
    let exchange = || {
        let mut connection = UnixStream::connect(folder.join(SOCKET))?;
        connection.write_all(format!("{}\n", serde_json::to_string(question)?).as_bytes())?;
        let mut line = String::new();
        BufReader::new(&connection).read_line(&mut line)?;
        if line.is_empty() {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it closed the connection"));
        }
        Ok((serde_json::from_str(&line)?, connection))
    };
    exchange().map_err(AskError::Gone)
}

fn failure(reply: Reply) -> AskError {
    match reply {
        Reply::Fault { kind, text } => AskError::Fault { kind, text },
        Reply::Interrupted => AskError::Interrupted,
        other => AskError::Gone(io::Error::other(format!("{other:?} answers another question"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    /// A kernel that gives one answer, and says what it was asked.
    fn kernel(folder: &Path, reply: &'static str) -> thread::JoinHandle<Question> {
        let listener = UnixListener::bind(folder.join(SOCKET)).unwrap();
        thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let mut line = String::new();
            BufReader::new(&connection).read_line(&mut line).unwrap();
            connection.write_all(reply.as_bytes()).unwrap();
            serde_json::from_str(&line).unwrap()
        })
    }

    fn asked(reply: &'static str) -> Result<Reply, AskError> {
        let folder = tempfile::tempdir().unwrap();
        let question = Question::Value { command: "datasets\n\"é\"".to_owned() };
        let kernel = kernel(folder.path(), reply);
        let answer = ask(folder.path(), &question);
        assert_eq!(kernel.join().unwrap(), question, "a command of several lines crosses as one");
        answer.map(|(reply, _)| reply)
    }

    #[test]
    fn a_question_and_its_reply_are_a_line_each() {
        assert_eq!(asked("{\"Shown\":7}\n").unwrap(), Reply::Shown(7));
        assert_eq!(asked("\"Interrupted\"\n").unwrap(), Reply::Interrupted);
    }

    #[test]
    fn a_kernel_that_is_gone_or_talks_nonsense_is_an_error_that_says_so() {
        for (reply, said) in [("", "closed the connection"), ("hello\n", "expected"), ("{\"Shown\":", "EOF")] {
            let error = asked(reply).unwrap_err().to_string();
            assert!(error.starts_with("the kernel did not answer") && error.contains(said), "{error}");
        }
        let nobody = ask(Path::new("/no/such/folder"), &Question::Value { command: String::new() });
        assert!(matches!(nobody, Err(AskError::Gone(_))));
    }

    #[test]
    fn a_fault_reads_as_its_text_also_where_it_is_unwrapped() {
        let fault = failure(Reply::Fault { kind: "UnknownVerb".into(), text: "UnknownVerb: no\n  mpa\n  ^^^".into() });
        assert_eq!(fault.to_string(), "UnknownVerb: no\n  mpa\n  ^^^");
        assert_eq!(format!("{fault:?}"), fault.to_string());
    }
}
