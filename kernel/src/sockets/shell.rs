//! shell: cells to run, and questions about code, which are answered while cells run.

use std::sync::Arc;

use jupyter_protocol::{CompleteReply, IsCompleteReply, ReplyStatus};
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

use super::control::{interrupt, unknown_subshell};
use super::{Replier, Request, Requests};
use crate::language::{CellError, Completeness, Completions, Detail};
use crate::running::Running;
use crate::wire::{
    CodeRequest, CommInfoRequest, CursorRequest, ExecuteReply, HistoryReply, HistoryRequest, InspectReply, byte_offset, code_points,
};

/// Answers requests for ever.
pub(crate) async fn serve(running: Arc<Running>, mut requests: Requests, replier: Replier) {
    let (comms, messages) = mpsc::unbounded_channel();
    running.spawn(serve_comms(Arc::clone(&running), messages));
    while let Some(message) = requests.next(&running.session, "shell").await {
        running.note_request();
        let request = Request { message, replier: replier.clone() };
        if is_comm(&request) {
            // The other end of the queue lives as long as this one.
            let _ = comms.send(request);
        } else {
            handle(&running, request).await;
        }
    }
}

/// Handles what front ends may ask here and on control.
pub(super) async fn handle(running: &Arc<Running>, request: Request) {
    match request.message.header.kind.as_str() {
        "execute_request" => execute(running, request).await,
        "kernel_info_request" => running.kernel_info(&request).await,
        "connect_request" => connect(running, &request).await,
        "history_request" => ask(running, request, history),
        "comm_info_request" => comm_info(running, &request).await,
        "interrupt_request" => interrupt(running, &request).await,
        "shutdown_request" => running.shutdown(&request).await,
        "complete_request" => ask(running, request, complete),
        "inspect_request" => ask(running, request, inspect),
        "is_complete_request" => ask(running, request, is_complete),
        kind => tracing::info!(kind, "ignored"),
    }
}

/// Answers a request that the language or the disk has to be asked about, beside whatever else goes on.
fn ask<F>(running: &Arc<Running>, request: Request, answer: impl FnOnce(Arc<Running>, Request) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    running.spawn(answer(Arc::clone(running), request));
}

async fn execute(running: &Arc<Running>, request: Request) {
    let subshell = request.message.header.subshell.clone();
    if let Some(shell) = running.shell(subshell.as_deref()) {
        // The task at the other end is gone only once the kernel ends.
        let _ = shell.send(request);
        return;
    }
    let error = unknown_subshell(&subshell.unwrap_or_default());
    running.answer(&request, async |_: Value| Ok(ExecuteReply::error(0, error, Vec::new()))).await;
}

/// <https://jupyter-client.readthedocs.io/en/latest/messaging.html#completion>
async fn complete(running: Arc<Running>, request: Request) {
    let answer = async |CursorRequest { code, cursor_pos, .. }| {
        let cursor = cursor_pos.map_or(code.len(), |points| byte_offset(&code, points));
        let asked = code.clone();
        let completions = running.call(async move |language| language.complete(&asked, cursor).await).await?;
        Ok(complete_reply(&code, completions))
    };
    running.answer(&request, answer).await;
}

fn complete_reply(code: &str, completions: Completions) -> CompleteReply {
    let Completions { candidates, replaces } = completions;
    let (cursor_start, cursor_end) = (code_points(code, replaces.start), code_points(code, replaces.end));
    // Not in the specification, but JupyterLab and others show it.
    let types = candidates.iter().map(|candidate| {
        json!({
            "text": candidate.text,
            "type": candidate.kind,
            "signature": candidate.signature,
            "start": cursor_start,
            "end": cursor_end,
        })
    });
    let metadata = Map::from_iter([("_jupyter_types_experimental".to_owned(), types.collect())]);
    let matches = candidates.into_iter().map(|candidate| candidate.text).collect();
    CompleteReply { matches, cursor_start, cursor_end, metadata, status: ReplyStatus::Ok, error: None }
}

/// <https://jupyter-client.readthedocs.io/en/latest/messaging.html#introspection>
async fn inspect(running: Arc<Running>, request: Request) {
    let answer = async |CursorRequest { code, cursor_pos, detail_level }| {
        let cursor = cursor_pos.map_or(code.len(), |points| byte_offset(&code, points));
        let detail = if detail_level == 0 { Detail::Brief } else { Detail::Full };
        let found = running.call(async move |language| language.inspect(&code, cursor, detail).await).await?;
        Ok(InspectReply::from(found))
    };
    running.answer(&request, answer).await;
}

/// <https://jupyter-client.readthedocs.io/en/latest/messaging.html#code-completeness>
async fn is_complete(running: Arc<Running>, request: Request) {
    let answer = async |CodeRequest { code }| {
        let completeness = running.call(async move |language| language.is_complete(&code).await).await?;
        Ok(match completeness {
            Completeness::Complete => IsCompleteReply::complete(),
            Completeness::Incomplete { indent } => IsCompleteReply::incomplete(indent),
            Completeness::Invalid => IsCompleteReply::invalid(),
            Completeness::Unknown => IsCompleteReply::unknown(),
        })
    };
    running.answer(&request, answer).await;
}

/// <https://jupyter-client.readthedocs.io/en/latest/messaging.html#history>
async fn history(running: Arc<Running>, request: Request) {
    let answer = async |content: HistoryRequest| Ok(HistoryReply { status: "ok", history: running.history.find(content).await? });
    running.answer(&request, answer).await;
}

/// <https://jupyter-client.readthedocs.io/en/latest/messaging.html#comm-info>
async fn comm_info(running: &Running, request: &Request) {
    let answer = async |content: CommInfoRequest| Ok(running.comms.info(content.target_name.as_deref()));
    running.answer(request, answer).await;
}

/// <https://jupyter-client.readthedocs.io/en/latest/messaging.html#connect>
async fn connect(running: &Running, request: &Request) {
    let connection = &running.connection;
    let ports = json!({
        "status": "ok",
        "shell_port": connection.shell_port,
        "iopub_port": connection.iopub_port,
        "stdin_port": connection.stdin_port,
        "control_port": connection.control_port,
        "hb_port": connection.hb_port,
    });
    running.answer(request, async |_: Value| Ok::<_, CellError>(ports)).await;
}

fn is_comm(request: &Request) -> bool {
    matches!(request.message.header.kind.as_str(), "comm_open" | "comm_msg" | "comm_close")
}

/// Handles comm messages in the order in which they came. They are not answered, only busy and idle say they are being seen to.
async fn serve_comms(running: Arc<Running>, mut messages: mpsc::UnboundedReceiver<Request>) {
    while let Some(Request { message, .. }) = messages.recv().await {
        let (parent, comms) = (message.as_parent(), Arc::clone(&running.comms));
        running.work.begin(&parent);
        if let Err(error) = running.call(async move |language| comms.handle(&*language, &message)).await {
            tracing::error!(%error, "a comm failed");
        }
        running.work.end(&parent);
    }
}
