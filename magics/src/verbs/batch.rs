//! `%%sdap batch`: several commands, two at a time, each with a line of its own.

use super::Context;
use crate::{
    Bundle, CommandLine, Fault, Given, Session, covered, grammar,
    grammar::Verb,
    progress::{Appears, Progress, Watch},
    token::tokens,
};
use futures::{StreamExt, stream};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Semaphore;

/// How many lines run at a time; NEXUS has four threads for everybody.
const AT_ONCE: usize = 2;

/// What becomes of the other lines when one fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    /// They run.
    GoesOn,
    /// Those that have not begun do not run.
    Stops,
}

/// The lines of a batch.
pub(crate) struct Batch {
    lines: Vec<CommandLine>,
    magic: std::ops::Range<usize>,
    failure: Failure,
}

/// What became of one line.
enum Ended {
    Answered(Vec<Bundle>),
    Failed(Fault),
    NotRun,
}

impl Batch {
    /// The batch that a command is; `None` where it is another command, or has no lines.
    pub(crate) fn of(cell: &str, command: &CommandLine) -> Result<Option<Self>, Fault> {
        let lines = command.lines(cell);
        if lines.is_empty() {
            return Ok(None);
        }
        let Verb::Batch(args) = grammar::parse(&tokens(cell, command.arguments.clone())?)? else { return Ok(None) };
        let failure = if args.stop { Failure::Stops } else { Failure::GoesOn };
        Ok(Some(Self { lines, magic: command.magic.clone(), failure }))
    }

    /// Runs the lines, and shows what each answers in their order.
    pub(crate) async fn run(&self, session: &Session, cell: &str, given: &Given<'_>) -> Result<(), Fault> {
        let count = self.lines.len();
        let run = Run {
            batch: self,
            session,
            cell,
            given,
            values: self.values(cell, given)?,
            permits: Semaphore::new(AT_ONCE),
            stopped: AtomicBool::new(false),
            ended: (0..count).map(|_| Semaphore::new(0)).collect(),
        };
        let mut results = stream::iter((0..count).map(|index| run.line(index))).buffered(count).enumerate();
        let (mut faults, mut not_run) = (Vec::new(), 0);
        while let Some((index, ended)) = results.next().await {
            match ended {
                Ended::Answered(bundles) => bundles.into_iter().for_each(|b| given.screen.show(b)),
                Ended::Failed(fault) => faults.push((index + 1, fault)),
                Ended::NotRun => not_run += 1,
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(self.failed(&faults, not_run)) }
    }

    /// The values of the expressions of each line, which were given all together.
    fn values(&self, cell: &str, given: &Given<'_>) -> Result<Vec<Vec<String>>, Fault> {
        let mut rest = given.values.iter().cloned();
        let of_line = |line: &CommandLine| Ok(rest.by_ref().take(line.expressions(cell)?.len()).collect());
        self.lines.iter().map(of_line).collect()
    }

    /// The earlier lines that bind a name that a line uses.
    fn needed(&self, cell: &str, index: usize) -> Vec<usize> {
        let words: Vec<&str> = cell[self.lines[index].arguments.clone()].split_whitespace().collect();
        let binds = |line: &CommandLine| line.bind.as_ref().is_some_and(|(name, _)| words.contains(&name.as_str()));
        (0..index).filter(|earlier| binds(&self.lines[*earlier])).collect()
    }

    /// The one error of a batch.
    fn failed(&self, faults: &[(usize, Fault)], not_run: usize) -> Fault {
        let told: Vec<String> = faults.iter().map(|(number, fault)| format!("line {number}: {}", fault.message)).collect();
        let message = format!("{} of {} lines failed; {}", faults.len(), self.lines.len(), told.join("; "));
        let first = &faults[0].1;
        let fault = Fault { advice: first.advice.clone(), ..Fault::new("BatchFailed", message) };
        let fault = fault.at(first.span.clone().unwrap_or_else(|| self.magic.clone()));
        if not_run == 0 { fault } else { Fault { message: format!("{}; {not_run} did not run", fault.message), ..fault } }
    }
}

/// A batch that runs.
struct Run<'r> {
    batch: &'r Batch,
    session: &'r Session,
    cell: &'r str,
    given: &'r Given<'r>,
    /// The values of each line's expressions.
    values: Vec<Vec<String>>,
    permits: Semaphore,
    stopped: AtomicBool,
    /// One for each line, closed when the line has ended.
    ended: Vec<Semaphore>,
}

impl Run<'_> {
    /// Runs one line when its turn has come, and says on the screen what it is at.
    async fn line(&self, index: usize) -> Ended {
        let progress = Progress::default();
        progress.stage("waiting");
        let name = format!("{}  {}", index + 1, shortened(&covered(&self.cell[self.batch.lines[index].arguments.clone()])));
        let watch = Watch::new(self.given.screen, index, name, Appears::AtOnce);
        let answer = watch.wait(&progress, self.in_turn(index, &progress)).await;
        self.ended[index].close();
        answer.unwrap_or_else(|fault| {
            self.stopped.store(self.batch.failure == Failure::Stops, Ordering::Relaxed);
            Ended::Failed(fault)
        })
    }

    async fn in_turn(&self, index: usize, progress: &Progress) -> Result<Ended, Fault> {
        for earlier in self.batch.needed(self.cell, index) {
            // It is closed when that line has ended; a permit is never given.
            self.ended[earlier].acquire().await.ok();
        }
        let _permit = self.permits.acquire().await.ok();
        if self.stopped.load(Ordering::Relaxed) {
            return Ok(Ended::NotRun);
        }
        progress.stage("at work");
        let given = Given { values: &self.values[index], ..*self.given };
        self.session.run_one(self.cell, &self.batch.lines[index], &given, progress).await.map(Ended::Answered)
    }
}

/// A command short enough to begin a line with.
fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    let words = text.split_whitespace().filter(|w| *w != "\\").collect::<Vec<_>>().join(" ");
    if words.chars().count() <= MOST { words } else { words.chars().take(MOST).chain(['…']).collect() }
}

/// The fault of a batch that has nothing to run.
pub(super) fn without_lines(context: &Context<'_>) -> Fault {
    Fault::new("MissingArgument", "batch lacks its lines")
        .at(context.tokens.behind())
        .expected("%%sdap batch on the first line of a cell, and a command on each further line")
        .hint("%sdap help batch")
}
