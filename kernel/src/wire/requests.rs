//! The contents of requests. They are our own types because a kernel must take what front ends leave out, where
//! jupyter-protocol's types demand every field.

use serde::Deserialize;
use serde_json::{Map, Value};

/// `execute_request`.
#[derive(Debug, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the protocol has them")]
pub(crate) struct ExecuteRequest {
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) silent: bool,
    #[serde(default = "yes")]
    pub(crate) store_history: bool,
    #[serde(default)]
    pub(crate) user_expressions: Option<Map<String, Value>>,
    #[serde(default = "yes")]
    pub(crate) allow_stdin: bool,
    #[serde(default = "yes")]
    pub(crate) stop_on_error: bool,
}

/// `complete_request` and `inspect_request`.
#[derive(Debug, Deserialize)]
pub(crate) struct CursorRequest {
    pub(crate) code: String,
    /// In Unicode code points; the end of the code where it is left out.
    #[serde(default)]
    pub(crate) cursor_pos: Option<usize>,
    #[serde(default)]
    pub(crate) detail_level: usize,
}

/// `is_complete_request`.
#[derive(Debug, Deserialize)]
pub(crate) struct CodeRequest {
    pub(crate) code: String,
}

/// `history_request`.
#[derive(Debug, Deserialize)]
pub(crate) struct HistoryRequest {
    #[serde(flatten)]
    pub(crate) access: HistoryAccess,
    #[serde(default)]
    pub(crate) output: bool,
}

/// Which part of the history is asked for.
#[derive(Debug, Deserialize)]
#[serde(tag = "hist_access_type", rename_all = "lowercase")]
pub(crate) enum HistoryAccess {
    /// The last `n` entries; all where it is negative.
    Tail {
        #[serde(default, deserialize_with = "lenient")]
        n: Option<i64>,
    },
    /// Entries `start` to `stop` (not included) of one session.
    Range {
        /// 0 is this session, negative ones count back from it.
        #[serde(default, deserialize_with = "lenient")]
        session: Option<i64>,
        #[serde(default, deserialize_with = "lenient")]
        start: Option<i64>,
        #[serde(default, deserialize_with = "lenient")]
        stop: Option<i64>,
    },
    /// The last `n` entries that match a glob pattern; all where it is negative.
    Search {
        #[serde(default)]
        pattern: Option<String>,
        #[serde(default, deserialize_with = "lenient")]
        n: Option<i64>,
        #[serde(default)]
        unique: bool,
    },
}

/// `comm_info_request`.
#[derive(Debug, Deserialize)]
pub(crate) struct CommInfoRequest {
    #[serde(default)]
    pub(crate) target_name: Option<String>,
}

/// `comm_open`.
#[derive(Debug, Deserialize)]
pub(crate) struct CommOpenRequest {
    pub(crate) comm_id: String,
    pub(crate) target_name: String,
    #[serde(default)]
    pub(crate) data: Map<String, Value>,
}

/// `comm_msg`.
#[derive(Debug, Deserialize)]
pub(crate) struct CommMessage {
    pub(crate) comm_id: String,
    #[serde(default)]
    pub(crate) data: Map<String, Value>,
}

/// `comm_close`.
#[derive(Debug, Deserialize)]
pub(crate) struct CommCloseRequest {
    pub(crate) comm_id: String,
    #[serde(default)]
    pub(crate) data: Map<String, Value>,
}

/// `shutdown_request`.
#[derive(Debug, Deserialize)]
pub(crate) struct ShutdownRequest {
    #[serde(default)]
    pub(crate) restart: bool,
}

/// `delete_subshell_request`.
#[derive(Debug, Deserialize)]
pub(crate) struct SubshellRequest {
    pub(crate) subshell_id: String,
}

/// `input_reply`.
#[derive(Debug, Deserialize)]
pub(crate) struct InputReply {
    pub(crate) value: String,
}

/// A whole number, as near as can be to the one that is given; `None` for what is no number. History is not worth an error.
fn lenient<'d, D: serde::Deserializer<'d>>(value: D) -> Result<Option<i64>, D::Error> {
    let value = Value::deserialize(value)?;
    Ok(value.as_i64().or_else(|| value.as_f64().map(|number| number as i64)))
}

fn yes() -> bool {
    true
}
