//! The seam between the protocol and a language: what the kernel asks of the language, and where its output goes.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

pub use jupyter_protocol::{HelpLink, LanguageInfo};
pub use sdap_magics::Bundle;

/// A language that runs cells.
///
/// Every method takes `&self` and may be called while a cell runs, so that completion, inspection and the like never
/// wait for it. Each call has an OS thread to itself: it may block. A call that panics costs only its own answer.
/// Positions in code are byte offsets, always at a character boundary.
#[async_trait]
pub trait Language: Send + Sync + 'static {
    /// What the kernel says of itself. Asked before anything else has been set up, so it must cost nothing.
    fn about(&self) -> About;

    /// Runs a cell. What it prints and shows goes to `output`, which stays usable after the call has returned.
    ///
    /// The cells of one shell are run one at a time; those of different subshells at the same time. When the cell's
    /// `interrupt` is cancelled the call should return [`CellError::interrupted`] within 200 ms, keeping all that is bound.
    ///
    /// # Errors
    /// The one error that the front end shows for this cell.
    async fn execute(&self, cell: Cell, output: Arc<dyn Output>) -> Result<(), CellError>;

    /// The value of an expression, without any other effect; asked for `user_expressions` after a cell has succeeded.
    ///
    /// # Errors
    /// Why the expression has no value.
    async fn evaluate(&self, expression: &str, interrupt: &CancellationToken) -> Result<Bundle, CellError>;

    /// What could stand at `cursor`.
    async fn complete(&self, code: &str, cursor: usize) -> Completions;

    /// What is known of the thing at `cursor`.
    async fn inspect(&self, code: &str, cursor: usize, detail: Detail) -> Option<Bundle>;

    /// Whether the code can run as it stands, for front ends that ask at each Enter.
    async fn is_complete(&self, code: &str) -> Completeness;

    /// Takes a comm that the front end opens, with the data it opens it with; `None` where the language knows no such
    /// target, and the kernel then closes the comm.
    fn open_comm(&self, comm: &Comm, data: &Map<String, Value>, buffers: &[Bytes]) -> Option<Box<dyn CommHandler>> {
        let _ = (comm, data, buffers);
        None
    }

    /// Makes ready what the next cell may need. Called once, when the kernel has had nothing to do for a moment; a cell, or the
    /// end of the kernel, may come while it is at it.
    async fn prepare(&self) {}

    /// Ends all that the language started: child processes, files, jobs. The process ends within a second of the call.
    async fn shutdown(&self);
}

/// What a kernel says of itself and of its language.
#[derive(Clone, Debug)]
pub struct About {
    /// The kernel's name, such as `sdap-kernel`.
    pub implementation: String,
    /// The kernel's version.
    pub implementation_version: String,
    /// What a console prints when it starts.
    pub banner: String,
    /// The language, as front ends need it to colour, save and export notebooks.
    pub language: LanguageInfo,
    /// Entries of the front end's Help menu.
    pub help_links: Vec<HelpLink>,
}

/// A cell to run.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The code, as the user wrote it.
    pub code: String,
    /// The number shown beside the cell. A cell that is not stored has the number of the last one that was.
    pub count: usize,
    /// How much of the cell the user and the history are to see.
    pub visibility: Visibility,
    /// The front end's id of the cell in the notebook, where it tells.
    pub id: Option<String>,
    /// The subshell that runs the cell; `None` for the main shell.
    pub subshell: Option<String>,
    /// Cancelled when the user interrupts.
    pub interrupt: CancellationToken,
}

/// How much of a cell the user and the history are to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Counted, kept in the history, output shown.
    Stored,
    /// Neither counted nor kept, output shown.
    Unstored,
    /// Neither counted nor kept, and no output shown: the kernel drops it.
    Silent,
}

/// Why a cell failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{name}: {value}")]
pub struct CellError {
    /// The kind of error, one word.
    pub name: String,
    /// What went wrong, one line.
    pub value: String,
    /// What the user reads, line by line, ANSI colours allowed.
    pub traceback: Vec<String>,
}

impl CellError {
    /// An error whose traceback is its one line.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        let traceback = vec![format!("{name}: {value}")];
        Self { name, value, traceback }
    }

    /// The error of a cell that the user interrupted.
    pub fn interrupted() -> Self {
        Self::new("Interrupted", "the cell was interrupted")
    }
}

/// What could stand at the cursor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Completions {
    /// The candidates, best first.
    pub candidates: Vec<Candidate>,
    /// The bytes of the code that a candidate replaces.
    pub replaces: Range<usize>,
}

/// One candidate of a completion.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidate {
    /// The text to insert.
    pub text: String,
    /// What it is, such as `function`, `dataset` or `option`; empty where unknown.
    pub kind: String,
    /// Its signature or a few words about it; empty where unknown.
    pub signature: String,
}

/// How much an inspection is to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// What it is and how to use it.
    Brief,
    /// All that is known.
    Full,
}

/// Whether code can run as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// It can.
    Complete,
    /// More must follow, indented by this text.
    Incomplete {
        /// What the next line should begin with.
        indent: String,
    },
    /// Nothing that follows could make it right.
    Invalid,
    /// It cannot be told.
    Unknown,
}

/// One of the two text streams of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// When output is cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clear {
    /// At once.
    Now,
    /// When the next output comes, so that an animation does not flicker.
    BeforeNext,
}

/// Where the text of [`Output::next_input`] goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextInput {
    /// Into a new cell below.
    Insert,
    /// Into the cell that ran.
    Replace,
}

/// How the front end shows what the user types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typing {
    /// As it is typed.
    Shown,
    /// Hidden, for a password or a token.
    Hidden,
}

/// Why a prompt got no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// The front end cannot ask the user, as in a batch run.
    #[error("this front end cannot ask for input; it ran the cell with allow_stdin off")]
    NotAllowed,
    /// The front end that ran the cell has no stdin channel open.
    #[error("the front end that ran the cell does not listen on its stdin channel")]
    Unreachable,
    /// The user interrupted instead.
    #[error("the cell was interrupted while it waited for input")]
    Interrupted,
}

/// Where the output of one cell goes, in the order of the calls, whatever threads they come from.
///
/// No call waits for a front end, save [`Output::input`]. A cell that shows more than front ends can take (800 outputs a second
/// for some seconds) is slowed down to what they can.
#[async_trait]
pub trait Output: Send + Sync {
    /// Appends text to a stream. Small pieces are gathered for up to 50 ms and sent together.
    fn stream(&self, stream: Stream, text: &str);

    /// Shows a bundle; with an id, [`Output::update`] can replace it later.
    fn display(&self, bundle: Bundle, display_id: Option<&str>);

    /// Replaces every bundle shown with this id, in this cell or another. Of updates that follow each other faster than they
    /// can be sent, the last is sent.
    fn update(&self, bundle: Bundle, display_id: &str);

    /// Shows the value of the cell, beside its number. At most once a cell.
    fn result(&self, bundle: Bundle);

    /// Clears what the cell has shown.
    fn clear(&self, when: Clear);

    /// Shows text beside the notebook (a pager) once the cell has ended.
    fn page(&self, bundle: Bundle);

    /// Opens a comm to the front ends, for a target that their extensions know; one that knows it not closes it again.
    /// What comes back on it goes to the handler.
    fn open_comm(&self, target: &str, data: Map<String, Value>, handler: Box<dyn CommHandler>) -> Comm;

    /// Offers code to run next, once the cell has ended.
    fn next_input(&self, code: &str, place: NextInput);

    /// Asks the user for a line. Any executor may drive it.
    ///
    /// # Errors
    /// When the front end cannot ask, or the cell is interrupted meanwhile.
    async fn input(&self, prompt: &str, typing: Typing) -> Result<String, InputError>;
}

/// The kernel's end of an open comm.
#[derive(Clone)]
pub struct Comm {
    pub(crate) id: String,
    pub(crate) target: String,
    pub(crate) link: Arc<dyn CommLink>,
}

impl Comm {
    /// The id both ends know it by.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The target it was opened for.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Sends data, and binary buffers, to the front end.
    pub fn send(&self, data: Map<String, Value>, buffers: Vec<Bytes>) {
        self.link.send(&self.id, data, buffers);
    }

    /// Closes the comm from the kernel's side.
    pub fn close(&self, data: Map<String, Value>) {
        self.link.close(&self.id, data);
    }
}

/// The language's side of an open comm.
pub trait CommHandler: Send + Sync {
    /// A message from the front end.
    fn message(&self, comm: &Comm, data: &Map<String, Value>, buffers: &[Bytes]);

    /// The front end closed the comm. Not called when the kernel closed it.
    fn closed(&self, data: &Map<String, Value>);
}

/// How a [`Comm`] reaches the front end.
pub(crate) trait CommLink: Send + Sync {
    fn send(&self, id: &str, data: Map<String, Value>, buffers: Vec<Bytes>);
    fn close(&self, id: &str, data: Map<String, Value>);
}
