//! A fake front end: it speaks the protocol over real sockets, and its verbs make a test read as what happens.

use std::future::Future;
use std::time::{Duration, Instant};

use bytes::Bytes;
use sdap_kernel::{Connection, Transport};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use zeromq::util::PeerIdentity;
use zeromq::{DealerSocket, ReqSocket, Socket, SocketOptions, SocketRecv, SocketSend, SubSocket, ZmqMessage};

use crate::wire::{Draft, Message};

/// How long the kernel may take for anything. A test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct FrontEnd {
    runtime: Runtime,
    connection: Connection,
    pub(crate) session: String,
    shell: DealerSocket,
    control: DealerSocket,
    stdin: DealerSocket,
    iopub: SubSocket,
}

/// The channels that a front end sends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channel {
    Shell,
    Control,
    Stdin,
}

/// What came of a cell: all that was heard on iopub, and the reply.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) heard: Vec<String>,
    pub(crate) reply: Message,
}

impl FrontEnd {
    /// Connects, and waits until it is welcome.
    #[track_caller]
    pub(crate) fn connect(connection: &Connection) -> Self {
        Self::connect_unheard(connection).welcomed()
    }

    /// Connects as the front end that this session was before.
    #[track_caller]
    pub(crate) fn connect_again(connection: &Connection, session: &str) -> Self {
        Self::connect_as(connection, session, Some(session)).welcomed()
    }

    /// Connects without a name that replies could be sent to.
    #[track_caller]
    pub(crate) fn connect_nameless(connection: &Connection) -> Self {
        Self::connect_as(connection, &new_session(), None).welcomed()
    }

    /// Itself, once it is welcome.
    #[track_caller]
    fn welcomed(mut self) -> Self {
        let welcome = self.hears();
        assert_eq!((welcome.kind(), &welcome.content), ("iopub_welcome", &json!({ "subscription": "" })));
        self.swallow_starting();
        self
    }

    /// Connects, and leaves the welcome to be heard.
    pub(crate) fn connect_unheard(connection: &Connection) -> Self {
        let session = new_session();
        Self::connect_as(connection, &session, Some(&session))
    }

    fn connect_as(connection: &Connection, session: &str, name: Option<&str>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (shell, control, stdin, iopub) = runtime.block_on(async {
            let mut iopub = SubSocket::new();
            iopub.connect(&address(connection, connection.iopub_port)).await.unwrap();
            iopub.subscribe("").await.unwrap();
            (
                dealer(name, &address(connection, connection.shell_port)).await,
                dealer(name, &address(connection, connection.control_port)).await,
                dealer(name, &address(connection, connection.stdin_port)).await,
                iopub,
            )
        });
        Self { runtime, connection: connection.clone(), session: session.to_owned(), shell, control, stdin, iopub }
    }

    /// The first front end of a kernel also hears that it is starting.
    fn swallow_starting(&mut self) {
        let id = self.asks(Channel::Control, "kernel_info_request", &json!({}));
        self.is_answered(Channel::Control, &id);
        loop {
            let message = self.hears();
            if message.line() == "idle" && message.parent_id() == id {
                return;
            }
        }
    }

    /// A message to be changed and then sent.
    pub(crate) fn draft(&self, kind: &str, content: &Value) -> Draft {
        Draft::new(&self.session, kind, content)
    }

    /// Sends a request and gives its id.
    pub(crate) fn asks(&mut self, channel: Channel, kind: &str, content: &Value) -> String {
        let draft = self.draft(kind, content);
        self.sends(channel, &draft);
        draft.id()
    }

    pub(crate) fn sends(&mut self, channel: Channel, draft: &Draft) {
        let frames = draft.frames(&self.connection.key);
        self.sends_frames(channel, frames);
    }

    pub(crate) fn sends_frames(&mut self, channel: Channel, frames: ZmqMessage) {
        let Self { runtime, shell, control, stdin, .. } = self;
        let socket = match channel {
            Channel::Shell => shell,
            Channel::Control => control,
            Channel::Stdin => stdin,
        };
        runtime.block_on(socket.send(frames)).expect("the kernel listens");
    }

    /// Sends a cell to be run and gives the id of the request.
    pub(crate) fn executes(&mut self, code: &str) -> String {
        self.asks(Channel::Shell, "execute_request", &json!({ "code": code }))
    }

    /// Makes a subshell and gives its id.
    #[track_caller]
    pub(crate) fn creates_subshell(&mut self) -> String {
        let reply = self.learns_on(Channel::Control, "create_subshell_request", &json!({}));
        reply["subshell_id"].as_str().expect("a subshell has an id").to_owned()
    }

    /// Sends a cell to a subshell and gives the id of the request.
    pub(crate) fn executes_in(&mut self, subshell: &str, code: &str) -> String {
        self.executes_in_value(&json!(subshell), code)
    }

    pub(crate) fn executes_in_value(&mut self, subshell: &Value, code: &str) -> String {
        let mut draft = self.draft("execute_request", &json!({ "code": code }));
        draft.header["subshell_id"] = subshell.clone();
        self.sends(Channel::Shell, &draft);
        draft.id()
    }

    /// Interrupts, and gives the reply.
    #[track_caller]
    pub(crate) fn interrupts(&mut self) -> Value {
        let id = self.asks(Channel::Control, "interrupt_request", &json!({}));
        self.is_answered(Channel::Control, &id).content
    }

    /// The next message on a channel.
    #[track_caller]
    pub(crate) fn receives(&mut self, channel: Channel) -> Message {
        let Self { runtime, shell, control, stdin, connection, .. } = self;
        let socket = match channel {
            Channel::Shell => shell,
            Channel::Control => control,
            Channel::Stdin => stdin,
        };
        let message = within(runtime, PATIENCE, socket.recv());
        Message::read(message.unwrap_or_else(|| panic!("nothing came on {channel:?}")), &connection.key)
    }

    /// The reply to a request, which must be the next message on its channel.
    #[track_caller]
    pub(crate) fn is_answered(&mut self, channel: Channel, id: &str) -> Message {
        let reply = self.receives(channel);
        assert_eq!(reply.parent_id(), id, "the reply to this request, not {reply:?}");
        reply
    }

    /// The next message on iopub.
    #[track_caller]
    pub(crate) fn hears(&mut self) -> Message {
        self.hears_within(PATIENCE).expect("something is to be heard on iopub")
    }

    /// The next message on iopub, if one comes in time.
    #[track_caller]
    pub(crate) fn hears_within(&mut self, time: Duration) -> Option<Message> {
        let Self { runtime, iopub, connection, .. } = self;
        within(runtime, time, iopub.recv()).map(|message| Message::read(message, &connection.key))
    }

    /// The next message on iopub as it came, with the time at which it came.
    #[track_caller]
    pub(crate) fn hears_unread(&mut self) -> (Instant, ZmqMessage) {
        let Self { runtime, iopub, .. } = self;
        let message = within(runtime, PATIENCE, iopub.recv()).expect("something is to be heard on iopub");
        (Instant::now(), message)
    }

    /// Reads a message that came.
    #[track_caller]
    pub(crate) fn reads(&self, message: ZmqMessage) -> Message {
        Message::read(message, &self.connection.key)
    }

    /// All that is heard of a request up to its idle. Nothing else may be heard meanwhile, save before it that another one,
    /// which still runs, is busy.
    #[track_caller]
    pub(crate) fn hears_all_of(&mut self, id: &str) -> Vec<Message> {
        let mut heard = Vec::new();
        loop {
            let message = self.hears();
            if heard.is_empty() && message.parent_id() != id && message.line() == "busy" {
                continue;
            }
            assert_eq!(message.parent_id(), id, "a message of this request, not {message:?}");
            let is_last = message.line() == "idle";
            heard.push(message);
            if is_last {
                return heard;
            }
        }
    }

    /// Waits until a line is heard of a request, whatever else is heard before.
    #[track_caller]
    pub(crate) fn hears_line_of(&mut self, id: &str, line: &str) {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            let message = self.hears();
            if message.parent_id() == id && message.line() == line {
                return;
            }
        }
        panic!("{line:?} was not heard");
    }

    /// All that is heard up to a line, of whatever request.
    #[track_caller]
    pub(crate) fn hears_all_before(&mut self, line: &str) -> Vec<Message> {
        let mut heard = Vec::new();
        loop {
            let message = self.hears();
            if message.line() == line {
                return heard;
            }
            heard.push(message);
        }
    }

    /// Waits until a line is heard, of whatever request.
    #[track_caller]
    pub(crate) fn hears_line(&mut self, line: &str) {
        while self.hears().line() != line {}
    }

    /// Runs a cell to its end.
    #[track_caller]
    pub(crate) fn runs(&mut self, code: &str) -> Run {
        self.runs_with(&json!({ "code": code }))
    }

    /// Runs a cell with all that a request can say.
    #[track_caller]
    pub(crate) fn runs_with(&mut self, content: &Value) -> Run {
        let id = self.asks(Channel::Shell, "execute_request", content);
        self.finishes(&id)
    }

    /// Follows a cell that has been sent to its end.
    #[track_caller]
    pub(crate) fn finishes(&mut self, id: &str) -> Run {
        let heard = self.hears_all_of(id).iter().map(Message::line).collect();
        let reply = self.is_answered(Channel::Shell, id);
        assert_eq!(reply.kind(), "execute_reply");
        Run { heard, reply }
    }

    /// Asks on shell, and gives the content of the reply; busy and idle are checked.
    #[track_caller]
    pub(crate) fn learns(&mut self, kind: &str, content: &Value) -> Value {
        self.learns_on(Channel::Shell, kind, content)
    }

    /// Asks, and gives the content of the reply; busy and idle are checked.
    #[track_caller]
    pub(crate) fn learns_on(&mut self, channel: Channel, kind: &str, content: &Value) -> Value {
        let id = self.asks(channel, kind, content);
        let reply = self.is_answered(channel, &id);
        assert_eq!(reply.kind(), kind.replace("_request", "_reply"));
        let heard: Vec<String> = self.hears_all_of(&id).iter().map(Message::line).collect();
        assert_eq!((heard.first().unwrap().as_str(), heard.last().unwrap().as_str()), ("busy", "idle"));
        reply.content
    }

    /// Answers the question that a cell asks, and gives the question.
    #[track_caller]
    pub(crate) fn is_asked(&mut self) -> Message {
        let question = self.receives(Channel::Stdin);
        assert_eq!(question.kind(), "input_request");
        question
    }

    pub(crate) fn answers(&mut self, answer: &str) {
        self.asks(Channel::Stdin, "input_reply", &json!({ "value": answer }));
    }

    /// Sends a heartbeat and gives back how long it took to return.
    #[track_caller]
    pub(crate) fn heartbeat(&mut self) -> Duration {
        let address = address(&self.connection, self.connection.hb_port);
        let (beat, time) = self.runtime.block_on(async {
            let mut socket = ReqSocket::new();
            socket.connect(&address).await.unwrap();
            let sent = Instant::now();
            socket.send(Bytes::from_static(b"ping").into()).await.unwrap();
            let beat = tokio::time::timeout(PATIENCE, socket.recv()).await.expect("the heart beats").unwrap();
            (beat, sent.elapsed())
        });
        assert_eq!(beat.into_vec(), [Bytes::from_static(b"ping")]);
        time
    }
}

impl Run {
    /// The status of the reply.
    pub(crate) fn status(&self) -> &str {
        self.reply.content["status"].as_str().unwrap()
    }

    /// What was heard between busy and idle.
    #[track_caller]
    pub(crate) fn output(&self) -> &[String] {
        match self.heard.as_slice() {
            [busy, output @ .., idle] if busy == "busy" && idle == "idle" => output,
            heard => panic!("busy first and idle last, not {heard:?}"),
        }
    }
}

fn new_session() -> String {
    uuid::Uuid::new_v4().to_string()
}

async fn dealer(name: Option<&str>, address: &str) -> DealerSocket {
    let mut options = SocketOptions::default();
    if let Some(name) = name {
        options.peer_identity(name.parse::<PeerIdentity>().unwrap());
    }
    let mut socket = DealerSocket::with_options(options);
    socket.connect(address).await.unwrap();
    socket
}

fn within<T, E: std::fmt::Debug>(runtime: &Runtime, time: Duration, message: impl Future<Output = Result<T, E>>) -> Option<T> {
    runtime.block_on(async { tokio::time::timeout(time, message).await.ok().map(|received| received.expect("the socket is open")) })
}

pub(crate) fn address(connection: &Connection, port: u16) -> String {
    match connection.transport {
        Transport::Tcp => format!("tcp://{}:{port}", connection.ip),
        Transport::Ipc => format!("ipc://{}-{port}", connection.ip),
    }
}
