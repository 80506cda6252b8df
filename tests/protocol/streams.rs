//! Streams: gathered, in order, complete, and held up by nobody.

use std::time::{Duration, Instant};

use crate::front_end::Channel;
use crate::kernel::TestKernel;
use crate::wire::Message;

#[test]
fn many_small_writes_are_gathered_and_none_is_lost() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let id = front_end.executes("flood 10000");
    let heard = front_end.hears_all_of(&id);
    let text: String =
        heard.iter().filter(|message| message.kind() == "stream").map(|message| message.content["text"].as_str().unwrap()).collect();
    let expected = (0..10_000).map(|line| format!("line {line}\n")).collect::<Vec<_>>().concat();
    assert!(text == expected, "all lines, in order");
    let pieces = heard.iter().filter(|message| message.kind() == "stream").count();
    assert!(pieces < 20, "{pieces} messages for 10000 writes");
}

#[test]
fn ten_thousand_messages_arrive_complete_and_in_order() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let id = front_end.executes("showers 10000");
    let lines: Vec<String> = front_end.hears_all_of(&id).iter().map(Message::line).collect();
    let expected: Vec<String> = (0..10_000).map(|shower| format!("display: shower {shower}")).collect();
    assert!(lines[2..lines.len() - 1] == expected, "all displays, in order");
}

#[test]
fn the_two_streams_keep_their_order() {
    let kernel = TestKernel::start();
    let run = kernel.front_end().runs("write a\nwarn b\nwrite c\nwrite d\nshow e\nwrite f");
    assert_eq!(run.output()[1..], ["stdout: a", "stderr: b\n", "stdout: cd", "display: e", "stdout: f"]);
}

#[test]
fn text_is_heard_while_the_cell_still_runs() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let started = Instant::now();
    let id = front_end.executes("write early\nsleep 2000");
    front_end.hears_line_of(&id, "stdout: early");
    assert!(started.elapsed() < Duration::from_millis(500), "{:?}", started.elapsed());
}

#[test]
fn what_a_thread_prints_after_its_cell_still_belongs_to_it() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let id = front_end.executes("later on");
    front_end.finishes(&id);
    let late = front_end.hears();
    assert_eq!((late.line().as_str(), late.parent_id()), ("stdout: on", id.as_str()));
}

#[test]
fn every_subscriber_is_welcomed_first_and_under_its_topic() {
    let kernel = TestKernel::start();
    let mut first = crate::front_end::FrontEnd::connect_unheard(&kernel.connection);
    assert_eq!((first.hears().line().as_str(), first.hears().line().as_str()), ("iopub_welcome", "starting"));
    let mut second = crate::front_end::FrontEnd::connect_unheard(&kernel.connection);
    let welcome = second.hears();
    assert_eq!((welcome.kind(), welcome.parent_id()), ("iopub_welcome", ""));
    assert_eq!(welcome.prefix, [bytes::Bytes::new()], "the topic is the subscription");
    assert!(second.hears_within(Duration::from_millis(50)).is_none(), "only the first is told that the kernel starts");
    assert!(first.hears_within(Duration::from_millis(50)).is_none(), "the first is not welcomed again");
}

#[test]
fn a_subscriber_that_never_reads_holds_up_nobody() {
    let kernel = TestKernel::start();
    let stalled = crate::raw::subscribe_and_never_read(&kernel.connection);
    let mut front_end = kernel.front_end();
    // More than the stalled one's connection can hold.
    let id = front_end.executes("bulk 16");
    assert_eq!(front_end.hears_all_of(&id).len(), 19);
    front_end.is_answered(Channel::Shell, &id);
    assert_eq!(front_end.runs("print on").output()[1], "stdout: on\n");
    drop(stalled);
    assert_eq!(front_end.runs("print on").output()[1], "stdout: on\n");
}
