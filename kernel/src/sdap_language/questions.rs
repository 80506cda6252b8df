//! What running Rust cells ask: the answers of `%sdap` commands, and figures and tables of their own values.
//!
//! Each question is a connection to a Unix socket in the run-time folder; [`sdap::ask`] is the cell's side. A command runs as
//! the line `%sdap` would, in the same session. What is drawn is kept here under a number until the output of the cell says
//! where it belongs, so that it comes between what is printed before and after.

use crate::language::{Bundle, Output};
use sdap::{
    Value,
    ask::{Question, Reply, SOCKET, handed_over},
};
use sdap_magics::{Fault, Session};
use std::{
    collections::BTreeMap,
    io,
    os::unix::net::UnixListener,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixStream, unix::OwnedReadHalf},
    runtime::Handle,
    sync::{Mutex as AsyncMutex, OwnedMutexGuard},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long an answer may take before the output of the cell says that it is waited for.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often it then says so.
const PULSE: Duration = Duration::from_millis(250);

/// Answers what cells ask.
pub(super) struct Questions {
    session: Arc<Session>,
    folder: PathBuf,
    /// The socket, until the first cell runs.
    socket: Mutex<Option<UnixListener>>,
    /// Rust runs one cell at a time.
    turn: Arc<AsyncMutex<()>>,
    /// The cell that runs, or ran last: a thread that it left behind may still ask.
    asker: Mutex<Option<Arc<Asker>>>,
    kept: Mutex<BTreeMap<u64, Vec<Bundle>>>,
    numbers: AtomicU64,
}

/// A cell that asks.
struct Asker {
    /// Where it is told that an answer takes long.
    output: Option<Arc<dyn Output>>,
    interrupt: CancellationToken,
    progress: Mutex<Progress>,
}

/// A cell's turn to ask; its progress is final when it is dropped.
pub(super) struct Turn {
    asker: Arc<Asker>,
    _turn: OwnedMutexGuard<()>,
}

impl Questions {
    /// Listens in a folder.
    ///
    /// # Errors
    /// If there can be no socket.
    pub(super) fn new(session: Arc<Session>, folder: PathBuf) -> io::Result<Arc<Self>> {
        let socket = UnixListener::bind(folder.join(SOCKET))?;
        socket.set_nonblocking(true)?;
        Ok(Arc::new(Self {
            session,
            folder,
            socket: Mutex::new(Some(socket)),
            turn: Arc::default(),
            asker: Mutex::default(),
            kept: Mutex::default(),
            numbers: AtomicU64::default(),
        }))
    }

    /// Waits until a cell may run. Until the turn is dropped, what is asked is asked by that cell.
    pub(super) async fn turn(self: &Arc<Self>, output: Option<Arc<dyn Output>>, interrupt: CancellationToken) -> Turn {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        if let Some(socket) = lock(&self.socket).take() {
            tokio::spawn(Arc::clone(self).listen(socket));
        }
        lock(&self.kept).clear();
        let asker = Arc::new(Asker { output, interrupt, progress: Mutex::default() });
        *lock(&self.asker) = Some(Arc::clone(&asker));
        Turn { asker, _turn: turn }
    }

    /// What is kept under a number.
    pub(super) fn take(&self, number: u64) -> Option<Vec<Bundle>> {
        lock(&self.kept).remove(&number)
    }

    async fn listen(self: Arc<Self>, socket: UnixListener) {
        let socket = match tokio::net::UnixListener::from_std(socket) {
            Ok(socket) => socket,
            Err(error) => return tracing::warn!(%error, "Rust cells cannot ask the kernel"),
        };
        while let Ok((connection, _)) = socket.accept().await {
            let questions = Arc::clone(&self);
            // Drawing takes its time.
            tokio::task::spawn_blocking(move || Handle::current().block_on(questions.converse(connection)));
        }
    }

    /// Answers one question. Who hangs up before the answer is there no longer wants it.
    async fn converse(&self, connection: UnixStream) {
        let (receiving, mut sending) = connection.into_split();
        let mut receiving = BufReader::new(receiving);
        let mut line = String::new();
        let asker = lock(&self.asker).clone();
        let (Ok(_), Some(asker)) = (receiving.read_line(&mut line).await, asker) else { return };
        let question = match serde_json::from_str(&line) {
            Ok(question) => question,
            Err(error) => return tracing::warn!(%error, "a Rust cell asked what is no question"),
        };
        let reply = tokio::select! {
            biased;
            () = asker.interrupt.cancelled() => Reply::Interrupted,
            () = hung_up(&mut receiving) => return,
            reply = self.answer(question, &asker) => reply,
        };
        let Ok(text) = serde_json::to_string(&reply) else { return };
        if sending.write_all(format!("{text}\n").as_bytes()).await.is_ok() {
            hung_up(&mut receiving).await;
        }
        if let Reply::Value(file) = reply {
            std::fs::remove_file(file).ok();
        }
    }

    async fn answer(&self, question: Question, asker: &Asker) -> Reply {
        let (command, answer) = match question {
            Question::Value { command } => {
                let answer = asker.waiting(&command, self.session.answer(&command)).await;
                (command, answer.and_then(|value| self.save(&value)).map(Reply::Value))
            }
            Question::Shown { command, values } => {
                let answer = match opened(&values) {
                    Ok(values) => self.session.show(&command, &values).await,
                    Err(fault) => Err(fault),
                };
                (command, answer.map(|bundles| Reply::Shown(self.keep(bundles))))
            }
        };
        answer.unwrap_or_else(|fault| Reply::Fault { kind: fault.kind.to_owned(), text: fault.text(&command) })
    }

    fn save(&self, value: &Value) -> Result<PathBuf, Fault> {
        let file = self.folder.join(format!("answer-{}.safetensors", self.numbers.fetch_add(1, Ordering::Relaxed)));
        sdap::write(value, &file).map_err(|error| Fault::new("CannotAnswer", error.to_string()))?;
        Ok(file)
    }

    fn keep(&self, bundles: Vec<Bundle>) -> u64 {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        lock(&self.kept).insert(number, bundles);
        number
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn opened(values: &[(String, PathBuf)]) -> Result<Vec<(String, Arc<Value>)>, Fault> {
    let open = |path: &Path| handed_over(path).map_err(|error| Fault::new("CannotShow", error.to_string()));
    values.iter().map(|(name, path)| Ok((name.clone(), Arc::new(open(path)?)))).collect()
}

/// Waits for the other side to hang up; it says nothing more before.
async fn hung_up(connection: &mut BufReader<OwnedReadHalf>) {
    let mut nothing = [0; 64];
    while connection.read(&mut nothing).await.is_ok_and(|count| count > 0) {}
}

/// What a cell has asked so far.
#[derive(Default)]
struct Progress {
    first: Option<Instant>,
    waiting: usize,
    answered: usize,
    /// The verb asked last.
    verb: String,
    /// The line that tells it, and when it was told last.
    line: Option<(String, Instant)>,
}

impl Asker {
    /// Waits for an answer; where that takes long, the cell's output says so.
    async fn waiting<T>(&self, command: &str, answer: impl Future<Output = T>) -> T {
        let asked = Asked::start(self, command);
        tokio::pin!(answer);
        loop {
            match tokio::time::timeout(PULSE, &mut answer).await {
                Ok(answer) => break answer,
                Err(_) => asked.0.tell(Moment::Meanwhile),
            }
        }
    }

    /// Says how far the questions are, no more often than is readable.
    fn tell(&self, moment: Moment) {
        let (Some(output), mut progress) = (&self.output, lock(&self.progress)) else { return };
        let Some(first) = progress.first else { return };
        let now = Instant::now();
        let text = Bundle::text(progress.text(now.duration_since(first)));
        match &mut progress.line {
            Some((id, told)) if moment == Moment::End || now.duration_since(*told) >= PULSE => {
                output.update(text, id);
                *told = now;
            }
            None if moment == Moment::Meanwhile && now.duration_since(first) >= PATIENCE => {
                let id = Uuid::new_v4().to_string();
                output.display(text, Some(&id));
                progress.line = Some((id, now));
            }
            _ => {}
        }
    }
}

/// When progress is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moment {
    Meanwhile,
    End,
}

impl Progress {
    fn text(&self, time: Duration) -> String {
        let (verb, seconds) = (&self.verb, time.as_secs_f64());
        match (self.answered, self.waiting) {
            (0, 1) => format!("{verb}: asked, waiting for {seconds:.1} s"),
            (1, 0) => format!("{verb}: answered after {seconds:.1} s"),
            (answered, 0) => format!("sdap::query: {answered} answered after {seconds:.1} s"),
            (answered, waiting) => format!("sdap::query: {answered} answered, waiting for {waiting}, {seconds:.1} s"),
        }
    }
}

/// A question under way. One that nobody waits for any more counts as answered.
struct Asked<'a>(&'a Asker);

impl<'a> Asked<'a> {
    fn start(asker: &'a Asker, command: &str) -> Self {
        let mut progress = lock(&asker.progress);
        progress.first.get_or_insert_with(Instant::now);
        progress.waiting += 1;
        command.split_whitespace().next().unwrap_or_default().clone_into(&mut progress.verb);
        Self(asker)
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        let mut progress = lock(&self.0.progress);
        progress.waiting -= 1;
        progress.answered += 1;
        drop(progress);
        self.0.tell(Moment::Meanwhile);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.asker.tell(Moment::End);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_question_is_told_by_its_verb_and_several_are_counted() {
        let text =
            |answered, waiting| Progress { answered, waiting, verb: "map".into(), ..Progress::default() }.text(Duration::from_millis(2340));
        assert_eq!(text(0, 1), "map: asked, waiting for 2.3 s");
        assert_eq!(text(1, 0), "map: answered after 2.3 s");
        assert_eq!(text(2, 3), "sdap::query: 2 answered, waiting for 3, 2.3 s");
        assert_eq!(text(9, 0), "sdap::query: 9 answered after 2.3 s");
    }
}
