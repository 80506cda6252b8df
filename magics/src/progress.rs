//! Progress: a line that says what a command is at while it runs, and stays as a record of how long it took.

use crate::{Bundle, Fault, Screen, covered};
use sdap_nexus::Meter;
use std::{
    fmt::Write,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// How long a command may take before it says what it is at.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often it then says so.
const PULSE: Duration = Duration::from_millis(200);
/// How many characters a bar of text has.
const BAR: u64 = 20;

/// What a command is at.
#[derive(Clone, Debug, Default)]
struct Stage {
    what: String,
    /// How many of how many, and of what, where that is known.
    parts: Option<(u64, u64, &'static str)>,
    /// Where whoever answers counts what it has done.
    meter: Arc<Meter>,
}

impl Stage {
    /// What is counted: the command's own parts, or else what whoever answers reads.
    fn counted(&self) -> Option<(u64, u64, &'static str)> {
        self.parts
            .or_else(|| self.meter.parts().map(|(done, total)| (done, total, self.meter.counted_in())))
            .filter(|(_, total, _)| *total > 0)
    }
}

/// What a command says it is at, for whoever watches it.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    stage: Mutex<Stage>,
    asking: AtomicBool,
}

impl Progress {
    /// A new stage, of which no parts are counted.
    pub(crate) fn stage(&self, what: impl Into<String>) {
        *self.stage_now() = Stage { what: what.into(), ..Stage::default() };
    }

    /// Waits for an answer, whose parts are those of the stage.
    pub(crate) async fn metered<T>(&self, question: impl Future<Output = T>) -> T {
        self.meter().lent_to(question).await
    }

    /// Where whoever answers counts what it has done in this stage.
    pub(crate) fn meter(&self) -> Arc<Meter> {
        self.stage_now().meter.clone()
    }

    /// Begins to count parts of the stage, such as requests.
    pub(crate) fn expect(&self, total: usize, parts: &'static str) {
        self.stage_now().parts = Some((0, total as u64, parts));
    }

    /// One more part is done.
    pub(crate) fn advance(&self) {
        if let Some((done, total, _)) = &mut self.stage_now().parts {
            *done = (*done + 1).min(*total);
        }
    }

    /// Waits for the user's answer to a question. The user's own time is nobody's progress.
    pub(crate) async fn while_asking<T>(&self, question: impl Future<Output = T>) -> T {
        self.asking.store(true, Ordering::Relaxed);
        let answer = question.await;
        self.asking.store(false, Ordering::Relaxed);
        answer
    }

    fn stage_now(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When the line of a command appears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Appears {
    /// Once the command has taken long.
    Late,
    /// At once.
    AtOnce,
}

/// The line of a command that runs. Dropped before the end, as by an interrupt, it says so.
pub(crate) struct Watch<'w> {
    screen: &'w dyn Screen,
    number: usize,
    name: String,
    started: Instant,
    appears: Appears,
    shown: bool,
    ended: bool,
}

impl<'w> Watch<'w> {
    /// The line of that number, for a command of that name.
    pub(crate) fn new(screen: &'w dyn Screen, number: usize, name: impl Into<String>, appears: Appears) -> Self {
        Self { screen, number, name: covered(&name.into()).into_owned(), started: Instant::now(), appears, shown: false, ended: false }
    }

    /// Waits for what a command comes to, and says meanwhile what it is at.
    pub(crate) async fn wait<T>(mut self, progress: &Progress, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        tokio::pin!(work);
        if self.appears == Appears::AtOnce {
            self.say(progress);
        }
        let answer = loop {
            let wait = if self.shown { PULSE } else { PATIENCE };
            match tokio::time::timeout(wait, &mut work).await {
                Ok(answer) => break answer,
                Err(_) if progress.asking.load(Ordering::Relaxed) => {}
                Err(_) => self.say(progress),
            }
        };
        self.ended = true;
        self.record(if answer.is_ok() { "done in" } else { "failed after" });
        answer
    }

    fn say(&mut self, progress: &Progress) {
        self.shown = true;
        let stage = progress.stage_now().clone();
        self.screen.line(self.number, line(&self.name, &stage, self.started.elapsed().as_secs_f64()));
    }

    /// The last state of the line, where there is one.
    fn record(&self, how: &str) {
        if self.shown {
            let text = format!("{}: {how} {:.1} s", self.name, self.started.elapsed().as_secs_f64());
            self.screen.line(self.number, Bundle::text(text));
        }
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.record("cancelled after");
        }
    }
}

/// The line as text, and as HTML with a bar where the parts are counted.
fn line(name: &str, stage: &Stage, seconds: f64) -> Bundle {
    let mut said = format!("{name}: {}", if stage.what.is_empty() { "at work" } else { &stage.what });
    if let Some(told) = stage.meter.stage() {
        let _ = write!(said, ", {told}");
    }
    let Some((done, total, parts)) = stage.counted() else {
        let _ = write!(said, " · {seconds:.1} s");
        return Bundle::text(said);
    };
    let mut counts = format!("{done} of {total} {parts} · {seconds:.1} s");
    if done > 0 && seconds > 0.0 {
        let rate = done as f64 / seconds;
        let _ = write!(counts, " · {rate:.1} {parts}/s · about {:.0} s left", ((total - done) as f64 / rate).ceil());
    }
    let filled = (done * BAR / total) as usize;
    let bar = format!("{}{}", "█".repeat(filled), "░".repeat(BAR as usize - filled));
    let html = maud::html! { (said) " " progress max=(total) value=(done) {} " " (counts) };
    Bundle::text(format!("{said} {bar} {counts}")).with("text/html", html.into_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Lines(Mutex<Vec<String>>);

    impl Screen for Lines {
        fn line(&self, number: usize, line: Bundle) {
            self.0.lock().unwrap().push(format!("{number} {}", line.plain()));
        }
        fn show(&self, _: Bundle) {}
    }

    #[test]
    fn a_line_has_a_bar_a_rate_and_an_estimate_where_parts_are_counted() {
        let stage = Stage { what: "asking embedded".into(), parts: Some((2, 8, "requests")), ..Stage::default() };
        let bundle = line("subset", &stage, 4.0);
        assert_eq!(
            bundle.plain(),
            "subset: asking embedded █████░░░░░░░░░░░░░░░ 2 of 8 requests · 4.0 s · 0.5 requests/s · about 12 s left"
        );
        assert!(bundle.data["text/html"].as_str().unwrap().contains("<progress max=\"8\" value=\"2\">"));
        assert_eq!(line("map", &Stage::default(), 1.25).plain(), "map: at work · 1.2 s");
    }

    #[tokio::test]
    async fn what_whoever_answers_counts_and_tells_is_shown() {
        let progress = Progress::default();
        progress.stage("asking embedded");
        progress
            .metered(async {
                Meter::current().expect(4);
                Meter::current().advance();
            })
            .await;
        let said = line("map", &progress.stage_now().clone(), 2.0).plain().to_owned();
        assert!(said.contains("1 of 4 chunks") && said.contains("about 6 s left"), "{said}");
        progress.metered(async { Meter::current().say("asking again in 2 s, try 2 of 4: it answered 503") }).await;
        let said = line("map", &progress.stage_now().clone(), 2.0).plain().to_owned();
        assert!(said.starts_with("map: asking embedded, asking again in 2 s, try 2 of 4: it answered 503 █"), "{said}");
        progress.stage("writing");
        assert_eq!(line("map", &progress.stage_now().clone(), 2.0).plain(), "map: writing · 2.0 s");
    }

    #[tokio::test]
    async fn a_quick_command_says_nothing_and_one_that_is_watched_ends_as_a_record() {
        let (lines, progress) = (Lines::default(), Progress::default());
        let quick = Watch::new(&lines, 0, "map", Appears::Late).wait(&progress, async { Ok(1) });
        assert_eq!(quick.await, Ok(1));
        assert!(lines.0.lock().unwrap().is_empty());
        progress.stage("asking x");
        let watched = Watch::new(&lines, 3, "map", Appears::AtOnce).wait(&progress, async { Err::<(), _>(Fault::new("NoData", "none")) });
        assert!(watched.await.is_err());
        let said = lines.0.lock().unwrap().clone();
        assert!(said[0].starts_with("3 map: asking x · ") && said[1].starts_with("3 map: failed after"), "{said:?}");
    }

    #[test]
    fn a_command_that_is_given_up_says_so() {
        let (lines, progress) = (Lines::default(), Progress::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let endless = Watch::new(&lines, 0, "map", Appears::AtOnce).wait(&progress, std::future::pending::<Result<(), Fault>>());
            tokio::select! { biased; _ = endless => unreachable!("it never ends"), () = std::future::ready(()) => {} }
        });
        assert!(lines.0.lock().unwrap().last().unwrap().contains("cancelled after"));
    }
}
