//! Comms: opened, used, listed and closed from either side.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::front_end::{Channel, FrontEnd};
use crate::kernel::TestKernel;
use crate::wire::Message;

fn sends_comm(front_end: &mut FrontEnd, kind: &str, content: &Value, buffers: Vec<Bytes>) -> Vec<Message> {
    let mut draft = front_end.draft(kind, content);
    draft.buffers = buffers;
    front_end.sends(Channel::Shell, &draft);
    front_end.hears_all_of(&draft.id())
}

fn lines(messages: &[Message]) -> Vec<String> {
    messages.iter().map(Message::line).collect()
}

#[test]
fn a_comm_of_an_unknown_target_is_closed_at_once() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let heard = sends_comm(&mut front_end, "comm_open", &json!({ "comm_id": "c1", "target_name": "widget", "data": {} }), vec![]);
    assert_eq!(lines(&heard), ["busy", "comm_close c1: {}", "idle"]);
    assert_eq!(front_end.learns("comm_info_request", &json!({})), json!({ "status": "ok", "comms": {} }));
}

#[test]
fn a_comm_carries_data_and_buffers_both_ways_until_the_front_end_closes_it() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let open = json!({ "comm_id": "c1", "target_name": "echo", "data": { "hello": 1 } });
    assert_eq!(lines(&sends_comm(&mut front_end, "comm_open", &open, vec![])), ["busy", r#"comm_msg c1: {"hello":1}"#, "idle"]);
    let buffers = vec![Bytes::from_static(&[0, 255, 1]), Bytes::new()];
    let heard = sends_comm(&mut front_end, "comm_msg", &json!({ "comm_id": "c1", "data": { "n": 2 } }), buffers.clone());
    assert_eq!(lines(&heard), ["busy", r#"comm_msg c1: {"n":2}"#, "idle"]);
    assert_eq!(heard[1].buffers, buffers);
    let all = front_end.learns("comm_info_request", &json!({}));
    assert_eq!(all["comms"], json!({ "c1": { "target_name": "echo" } }));
    let others = front_end.learns("comm_info_request", &json!({ "target_name": "other" }));
    assert_eq!(others["comms"], json!({}));
    sends_comm(&mut front_end, "comm_close", &json!({ "comm_id": "c1", "data": {} }), vec![]);
    let heard = sends_comm(&mut front_end, "comm_msg", &json!({ "comm_id": "c1", "data": {} }), vec![]);
    assert_eq!(lines(&heard), ["busy", "idle"]);
}

#[test]
fn the_language_can_close_a_comm() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    sends_comm(&mut front_end, "comm_open", &json!({ "comm_id": "c1", "target_name": "echo", "data": {} }), vec![]);
    let heard = sends_comm(&mut front_end, "comm_msg", &json!({ "comm_id": "c1", "data": { "close": true } }), vec![]);
    assert_eq!(lines(&heard), ["busy", r#"comm_close c1: {"close":true}"#, "idle"]);
    assert_eq!(front_end.learns("comm_info_request", &json!({}))["comms"], json!({}));
}

#[test]
fn the_language_can_open_a_comm_and_uses_it_until_the_front_end_closes_it() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let cell = front_end.executes("open widget");
    let heard = front_end.hears_all_of(&cell);
    front_end.is_answered(Channel::Shell, &cell);
    let [_, _, opened, sent, _] = heard.as_slice() else { panic!("a comm is opened and used: {heard:?}") };
    assert_eq!((opened.kind(), &opened.content["target_name"]), ("comm_open", &json!("widget")));
    assert_eq!(opened.content["data"], json!({ "hello": 1 }));
    let id = opened.content["comm_id"].as_str().expect("a comm has an id");
    assert_eq!(sent.line(), format!(r#"comm_msg {id}: {{"target":"widget"}}"#));
    assert_eq!(sent.buffers, [Bytes::from_static(&[0, 255])]);
    assert_eq!(front_end.learns("comm_info_request", &json!({}))["comms"], json!({ id: { "target_name": "widget" } }));
    let heard = sends_comm(&mut front_end, "comm_msg", &json!({ "comm_id": id, "data": { "n": 2 } }), vec![]);
    assert_eq!(lines(&heard), ["busy", &format!(r#"comm_msg {id}: {{"n":2}}"#), "idle"]);
    sends_comm(&mut front_end, "comm_close", &json!({ "comm_id": id, "data": {} }), vec![]);
    assert_eq!(front_end.learns("comm_info_request", &json!({}))["comms"], json!({}));
}

#[test]
fn comms_are_served_while_a_cell_runs() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let cell = front_end.executes("wait");
    front_end.hears_line_of(&cell, "input 1: wait");
    let heard = sends_comm(&mut front_end, "comm_open", &json!({ "comm_id": "c1", "target_name": "echo", "data": {} }), vec![]);
    assert_eq!(lines(&heard), ["busy", "comm_msg c1: {}", "idle"]);
}
