//! Where the output of one cell goes: to iopub under the header of its request, and into its reply.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jupyter_protocol::ClearOutput;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use crate::comms::Comms;
use crate::language::{Bundle, Clear, Comm, CommHandler, InputError, NextInput, Output, Stream, Typing, Visibility};
use crate::overflow::{Overflow, pieces};
use crate::sockets::iopub::IoPub;
use crate::sockets::stdin::Stdin;
use crate::wire::{DisplayData, ExecuteResult, Message, Parent, Payload};

/// The output of one cell.
pub(crate) struct CellOutput {
    iopub: IoPub,
    stdin: Stdin,
    comms: Arc<Comms>,
    request: Message,
    parent: Parent,
    count: usize,
    visibility: Visibility,
    prompts: Prompts,
    interrupt: CancellationToken,
    kept: Mutex<Kept>,
    overflow: Mutex<Overflow>,
}

/// Whether the front end can ask the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prompts {
    Allowed,
    Refused,
}

/// What a cell leaves for the time after it.
#[derive(Default)]
pub(crate) struct Kept {
    /// What the front end is asked to do next.
    pub(crate) payload: Vec<Payload>,
    /// The value of the cell as plain text, if it had one.
    pub(crate) result: Option<String>,
}

impl CellOutput {
    pub(crate) fn new(
        (iopub, stdin, comms): (IoPub, Stdin, Arc<Comms>),
        request: Message,
        (count, visibility): (usize, Visibility),
        prompts: Prompts,
        interrupt: CancellationToken,
        overflow: Overflow,
    ) -> Self {
        let parent = request.as_parent();
        let (kept, overflow) = (Mutex::default(), Mutex::new(overflow));
        Self { iopub, stdin, comms, request, parent, count, visibility, prompts, interrupt, kept, overflow }
    }

    /// What the cell left so far.
    pub(crate) fn take_kept(&self) -> Kept {
        mem::take(&mut *self.kept())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn overflow(&self) -> MutexGuard<'_, Overflow> {
        self.overflow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_silent(&self) -> bool {
        self.visibility == Visibility::Silent
    }
}

#[async_trait]
impl Output for CellOutput {
    fn stream(&self, stream: Stream, text: &str) {
        if self.is_silent() {
            return;
        }
        // Held all along, so that what several threads print is not mixed up between front end and file.
        let mut overflow = self.overflow();
        for piece in pieces(text) {
            if overflow.shows(piece, || self.iopub.has_room_for_text()) {
                self.iopub.stream(&self.parent, stream, piece);
            } else if let Some(notice) = overflow.keep(piece) {
                self.iopub.stream(&self.parent, Stream::Stderr, &notice);
            }
        }
    }

    fn display(&self, bundle: Bundle, display_id: Option<&str>) {
        if !self.is_silent() {
            self.iopub.send("display_data", &self.parent, &DisplayData::new(bundle, display_id));
        }
    }

    fn update(&self, bundle: Bundle, display_id: &str) {
        if !self.is_silent() {
            self.iopub.update(&self.parent, &DisplayData::new(bundle, Some(display_id)), display_id);
        }
    }

    fn result(&self, bundle: Bundle) {
        if self.is_silent() {
            return;
        }
        let earlier = self.kept().result.replace(bundle.plain().to_owned());
        if earlier.is_some() {
            // Front ends expect one result a cell; what more there is, is shown.
            return self.display(bundle, None);
        }
        let Bundle { data, metadata } = bundle;
        self.iopub.send("execute_result", &self.parent, &ExecuteResult { execution_count: self.count, data, metadata });
    }

    fn clear(&self, when: Clear) {
        if !self.is_silent() {
            self.overflow().clear();
            self.iopub.send("clear_output", &self.parent, &ClearOutput { wait: when == Clear::BeforeNext });
        }
    }

    fn open_comm(&self, target: &str, data: Map<String, Value>, handler: Box<dyn CommHandler>) -> Comm {
        self.comms.open_to_front_ends(&self.parent, target, data, handler)
    }

    fn page(&self, bundle: Bundle) {
        self.kept().payload.push(Payload::Page { data: bundle.data, start: 0 });
    }

    fn next_input(&self, code: &str, place: NextInput) {
        let replace = place == NextInput::Replace;
        self.kept().payload.push(Payload::SetNextInput { text: code.to_owned(), replace });
    }

    async fn input(&self, prompt: &str, typing: Typing) -> Result<String, InputError> {
        if self.prompts == Prompts::Refused {
            return Err(InputError::NotAllowed);
        }
        // What was printed before the question is to be read before it.
        tokio::select! {
            () = self.iopub.flush() => {}
            () = self.interrupt.cancelled() => return Err(InputError::Interrupted),
        }
        self.stdin.ask(&self.request, prompt, typing, &self.interrupt).await
    }
}
