//! What the kernel is at work on, and how front ends are told: busy and idle, around every request and under its header.
//!
//! Questions are answered while cells run, and the protocol wants an idle after each of them, as after a cell of a subshell.
//! `JupyterLab` takes the last status, whatever request it is for, as that of the kernel as a whole. So where a request ends
//! while a cell runs, it is said again that this cell is busy. Front ends that look at headers learn nothing new from it.
//! See <https://jupyter-client.readthedocs.io/en/latest/messaging.html#kernel-status>.

use jupyter_protocol::ExecutionState;
use tokio::sync::watch;

use crate::sockets::iopub::IoPub;
use crate::wire::Parent;

/// The requests that are being answered.
pub(crate) struct Work {
    iopub: IoPub,
    /// The headers of the cells that run. What is said of them is said while this is held, so that no cell is called busy
    /// after it has ended.
    cells: watch::Sender<Vec<Parent>>,
}

impl Work {
    pub(crate) fn new(iopub: IoPub) -> Self {
        Self { iopub, cells: watch::Sender::default() }
    }

    /// Tells that a question is being answered.
    pub(crate) fn begin(&self, request: &Parent) {
        self.iopub.status(request, ExecutionState::Busy);
    }

    /// Tells that a cell is being run.
    pub(crate) fn begin_cell(&self, request: &Parent) {
        self.cells.send_modify(|cells| {
            cells.push(request.clone());
            self.iopub.status(request, ExecutionState::Busy);
        });
    }

    /// Tells that a question is answered or a cell has ended.
    pub(crate) fn end(&self, request: &Parent) {
        self.cells.send_modify(|cells| {
            cells.retain(|cell| cell != request);
            self.iopub.status(request, ExecutionState::Idle);
            if let Some(cell) = cells.last() {
                self.iopub.status(cell, ExecutionState::Busy);
            }
        });
    }

    /// Whether no cell runs.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.cells.borrow().is_empty()
    }

    /// Waits until no cell runs.
    pub(crate) async fn rests(&self) {
        // The sender is part of `self`, so it cannot be gone.
        let _ = self.cells.subscribe().wait_for(Vec::is_empty).await;
    }
}
