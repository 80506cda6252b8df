//! control: interrupts, shutdown, subshells, answered while cells run; and all that can be asked on shell.

use std::sync::Arc;

use jupyter_protocol::InterruptReply;
use serde_json::{Value, json};

use super::{Replier, Request, Requests, shell};
use crate::language::CellError;
use crate::running::Running;
use crate::wire::SubshellRequest;

/// Answers requests for ever.
pub(crate) async fn serve(running: Arc<Running>, mut requests: Requests, replier: Replier) {
    while let Some(message) = requests.next(&running.session, "control").await {
        handle(&running, Request { message, replier: replier.clone() }).await;
    }
}

async fn handle(running: &Arc<Running>, request: Request) {
    match request.message.header.kind.as_str() {
        "create_subshell_request" => create_subshell(running, &request).await,
        "delete_subshell_request" => delete_subshell(running, &request).await,
        "list_subshell_request" => list_subshells(running, &request).await,
        "debug_request" => refuse_debugging(running, &request).await,
        _ => shell::handle(running, request).await,
    }
}

/// <https://jupyter-client.readthedocs.io/en/latest/messaging.html#kernel-interrupt>
pub(super) async fn interrupt(running: &Running, request: &Request) {
    running
        .answer(request, async |_: Value| {
            running.interrupt();
            Ok(InterruptReply::new())
        })
        .await;
}

/// <https://jupyter-client.readthedocs.io/en/latest/messaging.html#create-subshell>
async fn create_subshell(running: &Arc<Running>, request: &Request) {
    running.answer(request, async |_: Value| Ok(json!({ "status": "ok", "subshell_id": running.create_subshell() }))).await;
}

/// <https://jupyter-client.readthedocs.io/en/latest/messaging.html#delete-subshell>
async fn delete_subshell(running: &Running, request: &Request) {
    running
        .answer(request, async |content: SubshellRequest| {
            let id = content.subshell_id;
            if running.delete_subshell(&id) { Ok(json!({ "status": "ok" })) } else { Err(unknown_subshell(&id)) }
        })
        .await;
}

/// <https://jupyter-client.readthedocs.io/en/latest/messaging.html#list-subshells>
async fn list_subshells(running: &Running, request: &Request) {
    running.answer(request, async |_: Value| Ok(json!({ "status": "ok", "subshell_id": running.list_subshells() }))).await;
}

/// There is no debugger, and `kernel_info` says so; whoever asks all the same is told in the debugger's own terms.
async fn refuse_debugging(running: &Running, request: &Request) {
    running
        .answer(request, async |content: Value| {
            Ok(json!({
                "status": "error",
                "type": "response",
                "request_seq": content["seq"],
                "success": false,
                "command": content["command"],
                "message": "this kernel has no debugger",
            }))
        })
        .await;
}

/// The error for a subshell that does not exist.
pub(super) fn unknown_subshell(id: &str) -> CellError {
    CellError::new("UnknownSubshell", format!("there is no subshell {id:?}"))
}
