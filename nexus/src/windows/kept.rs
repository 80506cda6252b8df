//! Windows that were answered though their question was not: kept for when it is asked again.

use super::Windows;
use super::run::{Part, Window};
use sdap::{Origin, Period};
use std::any::Any;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many bytes of answers are kept.
pub(super) const MOST: usize = 256 << 20;
/// How long they are kept: data change.
const LONGEST: Duration = Duration::from_hours(1);
/// How what an answer says of them ends.
const WHY: &str = ", when the question was not answered to its end";

/// A question, as it must be asked again to go on where it ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Question {
    pub(super) server: String,
    pub(super) path_and_query: String,
    pub(super) period: Period,
    pub(super) windows: Windows,
}

/// The windows with an answer of questions that were not answered to their end: dropped, out of time, or with windows that
/// failed again and again. Who asks the same again within an hour is asked only for the others.
///
/// It holds 256 MiB of answers at most; the oldest make room for new ones.
///
/// ```
/// # fn anyone() -> impl sdap_nexus::Nexus { sdap_nexus::Server::new("https://example.org").unwrap() }
/// use sdap_nexus::windows::{Kept, Windowed, Windows};
/// let (server, kept) = (anyone(), Kept::default());
/// let patient = Windowed::new(&server, Windows::Auto).keeping(&kept);
/// assert_eq!(kept.unfinished("https://example.org", "/timeSeriesSpark?ds=A"), None);
/// ```
#[derive(Default)]
pub struct Kept(Mutex<Vec<Unfinished>>);

struct Unfinished {
    question: Question,
    since: Instant,
    /// A `Vec` of windows, of whatever they answer with.
    windows: Box<dyn Any + Send>,
    answered: usize,
    all: usize,
    bytes: usize,
}

impl Kept {
    /// How many windows of how many are answered of a question to a server that is asked by a path and query, if it is one of
    /// those.
    pub fn unfinished(&self, server: &str, path_and_query: &str) -> Option<(usize, usize)> {
        let all = self.all();
        let found =
            all.iter().find(|u| u.question.server == server && u.question.path_and_query.split(' ').next() == Some(path_and_query))?;
        Some((found.answered, found.all))
    }

    /// What the origin of an answer says of windows that were kept for it, if some were.
    pub fn told_in(origin: &Origin) -> Option<&str> {
        origin.notes.iter().map(String::as_str).find(|note| note.ends_with(WHY))
    }

    /// Forgets everything, as when a server is asked as somebody else from now on.
    pub fn clear(&self) {
        self.all().clear();
    }

    /// Whether something is kept of a question.
    pub(super) fn has(&self, question: &Question) -> bool {
        self.all().iter().any(|unfinished| unfinished.question == *question)
    }

    /// What is kept of a question, which then is kept no more; and for how long it was.
    pub(super) fn take<T: Part>(&self, question: &Question) -> Option<(Vec<Window<T>>, Duration)> {
        let mut all = self.all();
        let at = all.iter().position(|unfinished| unfinished.question == *question)?;
        let Unfinished { since, windows, .. } = all.remove(at);
        Some((*windows.downcast().ok()?, since.elapsed()))
    }

    /// Keeps the windows of a question that have an answer, if any has.
    pub(super) fn put<T: Part>(&self, question: Question, windows: Vec<Window<T>>) {
        let windows: Vec<Window<T>> = windows.into_iter().map(Window::forgiven).collect();
        let answered = windows.iter().filter(|window| window.is_settled()).count();
        let bytes: usize = windows.iter().map(Window::bytes).sum();
        let mut all = self.all();
        all.retain(|other| other.question != question);
        if answered == 0 || bytes > MOST {
            return;
        }
        while all.iter().map(|other| other.bytes).sum::<usize>() + bytes > MOST {
            all.remove(0);
        }
        all.push(Unfinished { question, since: Instant::now(), answered, all: windows.len(), bytes, windows: Box::new(windows) });
    }

    fn all(&self) -> MutexGuard<'_, Vec<Unfinished>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|unfinished| unfinished.since.elapsed() < LONGEST);
        all
    }
}

/// What an answer says of windows that were kept for it.
pub(super) fn note(windows: usize, age: Duration) -> String {
    let ago = match age.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60),
    };
    format!("{windows} windows are from {ago} before{WHY}")
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.all().iter().map(|unfinished| &unfinished.question)).finish()
    }
}
