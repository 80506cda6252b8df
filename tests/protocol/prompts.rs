//! `stdin`: questions to the user.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::front_end::Channel;
use crate::kernel::TestKernel;

#[test]
fn a_question_goes_to_the_front_end_that_runs_the_cell() {
    let kernel = TestKernel::start();
    let (mut front_end, _other) = (kernel.front_end(), kernel.front_end());
    front_end.hears_line("idle");
    let cell = front_end.executes("write before\nask your name? ");
    let question = front_end.is_asked();
    assert_eq!(question.content, json!({ "prompt": "your name? ", "password": false }));
    assert_eq!(question.parent_id(), cell);
    front_end.answers("Ada");
    assert_eq!(front_end.finishes(&cell).output()[1..], ["stdout: before", "stdout: Ada"]);
}

#[test]
fn a_password_is_asked_for_as_one() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let cell = front_end.executes("password token: ");
    assert_eq!(front_end.is_asked().content, json!({ "prompt": "token: ", "password": true }));
    front_end.answers("secret");
    assert_eq!(front_end.finishes(&cell).status(), "ok");
}

#[test]
fn a_cell_that_may_not_ask_is_told_so() {
    let kernel = TestKernel::start();
    let run = kernel.front_end().runs_with(&json!({ "code": "ask name?", "allow_stdin": false }));
    assert_eq!(run.output()[1], "error InputError: this front end cannot ask for input; it ran the cell with allow_stdin off");
}

#[test]
fn a_cell_that_waits_for_an_answer_can_be_interrupted_and_a_late_answer_is_nobodys() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let cell = front_end.executes("ask first?");
    let first = front_end.is_asked();
    front_end.hears_line_of(&cell, "input 1: ask first?");
    let asked = Instant::now();
    front_end.interrupts();
    assert_eq!(front_end.is_answered(Channel::Shell, &cell).content["ename"], "InputError");
    assert!(asked.elapsed() < Duration::from_millis(200), "{:?}", asked.elapsed());

    let cell = front_end.executes("ask second?");
    front_end.is_asked();
    let mut late = front_end.draft("input_reply", &json!({ "value": "too late" }));
    late.parent = first.header.to_string();
    front_end.sends(Channel::Stdin, &late);
    front_end.answers("in time");
    front_end.is_answered(Channel::Shell, &cell);
    front_end.hears_line_of(&cell, "stdout: in time");
}

#[test]
fn two_shells_can_ask_at_once_and_each_gets_its_own_answer() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let subshell = front_end.creates_subshell();
    let main = front_end.executes("ask main?");
    let to_main = front_end.is_asked();
    let beside = front_end.executes_in(&subshell, "ask beside?");
    let to_beside = front_end.is_asked();
    for (question, answer, cell) in [(to_beside, "to beside", beside), (to_main, "to main", main)] {
        let mut reply = front_end.draft("input_reply", &json!({ "value": answer }));
        reply.parent = question.header.to_string();
        front_end.sends(Channel::Stdin, &reply);
        front_end.is_answered(Channel::Shell, &cell);
        front_end.hears_line_of(&cell, &format!("stdout: {answer}"));
    }
}
