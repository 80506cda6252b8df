//! Streams: gathered, in order, complete, and held up by nobody.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::front_end::{Channel, FrontEnd};
use crate::kernel::{TestKernel, connection};
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
fn thousands_of_displays_are_heard_complete_in_order_and_at_a_pace_that_jupyterlab_bears() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let id = front_end.executes("showers 5000");
    let (heard, times) = hears_with_times(&mut front_end, &id);
    let lines: Vec<String> = heard.iter().map(Message::line).collect();
    let expected: Vec<String> = (0..5000).map(|shower| format!("display: shower {shower}")).collect();
    assert!(lines[2..lines.len() - 1] == expected, "all displays, in order");
    let most = most_in_two_seconds((&heard, &times), messages);
    assert!((2500..3000).contains(&most), "{most} messages in 2 s");
}

#[test]
fn an_animation_is_heard_at_that_pace_and_ends_with_its_last_picture() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let id = front_end.executes("animate 2000");
    let (heard, times) = hears_with_times(&mut front_end, &id);
    let lines: Vec<String> = heard.iter().map(Message::line).collect();
    assert_eq!(lines[lines.len() - 3..], ["clear, wait: true", "display: picture 1999", "idle"]);
    assert!(most_in_two_seconds((&heard, &times), messages) < 3000);
}

#[test]
fn of_updates_that_come_too_fast_the_last_is_heard() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let id = front_end.executes("show bar: 0\nshow other: 0\nrefresh 20000 bar\nupdate other: 1");
    let (heard, times) = hears_with_times(&mut front_end, &id);
    let lines: Vec<String> = heard.iter().map(Message::line).collect();
    assert_eq!(lines[lines.len() - 3..], ["update bar: 19999", "update other: 1", "idle"]);
    let updates = lines.iter().filter(|line| line.starts_with("update bar: ")).map(|line| line[12..].parse().unwrap());
    let updates: Vec<u32> = updates.collect();
    assert!(updates.is_sorted(), "none overtakes another");
    assert!(updates.len() < 4000, "{} of 20000 are sent", updates.len());
    assert!(most_in_two_seconds((&heard, &times), messages) < 3000);
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

/// What `pour` prints.
fn poured(megabytes: usize) -> String {
    (0..megabytes * 10_000).map(|line| format!("{line:<99}\n")).collect::<Vec<_>>().concat()
}

/// The text of one stream.
fn text_of(stream: &str, heard: &[Message]) -> String {
    let of_it = heard.iter().filter(|message| message.kind() == "stream" && message.content["name"] == stream);
    of_it.map(|message| message.content["text"].as_str().unwrap()).collect()
}

/// All that is heard of a cell, and when.
fn hears_with_times(front_end: &mut FrontEnd, id: &str) -> (Vec<Message>, Vec<Instant>) {
    let mut came = Vec::new();
    loop {
        let (time, message) = front_end.hears_unread();
        // Messages are read once all are here, so that reading takes no time between them.
        let is_last = message.get(0).is_some_and(|topic| topic == "status") && front_end.reads(message.clone()).line() == "idle";
        came.push((time, message));
        if is_last {
            break;
        }
    }
    let read = came.into_iter().map(|(time, message)| (front_end.reads(message), time));
    read.inspect(|(message, _)| assert_eq!(message.parent_id(), id)).unzip()
}

/// The most that is heard within any 2 s, each message counted as `JupyterLab`'s server counts it in 3 s. They are fewer here,
/// since a busy machine holds messages up on their way; that no 3 s hold more is shown where the pace is.
fn most_in_two_seconds((heard, times): (&[Message], &[Instant]), count: impl Fn(&Message) -> usize) -> usize {
    let counted: Vec<(Instant, usize)> = heard.iter().zip(times).map(|(message, time)| (*time, count(message))).collect();
    let from = |first: usize| counted[first..].iter().take_while(move |(time, _)| *time < times[first] + Duration::from_secs(2));
    (0..counted.len()).map(|first| from(first).map(|(_, count)| count).sum()).max().unwrap_or(0)
}

/// How many bytes of the messages of streams it counts.
fn bytes(message: &Message) -> usize {
    if message.kind() == "stream" { message.size } else { 0 }
}

/// How many messages it counts.
fn messages(message: &Message) -> usize {
    usize::from(!["status", "comm_open", "execute_input"].contains(&message.kind()))
}

#[test]
fn a_burst_of_four_megabytes_is_heard_complete_and_at_a_pace_that_jupyterlab_bears() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let id = front_end.executes("pour 4");
    let (heard, times) = hears_with_times(&mut front_end, &id);
    assert!(text_of("stdout", &heard) == poured(4), "all lines, in order");
    assert_eq!(text_of("stderr", &heard), "");
    let most = most_in_two_seconds((&heard, &times), bytes);
    assert!((2_500_000..3_000_000).contains(&most), "{most} bytes in 2 s");
}

#[test]
fn a_megabyte_a_second_is_heard_complete_and_at_that_pace() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let id = front_end.executes(&["pour 1"; 6].join("\nsleep 1000\n"));
    let (heard, times) = hears_with_times(&mut front_end, &id);
    assert!(text_of("stdout", &heard) == poured(1).repeat(6), "all lines, in order");
    let most = most_in_two_seconds((&heard, &times), bytes);
    assert!(most < 3_000_000, "{most} bytes in 2 s");
}

#[test]
fn what_a_cell_prints_beyond_that_is_in_a_file_that_one_line_names() {
    let folder = tempfile::tempdir().unwrap();
    let kernel = TestKernel::start_in(folder.path(), connection());
    let mut front_end = kernel.front_end();
    let id = front_end.executes("pour 30");
    let asked = Instant::now();
    let (heard, times) = hears_with_times(&mut front_end, &id);
    assert_eq!(front_end.is_answered(Channel::Shell, &id).content["status"], "ok");
    assert!(asked.elapsed() < Duration::from_secs(10), "idle is not held up for long: {:?}", asked.elapsed());
    let notice = text_of("stderr", &heard);
    let file = notice.trim().split_once(" is in ").expect("a file is named").1.trim_end_matches(']');
    assert_eq!(notice, format!("\n[the cell prints more than can be shown; the rest, from here on, is in {file}]\n"));
    assert!(Path::new(file).starts_with(folder.path()), "{file}");
    let shown = text_of("stdout", &heard);
    assert!(shown.len() > 4_000_000, "{} bytes are shown", shown.len());
    assert!(shown + &fs::read_to_string(file).unwrap() == poured(30), "what is shown and the file are all lines, in order");
    assert!(most_in_two_seconds((&heard, &times), bytes) < 3_000_000);
    assert_eq!(front_end.runs("print on").output()[1], "stdout: on\n", "the next cell is shown");
}

#[test]
fn an_interrupt_is_heeded_while_a_question_waits_for_text_that_is_held_back() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let id = front_end.asks(Channel::Shell, "execute_request", &json!({ "code": "pour 4\nask Well?", "allow_stdin": true }));
    front_end.hears_line_of(&id, "input 1: pour 4\nask Well?");
    std::thread::sleep(Duration::from_millis(500));
    let asked = Instant::now();
    front_end.interrupts();
    assert_eq!(front_end.is_answered(Channel::Shell, &id).content["status"], "error");
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
}
