//! Execution: the cells of one shell, one at a time, in the order in which they came.
//!
//! See <https://jupyter-client.readthedocs.io/en/latest/messaging.html#execute>.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{SecondsFormat, Utc};
use jupyter_protocol::{ErrorOutput, ExecuteInput, ExecutionCount};
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::language::{Bundle, Cell, CellError, Visibility};
use crate::output::{CellOutput, Kept, Prompts};
use crate::overflow::Overflow;
use crate::running::Running;
use crate::sockets::Request;
use crate::wire::{ExecuteReply, ExecuteRequest, failure};

/// How long no request must have come in before those sent together with a failed cell are taken to be all here.
const SETTLING: Duration = Duration::from_millis(5);

/// How often that is tried before it is taken for granted.
const SETTLING_ATTEMPTS: usize = 10;

/// One shell: the main one or a subshell.
pub(crate) struct Shell {
    /// The id of the subshell; `None` for the main shell.
    pub(crate) id: Option<String>,
    /// Its number among the shells of this kernel, which its cells are recorded under in the history.
    pub(crate) number: usize,
    /// The number of the last cell that was counted.
    count: AtomicUsize,
}

/// What the cells queued behind one are to do.
enum Next {
    Run,
    Abort,
}

impl Shell {
    pub(crate) fn new(id: Option<String>, number: usize) -> Self {
        Self { id, number, count: AtomicUsize::new(0) }
    }

    /// Runs the cells as they come, for ever.
    pub(crate) async fn serve(self, running: Arc<Running>, mut queue: mpsc::UnboundedReceiver<Request>) {
        while let Some(request) = queue.recv().await {
            let parent = request.message.as_parent();
            let started = Utc::now();
            running.work.begin_cell(&parent);
            let (reply, next) = self.execute(&running, &request).await;
            let aborted = match next {
                Next::Run => Vec::new(),
                Next::Abort => {
                    // The front end knows of the failure only from the reply: what it sent before is what is here now.
                    settle(&running).await;
                    std::iter::from_fn(|| queue.try_recv().ok()).collect()
                }
            };
            let started = started.to_rfc3339_opts(SecondsFormat::Micros, true);
            running.reply_with(&request, &json!({ "started": started }), &reply);
            running.work.end(&parent);
            for request in aborted {
                self.abort(&running, &request);
            }
        }
    }

    async fn execute(&self, running: &Arc<Running>, request: &Request) -> (ExecuteReply, Next) {
        let content: ExecuteRequest = match request.message.content() {
            Ok(content) => content,
            Err(error) => return (ExecuteReply::error(self.count(), Running::unreadable(request, &error), Vec::new()), Next::Run),
        };
        let visibility = match (content.silent, content.store_history) {
            (true, _) => Visibility::Silent,
            (false, true) => Visibility::Stored,
            (false, false) => Visibility::Unstored,
        };
        let count = match visibility {
            Visibility::Stored => self.count.fetch_add(1, Ordering::Relaxed) + 1,
            Visibility::Unstored | Visibility::Silent => self.count(),
        };
        let interrupt = running.interrupt_token();
        let cell = Cell {
            code: content.code.clone(),
            count,
            visibility,
            id: request.message.metadata("cellId"),
            subshell: self.id.clone(),
            interrupt: interrupt.clone(),
        };
        let (result, Kept { payload, result: value }) = self.run(running, request, cell, content.allow_stdin).await;
        if let (Visibility::Stored, Some(value)) = (visibility, value) {
            running.history.add_output(self.number, count, &value);
        }
        match result {
            Ok(()) => {
                let user_expressions = evaluate(running, content.user_expressions.unwrap_or_default(), &interrupt).await;
                (ExecuteReply::Ok { execution_count: count, payload, user_expressions }, Next::Run)
            }
            Err(error) => {
                let next = if content.stop_on_error { Next::Abort } else { Next::Run };
                (ExecuteReply::error(count, error, payload), next)
            }
        }
    }

    /// Runs a cell and publishes what belongs to it, save its status.
    async fn run(&self, running: &Arc<Running>, request: &Request, cell: Cell, allow_stdin: bool) -> (Result<(), CellError>, Kept) {
        let parent = request.message.as_parent();
        let (count, visibility) = (cell.count, cell.visibility);
        if visibility != Visibility::Silent {
            let input = ExecuteInput { code: cell.code.clone(), execution_count: ExecutionCount(count) };
            running.iopub.send("execute_input", &parent, &input);
        }
        if visibility == Visibility::Stored {
            running.history.add_input(self.number, count, &cell.code);
        }
        let prompts = if allow_stdin { Prompts::Allowed } else { Prompts::Refused };
        let channels = (running.iopub.clone(), running.stdin.clone(), Arc::clone(&running.comms));
        let overflow = Overflow::new(running.printed.clone(), count);
        let message = request.message.clone();
        let output = Arc::new(CellOutput::new(channels, message, (count, visibility), prompts, cell.interrupt.clone(), overflow));
        let shown = Arc::<CellOutput>::clone(&output);
        let result = running.call(async move |language| language.execute(cell, shown).await).await.and_then(|result| result);
        if let (Err(error), true) = (&result, visibility != Visibility::Silent) {
            let CellError { name: ename, value: evalue, traceback } = error.clone();
            running.iopub.send("error", &parent, &ErrorOutput { ename, evalue, traceback });
        }
        (result, output.take_kept())
    }

    /// Answers a request that was queued behind a cell that failed.
    fn abort(&self, running: &Running, request: &Request) {
        let parent = request.message.as_parent();
        running.work.begin(&parent);
        running.reply(request, &ExecuteReply::Aborted { execution_count: self.count() });
        running.work.end(&parent);
    }

    fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }
}

/// The expressions that a front end asks for with a cell, each with its value or its own error.
async fn evaluate(running: &Arc<Running>, expressions: Map<String, Value>, interrupt: &CancellationToken) -> Map<String, Value> {
    let mut values = Map::new();
    for (name, expression) in expressions {
        let interrupt = interrupt.clone();
        let result = match expression {
            Value::String(expression) => {
                running.call(async move |language| language.evaluate(&expression, &interrupt).await).await.and_then(|result| result)
            }
            other => Err(CellError::new("InvalidRequest", format!("a user expression is a text, not {other}"))),
        };
        let value = match result {
            Ok(Bundle { data, metadata }) => json!({ "status": "ok", "data": data, "metadata": metadata }),
            Err(error) => failure(&error),
        };
        values.insert(name, value);
    }
    values
}

/// Waits until the shell socket has been quiet for a moment.
async fn settle(running: &Running) {
    for _ in 0..SETTLING_ATTEMPTS {
        let before = running.requests_received();
        tokio::time::sleep(SETTLING).await;
        if running.requests_received() == before {
            return;
        }
    }
}
