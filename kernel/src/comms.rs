//! Comms: channels of their own between a front end's extension and the language.
//!
//! See <https://jupyter-client.readthedocs.io/en/latest/messaging.html#custom-messages>.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jupyter_protocol::{CommClose, CommId, CommInfo, CommInfoReply, CommMsg, CommOpen};
use serde_json::{Map, Value};

use crate::language::{Comm, CommHandler, CommLink, Language};
use crate::sockets::iopub::IoPub;
use crate::wire::{CommCloseRequest, CommMessage, CommOpenRequest, Message, Parent};

/// The comms that are open.
pub(crate) struct Comms {
    iopub: IoPub,
    open: Mutex<HashMap<String, Open>>,
}

struct Open {
    target: String,
    /// The header under which the kernel sends: that of the front end's last message on it, or of the cell that opened it.
    parent: Parent,
    /// The language's side; `None` while it is still being opened.
    handler: Option<Arc<dyn CommHandler>>,
}

impl Comms {
    pub(crate) fn new(iopub: IoPub) -> Self {
        Self { iopub, open: Mutex::default() }
    }

    /// The comms that are open, of one target or of all.
    pub(crate) fn info(&self, target: Option<&str>) -> CommInfoReply {
        let open = self.open();
        let wanted = open.iter().filter(|(_, comm)| target.is_none_or(|target| comm.target == target));
        let comms = wanted.map(|(id, comm)| (CommId(id.clone()), CommInfo { target_name: comm.target.clone() })).collect();
        CommInfoReply { comms, ..CommInfoReply::default() }
    }

    /// Handles `comm_open`, `comm_msg` or `comm_close`.
    pub(crate) fn handle(self: &Arc<Self>, language: &dyn Language, message: &Message) {
        let handled = match message.header.kind.as_str() {
            "comm_open" => message.content().map(|content| self.opened(language, message, content)),
            "comm_msg" => message.content().map(|content| self.message(message, content)),
            _ => message.content().map(|content| self.closed(&content)),
        };
        if let Err(error) = handled {
            tracing::warn!(kind = message.header.kind, %error, "a comm message cannot be read");
        }
    }

    /// Opens a comm to the front ends, under the header of a cell.
    pub(crate) fn open_to_front_ends(
        self: &Arc<Self>,
        parent: &Parent,
        target: &str,
        data: Map<String, Value>,
        handler: Box<dyn CommHandler>,
    ) -> Comm {
        let id = uuid::Uuid::new_v4().to_string();
        let target = target.to_owned();
        self.open().insert(id.clone(), Open { target: target.clone(), parent: parent.clone(), handler: Some(handler.into()) });
        let content = CommOpen { comm_id: CommId(id.clone()), target_name: target.clone(), data, target_module: None };
        self.iopub.send("comm_open", parent, &content);
        self.comm(id, target)
    }

    fn comm(self: &Arc<Self>, id: String, target: String) -> Comm {
        Comm { id, target, link: Arc::<Self>::clone(self) }
    }

    fn opened(self: &Arc<Self>, language: &dyn Language, message: &Message, content: CommOpenRequest) {
        let CommOpenRequest { comm_id, target_name, data } = content;
        let parent = message.as_parent();
        self.open().insert(comm_id.clone(), Open { target: target_name.clone(), parent, handler: None });
        let comm = self.comm(comm_id.clone(), target_name);
        match language.open_comm(&comm, &data, &message.buffers) {
            Some(handler) => {
                // The language may have closed it again at once.
                if let Some(open) = self.open().get_mut(&comm_id) {
                    open.handler = Some(handler.into());
                }
            }
            None => self.close(&comm_id, Map::new()),
        }
    }

    fn message(self: &Arc<Self>, message: &Message, content: CommMessage) {
        let CommMessage { comm_id, data } = content;
        let open = self.open().get_mut(&comm_id).and_then(|open| {
            open.parent = message.as_parent();
            Some((open.target.clone(), open.handler.clone()?))
        });
        let Some((target, handler)) = open else { return tracing::warn!(comm_id, "a message for a comm that is not open") };
        handler.message(&self.comm(comm_id, target), &data, &message.buffers);
    }

    fn closed(&self, content: &CommCloseRequest) {
        let open = self.open().remove(&content.comm_id);
        if let Some(handler) = open.and_then(|open| open.handler) {
            handler.closed(&content.data);
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<String, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CommLink for Comms {
    fn send(&self, id: &str, data: Map<String, Value>, buffers: Vec<Bytes>) {
        let parent = self.open().get(id).map(|open| open.parent.clone());
        if let Some(parent) = parent {
            self.iopub.send_with_buffers("comm_msg", &parent, &CommMsg { comm_id: CommId(id.to_owned()), data }, buffers);
        }
    }

    fn close(&self, id: &str, data: Map<String, Value>) {
        if let Some(open) = self.open().remove(id) {
            self.iopub.send("comm_close", &open.parent, &CommClose { comm_id: CommId(id.to_owned()), data });
        }
    }
}
