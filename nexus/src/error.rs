//! Why a question has no answer.

/// Which part of a question found nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The area holds no data.
    Area,
    /// The period holds no data.
    Period,
    /// No metadata matches the filters.
    Filter,
    /// The server did not say.
    Unknown,
}

/// Why a question has no answer. The text is one line, fit for a user, and quotes the server's own words.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// The server has no dataset of that name.
    #[error("{server} has no dataset {name}")]
    UnknownDataset {
        /// The name asked for.
        name: String,
        /// Who was asked.
        server: String,
    },
    /// The dataset has no variable of that name.
    #[error("{dataset} has no variable {name}; it has {}", known.join(", "))]
    UnknownVariable {
        /// The dataset.
        dataset: String,
        /// The name asked for.
        name: String,
        /// The names it has.
        known: Vec<String>,
    },
    /// The dataset has no field of that name to filter by.
    #[error("{dataset} has no field {name} to filter by; it has {}", known.join(", "))]
    UnknownField {
        /// The dataset.
        dataset: String,
        /// The name asked for.
        name: String,
        /// The names it has.
        known: Vec<String>,
    },
    /// A filter cannot be read, or compares a field with something that it cannot be.
    #[error("{reason}")]
    BadFilter {
        /// The part of the filter that is wrong, as it was given; all of it, where no part alone is to blame.
        part: String,
        /// What is wrong with it, and what was expected.
        reason: String,
    },
    /// The question is sound, but nothing answers it.
    #[error("no data: {message}")]
    NoData {
        /// Which part of the question found nothing.
        missing: Missing,
        /// What the server said, or what the dataset does offer.
        message: String,
    },
    /// The server refused the question and said why.
    #[error("{server} answered {status}: {message}")]
    Refused {
        /// Who was asked.
        server: String,
        /// The HTTP status.
        status: u16,
        /// The server's own words.
        message: String,
    },
    /// Something in front of the server answered in its place, with a page for people.
    #[error("{server} answered {status} with a web page instead of data{hint}")]
    WebPage {
        /// Who was asked.
        server: String,
        /// The HTTP status.
        status: u16,
        /// What that usually means, starting with `: `, or empty.
        hint: String,
    },
    /// No connection could be made.
    #[error("cannot reach {server}: {reason}")]
    Unreachable {
        /// Who was asked.
        server: String,
        /// What the system said.
        reason: String,
    },
    /// The answer did not come in time.
    #[error("{server} did not answer within {seconds} s")]
    Timeout {
        /// Who was asked.
        server: String,
        /// How long was waited.
        seconds: f64,
    },
    /// The answer stopped before its end.
    #[error("the answer of {server} was cut off after {received} bytes: {reason}")]
    CutOff {
        /// Who was asked.
        server: String,
        /// How many bytes had come.
        received: u64,
        /// What went wrong.
        reason: String,
    },
    /// The answer is not what the endpoint promises.
    #[error("the answer of {server} cannot be read: {reason}")]
    Unreadable {
        /// Who was asked.
        server: String,
        /// What was expected, what was found, and where.
        reason: String,
    },
    /// The answerer cannot do this, or the dataset does not allow it.
    #[error("{0}")]
    Unsupported(String),
    /// The question contradicts itself or the dataset.
    #[error("{0}")]
    Invalid(String),
    /// The answer would have more points or cells than are allowed; says how many are, and what to do.
    #[error("{0}")]
    TooLarge(String),
    /// A local dataset cannot be read.
    #[error("{dataset} cannot be read: {reason}")]
    Broken {
        /// The dataset.
        dataset: String,
        /// What is wrong with it.
        reason: String,
    },
}
