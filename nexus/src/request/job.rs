//! Jobs: questions that are answered later.

use chrono::{DateTime, Utc};

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobStatus {
    /// It is being worked on.
    Running,
    /// Its results can be fetched.
    Success,
    /// It ended without results.
    Failed,
    /// It was cancelled.
    Cancelled,
}

/// A job, as its server describes it: `/job`.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// What the server calls it.
    pub id: String,
    /// How far it is.
    pub status: JobStatus,
    /// What the server says of it, such as why it failed; often empty.
    pub message: String,
    /// When it was asked for.
    pub created: Option<DateTime<Utc>>,
    /// When it ended.
    pub updated: Option<DateTime<Utc>>,
    /// What was asked, as name and value, in the server's order.
    pub parameters: Vec<(String, String)>,
    /// How many primary samples found a neighbour; known of a success.
    pub primary_matched: Option<u64>,
    /// How many neighbours were found; known of a success.
    pub secondary_matched: Option<u64>,
}

impl Job {
    /// A job that has just begun, of which nothing is known but its id.
    pub fn begun(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            status: JobStatus::Running,
            message: String::new(),
            created: None,
            updated: None,
            parameters: Vec::new(),
            primary_matched: None,
            secondary_matched: None,
        }
    }
}
