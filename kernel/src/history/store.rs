//! Where the history is kept: an `SQLite` file that all kernels of a user share, or memory where there is no such file.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, params};
use serde_json::{Value, json};

use super::glob::Glob;
use crate::wire::{HistoryAccess, HistoryRequest};

/// How long to wait for another kernel that is writing. It takes far less; nobody but this thread waits.
const BUSY: Duration = Duration::from_secs(5);

/// How long to wait before a file that another kernel is making is tried again.
const PAUSE: Duration = Duration::from_millis(5);

/// The number of the tables below; a file with another one is of another version of this program.
const VERSION: i64 = 1;

/// A session is one shell of one kernel: its number is given with its first entry. Entries are numbered as they come in,
/// of whatever session.
const TABLES: &str = "
    CREATE TABLE sessions (session INTEGER PRIMARY KEY AUTOINCREMENT, started TEXT NOT NULL);
    CREATE TABLE entries (
        number INTEGER PRIMARY KEY,
        session INTEGER NOT NULL,
        count INTEGER NOT NULL,
        input TEXT NOT NULL,
        output TEXT,
        UNIQUE (session, count)
    );
    PRAGMA user_version = 1;
";

/// What can go wrong with the file.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoreError {
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("{0}")]
    File(#[from] std::io::Error),
    #[error("it has version {0} of the history, where this program knows version {VERSION}")]
    Version(i64),
}

impl StoreError {
    /// Whether another kernel is at the file.
    fn is_busy(&self) -> bool {
        matches!(self, Self::Sqlite(error) if matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)))
    }
}

/// One cell of the history: its session, its number there, and its input, or input and output.
pub(super) type Entry = (i64, usize, Value);

/// An open history.
pub(super) struct Store(Connection);

impl Store {
    /// Opens a file, and makes it and its folder where they are not there, for nobody else to read.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        private_file(path)?;
        let end = Instant::now() + BUSY;
        loop {
            // Two that turn a new file to a write-ahead log at once would wait for each other: SQLite refuses one at once.
            match Self::prepare(Connection::open(path)?) {
                Err(error) if error.is_busy() && Instant::now() < end => thread::sleep(PAUSE),
                other => return other,
            }
        }
    }

    /// A history that is forgotten with the kernel.
    pub(super) fn in_memory() -> Result<Self, StoreError> {
        Self::prepare(Connection::open_in_memory()?)
    }

    fn prepare(mut connection: Connection) -> Result<Self, StoreError> {
        connection.busy_timeout(BUSY)?;
        // Kernels that read do not wait for one that writes. Memory and some network folders cannot, and need not.
        connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "normal")?;
        if version(&connection)? == 0 {
            let making = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            // Another kernel may have made the tables meanwhile.
            if version(&making)? == 0 {
                making.execute_batch(TABLES)?;
            }
            making.commit()?;
        }
        match version(&connection)? {
            VERSION => Ok(Self(connection)),
            other => Err(StoreError::Version(other)),
        }
    }

    /// Begins a session and gives its number.
    pub(super) fn begin(&self) -> Result<i64, StoreError> {
        self.0.execute("INSERT INTO sessions (started) VALUES (datetime('now'))", [])?;
        Ok(self.0.last_insert_rowid())
    }

    /// Records a cell that is about to run.
    pub(super) fn add_input(&self, session: i64, count: usize, input: &str) -> Result<(), StoreError> {
        let mut insert = self.0.prepare("INSERT INTO entries (session, count, input) VALUES (?, ?, ?)")?;
        insert.execute(params![session, count as i64, input])?;
        Ok(())
    }

    /// Records the value that a cell had.
    pub(super) fn add_output(&self, session: i64, count: usize, output: &str) -> Result<(), StoreError> {
        let mut update = self.0.prepare("UPDATE entries SET output = ? WHERE session = ? AND count = ?")?;
        update.execute(params![output, session, count as i64])?;
        Ok(())
    }

    /// The entries that a request asks for, oldest first. Session numbers that are not positive count back from `current`,
    /// which is `None` where nothing has been recorded yet.
    pub(super) fn find(&self, request: &HistoryRequest, current: Option<i64>) -> Result<Vec<Entry>, StoreError> {
        let mut found = match &request.access {
            HistoryAccess::Tail { n } => self.latest(None, *n, false, request.output)?,
            HistoryAccess::Search { pattern, n, unique } => self.latest(pattern.as_deref().map(Glob::new), *n, *unique, request.output)?,
            HistoryAccess::Range { session, start, stop } => {
                let Some(session) = self.session(session.unwrap_or(0), current)? else { return Ok(Vec::new()) };
                return self.range(session, start.unwrap_or(0), *stop, request.output);
            }
        };
        found.reverse();
        Ok(found)
    }

    /// The last `n` entries that match, latest first; of equal inputs only the latest, if they are to be `unique`.
    fn latest(&self, glob: Option<Glob>, n: Option<i64>, unique: bool, output: bool) -> Result<Vec<Entry>, StoreError> {
        let mut select = self.0.prepare("SELECT session, count, input, output FROM entries ORDER BY number DESC")?;
        let mut rows = select.query([])?;
        let (mut found, mut seen) = (Vec::new(), HashSet::new());
        // A negative number means no limit, as it does to SQLite, and so to front ends that know IPython.
        let most = n.and_then(|n| usize::try_from(n).ok());
        while most.is_none_or(|most| found.len() < most)
            && let Some(row) = rows.next()?
        {
            let input: String = row.get(2)?;
            if glob.as_ref().is_none_or(|glob| glob.matches(&input)) && (!unique || seen.insert(input)) {
                found.push(entry(row, output)?);
            }
        }
        Ok(found)
    }

    fn range(&self, session: i64, start: i64, stop: Option<i64>, output: bool) -> Result<Vec<Entry>, StoreError> {
        let mut select = self.0.prepare(
            "SELECT session, count, input, output FROM entries WHERE session = ? AND count >= ? AND (?3 IS NULL OR count < ?3) ORDER BY count",
        )?;
        let mut rows = select.query(params![session, start, stop])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(entry(row, output)?);
        }
        Ok(found)
    }

    /// The number of the session that is meant: 0 is the current one, -1 the one that began before it, and so on.
    fn session(&self, meant: i64, current: Option<i64>) -> Result<Option<i64>, StoreError> {
        if meant > 0 {
            return Ok(Some(meant));
        }
        if meant == 0 {
            return Ok(current);
        }
        let mut select = self.0.prepare("SELECT session FROM sessions WHERE session < ? ORDER BY session DESC LIMIT 1 OFFSET ?")?;
        let skipped = meant.saturating_add(1).saturating_neg();
        Ok(select.query_row(params![current.unwrap_or(i64::MAX), skipped], |row| row.get(0)).optional()?)
    }
}

fn entry(row: &Row<'_>, output: bool) -> Result<Entry, rusqlite::Error> {
    let input: String = row.get(2)?;
    let value = if output { json!([input, row.get::<_, Option<String>>(3)?]) } else { json!(input) };
    Ok((row.get(0)?, row.get::<_, i64>(1)? as usize, value))
}

fn version(connection: &Connection) -> Result<i64, rusqlite::Error> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Makes a file that only its owner can read, where there is none; `SQLite` gives the files beside it the same rights.
fn private_file(path: &Path) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}
