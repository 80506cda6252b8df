//! The contents of replies and outputs that jupyter-protocol has no fitting type for: its bundles allow only the MIME
//! types it knows, and its `kernel_info_reply` has no supported features.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::PROTOCOL_VERSION;
use crate::language::{About, Bundle, CellError, HelpLink, LanguageInfo};

/// `kernel_info_reply`.
#[derive(Debug, Serialize)]
pub(crate) struct KernelInfoReply {
    status: &'static str,
    protocol_version: &'static str,
    implementation: String,
    implementation_version: String,
    language_info: LanguageInfo,
    banner: String,
    help_links: Vec<HelpLink>,
    debugger: bool,
    supported_features: [&'static str; 1],
}

impl From<About> for KernelInfoReply {
    fn from(about: About) -> Self {
        Self {
            status: "ok",
            protocol_version: PROTOCOL_VERSION,
            implementation: about.implementation,
            implementation_version: about.implementation_version,
            language_info: about.language,
            banner: about.banner,
            help_links: about.help_links,
            debugger: false,
            supported_features: ["kernel subshells"],
        }
    }
}

/// `execute_reply`.
#[derive(Debug, Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub(crate) enum ExecuteReply {
    /// The cell ran.
    Ok { execution_count: usize, payload: Vec<Payload>, user_expressions: Map<String, Value> },
    /// The cell failed.
    Error { execution_count: usize, ename: String, evalue: String, traceback: Vec<String>, payload: Vec<Payload> },
    /// The cell was not run, since one queued before it failed.
    Aborted { execution_count: usize },
}

impl ExecuteReply {
    /// The reply for a cell that failed.
    pub(crate) fn error(execution_count: usize, error: CellError, payload: Vec<Payload>) -> Self {
        let CellError { name: ename, value: evalue, traceback } = error;
        Self::Error { execution_count, ename, evalue, traceback, payload }
    }
}

/// What a front end is asked to do once a cell has ended.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "source", rename_all = "snake_case")]
pub(crate) enum Payload {
    /// Show text in a pager.
    Page { data: Map<String, Value>, start: usize },
    /// Offer code to run next.
    SetNextInput { text: String, replace: bool },
}

/// `inspect_reply`.
#[derive(Debug, Serialize)]
pub(crate) struct InspectReply {
    status: &'static str,
    found: bool,
    data: Map<String, Value>,
    metadata: Map<String, Value>,
}

impl From<Option<Bundle>> for InspectReply {
    fn from(found: Option<Bundle>) -> Self {
        let (found, Bundle { data, metadata }) = (found.is_some(), found.unwrap_or_default());
        Self { status: "ok", found, data, metadata }
    }
}

/// `history_reply`: session, number, and input, or input and output.
#[derive(Debug, Serialize)]
pub(crate) struct HistoryReply {
    pub(crate) status: &'static str,
    pub(crate) history: Vec<(i64, usize, Value)>,
}

/// `display_data` and `update_display_data`.
#[derive(Debug, Serialize)]
pub(crate) struct DisplayData {
    data: Map<String, Value>,
    metadata: Map<String, Value>,
    transient: Value,
}

impl DisplayData {
    /// A bundle to show, under an id if it is to be updated.
    pub(crate) fn new(bundle: Bundle, display_id: Option<&str>) -> Self {
        let transient = display_id.map_or_else(|| json!({}), |id| json!({ "display_id": id }));
        Self { data: bundle.data, metadata: bundle.metadata, transient }
    }
}

/// `execute_result`.
#[derive(Debug, Serialize)]
pub(crate) struct ExecuteResult {
    pub(crate) execution_count: usize,
    pub(crate) data: Map<String, Value>,
    pub(crate) metadata: Map<String, Value>,
}

/// The content of any reply that says why there is no answer.
pub(crate) fn failure(error: &CellError) -> Value {
    json!({ "status": "error", "ename": error.name, "evalue": error.value, "traceback": error.traceback })
}
