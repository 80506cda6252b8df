//! How much of an answer is read: no more than whoever asked has room for.

/// How every complaint about too much begins; no other reason why an answer cannot be read does.
const BEGINS: &str = "it holds more than ";

/// How many of what an answer may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    most: usize,
    what: &'static str,
}

impl Limit {
    /// Anything that comes is read.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) const NONE: Self = Self { most: usize::MAX, what: "objects" };

    /// At most so many points, cells, ….
    pub(crate) fn new(most: usize, what: &'static str) -> Self {
        Self { most, what }
    }

    /// Says what is wrong with so many, if that is too many.
    pub(crate) fn check(self, count: usize) -> Result<(), String> {
        if count <= self.most {
            return Ok(());
        }
        let Self { most, what } = self;
        Err(format!("{BEGINS}{most} {what}: ask for a smaller area or a shorter period, or raise the limit; reading stopped"))
    }

    /// Whether a reason is one that [`Self::check`] gives.
    pub(crate) fn gave(reason: &str) -> bool {
        reason.starts_with(BEGINS)
    }
}
