//! Questions about code and about the kernel: they are answered while cells run.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::front_end::Channel;
use crate::kernel::TestKernel;

#[test]
fn kernel_info_tells_all_on_shell_and_on_control() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let expected = json!({
        "status": "ok",
        "protocol_version": "5.5",
        "implementation": "echo-kernel",
        "implementation_version": "1.0",
        "language_info": {
            "name": "echo",
            "version": "1.0",
            "mimetype": "text/x-echo",
            "file_extension": ".echo",
            "pygments_lexer": "text",
            "nbconvert_exporter": "script"
        },
        "banner": "Echo, a language that says what it is told",
        "help_links": [{ "text": "Jupyter", "url": "https://jupyter.org" }],
        "debugger": false,
        "supported_features": ["kernel subshells"]
    });
    assert_eq!(front_end.learns_on(Channel::Shell, "kernel_info_request", &json!({})), expected);
    assert_eq!(front_end.learns_on(Channel::Control, "kernel_info_request", &json!({})), expected);
}

#[test]
fn questions_are_answered_while_a_cell_runs() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let cell = front_end.executes("wait");
    front_end.hears_line_of(&cell, "input 1: wait");
    for (channel, kind) in [
        (Channel::Control, "kernel_info_request"),
        (Channel::Shell, "kernel_info_request"),
        (Channel::Shell, "history_request"),
        (Channel::Shell, "comm_info_request"),
        (Channel::Shell, "is_complete_request"),
        (Channel::Shell, "complete_request"),
        (Channel::Shell, "inspect_request"),
    ] {
        let asked = Instant::now();
        let content = json!({ "code": "print", "cursor_pos": 5, "hist_access_type": "tail", "n": 1 });
        assert_eq!(
            front_end.learns_on(channel, kind, &content)["status"].as_str().unwrap_or("none"),
            if kind == "is_complete_request" { "complete" } else { "ok" }
        );
        assert!(asked.elapsed() < Duration::from_millis(200), "{kind} took {:?}", asked.elapsed());
    }
    front_end.asks(Channel::Control, "interrupt_request", &json!({}));
    assert_eq!(front_end.is_answered(Channel::Shell, &cell).content["status"], "error");
}

#[test]
fn a_cell_that_runs_is_said_to_be_busy_again_when_a_question_is_answered() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let subshell = front_end.creates_subshell();
    let cell = front_end.executes("wait");
    front_end.hears_line_of(&cell, "input 1: wait");
    front_end.learns("complete_request", &json!({ "code": "pri", "cursor_pos": 3 }));
    let again = front_end.hears();
    assert_eq!((again.line().as_str(), again.parent_id()), ("busy", cell.as_str()));
    let beside = front_end.executes_in(&subshell, "print x");
    front_end.finishes(&beside);
    let again = front_end.hears();
    assert_eq!((again.line().as_str(), again.parent_id()), ("busy", cell.as_str()));
    let interrupt = front_end.asks(Channel::Control, "interrupt_request", &json!({}));
    front_end.is_answered(Channel::Control, &interrupt);
    front_end.is_answered(Channel::Shell, &cell);
    front_end.hears_line_of(&cell, "idle");
    // Whichever of the two ended last, nothing is busy now.
    while let Some(message) = front_end.hears_within(Duration::from_millis(50)) {
        assert_eq!((message.line().as_str(), message.parent_id()), ("idle", interrupt.as_str()));
    }
}

#[test]
fn all_that_is_answered_on_shell_is_answered_on_control_too() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    for channel in [Channel::Shell, Channel::Control] {
        for (kind, content) in [
            ("kernel_info_request", json!({})),
            ("connect_request", json!({})),
            ("history_request", json!({ "hist_access_type": "tail", "n": 1 })),
            ("comm_info_request", json!({})),
            ("complete_request", json!({ "code": "pri", "cursor_pos": 3 })),
            ("inspect_request", json!({ "code": "print", "cursor_pos": 3 })),
            ("execute_request", json!({ "code": "print x" })),
            ("interrupt_request", json!({})),
        ] {
            assert_eq!(front_end.learns_on(channel, kind, &content)["status"], "ok", "{kind} on {channel:?}");
        }
    }
}

#[test]
fn completion_counts_positions_in_code_points() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let reply = front_end.learns("complete_request", &json!({ "code": "𝐚é pa tail", "cursor_pos": 5 }));
    assert_eq!(reply["matches"], json!(["page", "panic", "password"]));
    assert_eq!((&reply["cursor_start"], &reply["cursor_end"]), (&json!(3), &json!(5)));
    assert_eq!(
        reply["metadata"]["_jupyter_types_experimental"][0],
        json!({ "text": "page", "type": "command", "signature": "", "start": 3, "end": 5 })
    );
}

#[test]
fn a_position_past_the_end_is_the_end() {
    let kernel = TestKernel::start();
    let reply = kernel.front_end().learns("complete_request", &json!({ "code": "pri", "cursor_pos": 99 }));
    assert_eq!((&reply["matches"], &reply["cursor_end"]), (&json!(["print"]), &json!(3)));
}

#[test]
fn inspection_finds_what_is_known_in_two_levels_of_detail() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let brief = front_end.learns("inspect_request", &json!({ "code": "𝐚 print x", "cursor_pos": 4, "detail_level": 0 }));
    assert_eq!(brief, json!({ "status": "ok", "found": true, "data": { "text/plain": "print is a command" }, "metadata": {} }));
    let full = front_end.learns("inspect_request", &json!({ "code": "print", "cursor_pos": 0, "detail_level": 1 }));
    assert_eq!(full["data"]["text/plain"], "print is a command of the echo language");
    let nothing = front_end.learns("inspect_request", &json!({ "code": "nothing", "cursor_pos": 2 }));
    assert_eq!(nothing, json!({ "status": "ok", "found": false, "data": {}, "metadata": {} }));
}

#[test]
fn a_question_that_makes_the_language_panic_is_answered_with_an_error() {
    let kernel = TestKernel::start();
    let reply = kernel.front_end().learns("inspect_request", &json!({ "code": "panic", "cursor_pos": 0 }));
    assert_eq!((&reply["status"], &reply["ename"]), (&json!("error"), &json!("KernelPanic")));
}

#[test]
fn completeness_has_four_answers() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    for (code, status, indent) in
        [("print", "complete", ""), ("print \\", "incomplete", "  "), ("no!", "invalid", ""), ("eh?", "unknown", "")]
    {
        let reply = front_end.learns("is_complete_request", &json!({ "code": code }));
        assert_eq!(reply, json!({ "status": status, "indent": indent }), "{code}");
    }
}

#[test]
fn connect_tells_the_ports() {
    let kernel = TestKernel::start();
    let reply = kernel.front_end().learns("connect_request", &json!({}));
    let connection = &kernel.connection;
    let expected = json!({
        "status": "ok",
        "shell_port": connection.shell_port,
        "iopub_port": connection.iopub_port,
        "stdin_port": connection.stdin_port,
        "control_port": connection.control_port,
        "hb_port": connection.hb_port
    });
    assert_eq!(reply, expected);
}

#[test]
fn a_debugger_is_refused_in_its_own_terms() {
    let kernel = TestKernel::start();
    let request = json!({ "type": "request", "seq": 4, "command": "initialize", "arguments": {} });
    let reply = kernel.front_end().learns_on(Channel::Control, "debug_request", &request);
    assert_eq!((&reply["success"], &reply["request_seq"], &reply["command"]), (&json!(false), &json!(4), &json!("initialize")));
    assert_eq!(reply["message"], "this kernel has no debugger");
}

#[test]
fn the_heart_beats_while_a_cell_runs() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let cell = front_end.executes("wait");
    front_end.hears_line_of(&cell, "input 1: wait");
    assert!(front_end.heartbeat() < Duration::from_millis(100));
    assert!(front_end.heartbeat() < Duration::from_millis(100), "a second client's heart beats too");
}
