//! What a command is given by whoever runs it.

use crate::Bundle;
use async_trait::async_trait;

/// What a command is given by whoever runs it.
#[derive(Clone, Copy)]
pub struct Given<'g> {
    /// The value of each of the command's [expressions](crate::CommandLine::expressions), as text.
    pub values: &'g [String],
    /// The way to the user.
    pub prompts: &'g dyn Prompts,
    /// Where a command shows what it has before it has ended.
    pub screen: &'g dyn Screen,
    /// What `status` says of whoever runs the commands.
    pub host: &'g dyn Host,
}

impl Default for Given<'_> {
    /// No values, and nobody to ask or to tell.
    fn default() -> Self {
        Self { values: &[], prompts: &Nobody, screen: &Nobody, host: &Nobody }
    }
}

/// A way to ask the user.
#[async_trait]
pub trait Prompts: Send + Sync {
    /// The answer to a question, hidden while it is typed.
    ///
    /// # Errors
    /// Why there is no answer.
    async fn secret(&self, question: &str) -> Result<String, Unanswered>;

    /// The answer to a question, which everybody may see.
    ///
    /// # Errors
    /// Why there is no answer.
    async fn line(&self, question: &str) -> Result<String, Unanswered>;
}

/// Why a question has no answer, in the words that follow "because".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unanswered(pub String);

/// Where a command shows what it has before it has ended.
pub trait Screen: Send + Sync {
    /// Shows a line that changes while the command runs. The first call with a number shows it, each further one replaces it.
    fn line(&self, number: usize, line: Bundle);

    /// Shows something for good, below all that was shown before.
    fn show(&self, bundle: Bundle);
}

/// Whoever runs the commands.
pub trait Host: Send + Sync {
    /// What there is to say of its state: a few words what, and how it is.
    fn facts(&self) -> Vec<(String, String)>;
}

/// Where there is nobody to ask or to tell.
pub struct Nobody;

#[async_trait]
impl Prompts for Nobody {
    async fn secret(&self, _question: &str) -> Result<String, Unanswered> {
        Err(Unanswered("there is nobody to ask here".to_owned()))
    }

    async fn line(&self, _question: &str) -> Result<String, Unanswered> {
        Err(Unanswered("there is nobody to ask here".to_owned()))
    }
}

impl Screen for Nobody {
    fn line(&self, _number: usize, _line: Bundle) {}

    fn show(&self, _bundle: Bundle) {}
}

impl Host for Nobody {
    fn facts(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}
