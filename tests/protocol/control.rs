//! `control`: interrupts, shutdown and subshells, while cells run.

use std::time::{Duration, Instant};

use sdap_kernel::Ended;
use serde_json::{Value, json};

use crate::front_end::{Channel, FrontEnd};
use crate::kernel::TestKernel;
use crate::wire::Message;

#[test]
fn an_interrupt_ends_the_cell_within_200_ms_and_aborts_what_is_queued() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let cell = front_end.executes("wait");
    let queued = front_end.executes("print never");
    front_end.hears_line_of(&cell, "input 1: wait");
    let asked = Instant::now();
    assert_eq!(front_end.interrupts(), json!({ "status": "ok" }));
    let reply = front_end.is_answered(Channel::Shell, &cell);
    assert!(asked.elapsed() < Duration::from_millis(200), "{:?}", asked.elapsed());
    assert_eq!((&reply.content["status"], &reply.content["ename"]), (&json!("error"), &json!("Interrupted")));
    assert_eq!(front_end.is_answered(Channel::Shell, &queued).content["status"], "aborted");
    front_end.hears_line_of(&queued, "idle");
    assert_eq!(front_end.runs("print on").output()[1], "stdout: on\n");
}

#[test]
fn an_interrupt_is_for_the_cell_that_runs_and_for_no_later_one() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    front_end.learns_on(Channel::Control, "interrupt_request", &json!({}));
    assert_eq!(front_end.runs("sleep 20\nprint on").status(), "ok");
}

#[test]
fn every_request_on_control_is_heard_as_busy_and_idle() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    for kind in ["kernel_info_request", "interrupt_request", "list_subshell_request"] {
        let id = front_end.asks(Channel::Control, kind, &json!({}));
        front_end.is_answered(Channel::Control, &id);
        let heard: Vec<String> = front_end.hears_all_of(&id).iter().map(Message::line).collect();
        assert_eq!(heard, ["busy", "idle"], "{kind}");
    }
}

#[test]
fn kernel_info_on_control_is_quick() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    front_end.executes("wait");
    let times = (0..50).map(|_| {
        let asked = Instant::now();
        let id = front_end.asks(Channel::Control, "kernel_info_request", &json!({}));
        front_end.is_answered(Channel::Control, &id);
        asked.elapsed()
    });
    // The quickest, since the machine may have other things to do.
    let quickest = times.min().unwrap();
    assert!(quickest < Duration::from_millis(5), "{quickest:?}");
}

#[test]
fn shutdown_is_answered_where_it_was_asked_and_told_to_all() {
    for (channel, restart) in [(Channel::Control, true), (Channel::Shell, false)] {
        let kernel = TestKernel::start();
        let (mut front_end, mut other) = (kernel.front_end(), kernel.front_end());
        front_end.hears_line("idle");
        let reply = front_end.learns_on(channel, "shutdown_request", &json!({ "restart": restart }));
        assert_eq!(reply, json!({ "restart": restart, "status": "ok" }));
        other.hears_line("shutdown_reply");
        other.hears_line("idle");
        assert_eq!(kernel.ends(), Ended { restart });
    }
}

#[test]
fn shutdown_while_a_cell_runs_interrupts_it_and_loses_nothing_it_printed() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let cell = front_end.executes("write last words\nwait");
    front_end.hears_line_of(&cell, "input 1: write last words\nwait");
    let id = front_end.asks(Channel::Control, "shutdown_request", &json!({ "restart": false }));
    front_end.is_answered(Channel::Control, &id);
    front_end.hears_line_of(&cell, "stdout: last words");
    kernel.ends();
}

#[test]
fn a_flood_before_the_end_arrives_whole() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let cell = front_end.executes("showers 2000");
    front_end.is_answered(Channel::Shell, &cell);
    front_end.asks(Channel::Control, "shutdown_request", &json!({ "restart": false }));
    let lines: Vec<String> = front_end.hears_all_before("shutdown_reply").iter().map(Message::line).collect();
    assert_eq!(lines.iter().filter(|line| line.starts_with("display: ")).count(), 2000);
    kernel.ends();
}

#[test]
fn a_subshell_runs_cells_beside_the_main_shell_with_its_own_count() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let subshell = front_end.creates_subshell();
    let main = front_end.executes("wait");
    front_end.hears_line_of(&main, "input 1: wait");
    for count in [1, 2] {
        let beside = front_end.executes_in(&subshell, "where");
        let run = front_end.finishes(&beside);
        assert_eq!(run.output()[1], "stdout: cell None, subshell true");
        assert_eq!(run.reply.content["execution_count"], count);
    }
    front_end.interrupts();
    assert_eq!(front_end.is_answered(Channel::Shell, &main).content["status"], "error");
}

#[test]
fn a_failure_in_a_subshell_aborts_only_its_own_queue() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let subshell = front_end.creates_subshell();
    let main = front_end.executes("sleep 200\nprint on");
    let queued = front_end.executes("print after");
    let failing = front_end.executes_in(&subshell, "sleep 20\nfail now");
    let aborted = front_end.executes_in(&subshell, "print never");
    for (id, status) in [(&failing, "error"), (&aborted, "aborted"), (&main, "ok"), (&queued, "ok")] {
        assert_eq!(front_end.is_answered(Channel::Shell, id).content["status"], status);
    }
}

#[test]
fn subshells_are_listed_until_they_are_deleted() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let list = |front_end: &mut FrontEnd| front_end.learns_on(Channel::Control, "list_subshell_request", &json!({}))["subshell_id"].clone();
    assert_eq!(list(&mut front_end), json!([]));
    let subshell = front_end.creates_subshell();
    assert_eq!(list(&mut front_end), json!([subshell]));
    let delete = json!({ "subshell_id": subshell });
    assert_eq!(front_end.learns_on(Channel::Control, "delete_subshell_request", &delete.clone()), json!({ "status": "ok" }));
    assert_eq!(list(&mut front_end), json!([]));
    let again = front_end.learns_on(Channel::Control, "delete_subshell_request", &delete);
    assert_eq!((&again["status"], &again["ename"]), (&json!("error"), &json!("UnknownSubshell")));
}

#[test]
fn a_cell_for_an_unknown_subshell_is_answered_with_an_error() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let id = front_end.executes_in("nowhere", "print x");
    let run = front_end.finishes(&id);
    assert_eq!((run.heard.len(), run.status()), (2, "error"));
    assert_eq!(run.reply.content["evalue"], "there is no subshell \"nowhere\"");
    let main = front_end.executes_in_value(&Value::Null, "print main");
    assert_eq!(front_end.finishes(&main).output()[1], "stdout: main\n");
}
