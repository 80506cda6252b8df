//! The gate: what a kernel lets in, and what it drops and then goes on.

use bytes::Bytes;
use sdap_kernel::{Kernel, StartError, Transport};
use serde_json::{Value, json};
use zeromq::ZmqMessage;

use crate::front_end::{Channel, FrontEnd};
use crate::kernel::{TestKernel, connection};
use crate::wire::Draft;

/// Sends frames that are to be dropped, and shows that the next request is served and nothing else was.
#[track_caller]
fn drops(front_end: &mut FrontEnd, frames: &ZmqMessage) {
    for channel in [Channel::Shell, Channel::Control, Channel::Stdin] {
        front_end.sends_frames(channel, frames.clone());
    }
    for channel in [Channel::Shell, Channel::Control] {
        // Replies and busy are checked to be those of this request, so none can have come of the frames.
        assert_eq!(front_end.learns_on(channel, "kernel_info_request", &json!({}))["status"], "ok");
    }
}

fn frames(parts: &[&'static str]) -> ZmqMessage {
    parts.iter().map(|part| Bytes::from_static(part.as_bytes())).collect::<Vec<_>>().try_into().unwrap()
}

#[test]
fn a_wrong_signature_is_dropped() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let draft = front_end.draft("execute_request", &json!({ "code": "print forged" }));
    for key in ["another key", ""] {
        drops(&mut front_end, &draft.frames(key));
    }
    for signature in ["00", "no hexadecimal", ""] {
        let forged = Draft { signature: Some(signature.to_owned()), ..draft.clone() };
        drops(&mut front_end, &forged.frames(&kernel.connection.key));
    }
}

#[test]
fn malformed_frames_are_dropped() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    drops(&mut front_end, &frames(&[""]));
    drops(&mut front_end, &frames(&["no delimiter", "{}"]));
    drops(&mut front_end, &frames(&["<IDS|MSG>"]));
    drops(&mut front_end, &frames(&["<IDS|MSG>", "", "{}", "{}", "{}"]));
}

#[test]
fn a_signed_message_with_a_broken_header_is_dropped() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    for header in [
        json!({}),
        json!(null),
        json!([1]),
        json!({ "msg_id": "x" }),
        json!({ "msg_type": "execute_request" }),
        json!({ "msg_id": 1, "msg_type": 2 }),
    ] {
        let draft = Draft { header, ..front_end.draft("execute_request", &json!({ "code": "print x" })) };
        let frames = draft.frames(&kernel.connection.key);
        drops(&mut front_end, &frames);
    }
}

#[test]
fn a_replayed_message_is_dropped() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let draft = front_end.draft("execute_request", &json!({ "code": "print once" }));
    front_end.sends(Channel::Shell, &draft);
    front_end.finishes(&draft.id());
    let replay = draft.frames(&kernel.connection.key);
    drops(&mut front_end, &replay);
}

#[test]
fn unknown_messages_are_ignored_and_unknown_fields_passed_over() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let unknown = front_end.draft("brew_coffee_request", &json!({ "sugar": 2 })).frames(&kernel.connection.key);
    drops(&mut front_end, &unknown);
    let mut draft = front_end.draft("execute_request", &json!({ "code": "print x", "colour": "blue" }));
    draft.header["colour"] = json!("blue");
    draft.metadata = json!({ "colour": "blue" });
    front_end.sends(Channel::Shell, &draft);
    let heard = front_end.hears_all_of(&draft.id());
    assert!(heard.iter().all(|message| message.parent == draft.header), "the parent header is the request's, whole");
    assert_eq!(front_end.is_answered(Channel::Shell, &draft.id()).parent, draft.header);
}

#[test]
fn contents_of_any_shape_are_answered() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    for kind in ["execute_request", "complete_request", "inspect_request", "is_complete_request", "history_request"] {
        for content in ["", "{", "null", "[]", "17", r#"{"code":5}"#, &"[".repeat(10_000)] {
            let draft = Draft { content: content.to_owned(), ..front_end.draft(kind, &Value::Null) };
            front_end.sends(Channel::Shell, &draft);
            let reply = front_end.is_answered(Channel::Shell, &draft.id());
            assert_eq!(
                (&reply.content["status"], &reply.content["ename"]),
                (&json!("error"), &json!("InvalidRequest")),
                "{kind} {content}"
            );
            assert_eq!(front_end.hears_all_of(&draft.id()).len(), 2);
        }
    }
    for content in ["{", "17", r#"{"subshell_id":5}"#] {
        let draft = Draft { content: content.to_owned(), ..front_end.draft("delete_subshell_request", &Value::Null) };
        front_end.sends(Channel::Control, &draft);
        assert_eq!(front_end.is_answered(Channel::Control, &draft.id()).content["ename"], "InvalidRequest", "{content}");
        assert_eq!(front_end.hears_all_of(&draft.id()).len(), 2);
    }
    assert_eq!(front_end.runs("print on").output()[1], "stdout: on\n");
}

#[test]
fn a_kernel_without_a_key_neither_signs_nor_checks() {
    let mut connection = connection();
    connection.key = String::new();
    let kernel = TestKernel::start_on(connection);
    let mut front_end = kernel.front_end();
    assert_eq!(front_end.runs("print open").output()[1], "stdout: open\n");
}

#[test]
fn an_unknown_signature_scheme_is_refused_at_the_start() {
    let mut connection = connection();
    connection.signature_scheme = "hmac-md5".to_owned();
    let error = Kernel::bind(connection).err().expect("no start").to_string();
    assert_eq!(error, "signature scheme \"hmac-md5\" is not supported; the kernel knows \"hmac-sha256\"");
}

#[test]
fn a_taken_port_is_named() {
    let kernel = TestKernel::start();
    let mut connection = connection();
    connection.control_port = kernel.connection.control_port;
    let error = Kernel::bind(connection).err().expect("no start");
    assert!(matches!(error, StartError::Bind { channel: "control", .. }));
    assert!(error.to_string().starts_with(&format!("cannot listen on 127.0.0.1 port {} for control: ", kernel.connection.control_port)));
}

#[test]
fn the_protocol_is_the_same_over_ipc_and_no_socket_file_stays_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = connection();
    connection.transport = Transport::Ipc;
    connection.ip = folder.path().join("kernel").display().to_string();
    for (number, port) in [
        &mut connection.shell_port,
        &mut connection.iopub_port,
        &mut connection.stdin_port,
        &mut connection.control_port,
        &mut connection.hb_port,
    ]
    .into_iter()
    .enumerate()
    {
        *port = number as u16 + 1;
    }
    // A kernel that died left its file.
    std::fs::write(folder.path().join("kernel-1"), "").unwrap();
    let kernel = TestKernel::start_on(connection);
    let (mut first, mut second) = (kernel.front_end(), kernel.front_end());
    assert_eq!(second.runs("print hello").output()[1], "stdout: hello\n");
    first.hears_line("stdout: hello\n");
    let cell = second.executes("ask name?");
    second.is_asked();
    second.answers("Ada");
    assert_eq!(second.is_answered(Channel::Shell, &cell).content["status"], "ok");
    second.heartbeat();
    let id = second.asks(Channel::Control, "shutdown_request", &json!({ "restart": false }));
    second.is_answered(Channel::Control, &id);
    kernel.ends();
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
}
