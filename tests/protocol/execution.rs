//! `execute_request`: what is heard, in which order, and what the reply says.

use serde_json::json;

use crate::front_end::{Channel, FrontEnd};
use crate::kernel::TestKernel;

#[test]
fn a_cell_is_heard_from_busy_to_idle_and_answered() {
    let kernel = TestKernel::start();
    let run = kernel.front_end().runs("print hello\nvalue 42");
    assert_eq!(run.heard, ["busy", "input 1: print hello\nvalue 42", "stdout: hello\n", "result 1: 42", "idle"]);
    assert_eq!(run.reply.content, json!({ "status": "ok", "execution_count": 1, "payload": [], "user_expressions": {} }));
    assert!(run.reply.metadata["started"].is_string());
}

#[test]
fn cells_are_counted() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    for count in 1..4 {
        assert_eq!(front_end.runs("print x").reply.content["execution_count"], count);
    }
}

#[test]
fn a_failed_cell_has_one_error_and_says_it_in_the_reply() {
    let kernel = TestKernel::start();
    let run = kernel.front_end().runs("fail no such thing");
    assert_eq!(run.output(), ["input 1: fail no such thing", "error EchoError: no such thing"]);
    let traceback = ["EchoError: no such thing"];
    assert_eq!(
        run.reply.content,
        json!({ "status": "error", "execution_count": 1, "ename": "EchoError", "evalue": "no such thing", "traceback": traceback, "payload": [] })
    );
}

#[test]
fn a_panic_costs_only_its_cell() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let run = front_end.runs("panic on purpose");
    assert_eq!(run.output(), ["input 1: panic on purpose", "error KernelPanic: the kernel made a mistake: on purpose"]);
    assert_eq!(front_end.runs("print still here").output(), ["input 2: print still here", "stdout: still here\n"]);
}

#[test]
fn a_silent_cell_is_heard_only_as_busy_and_idle() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    front_end.runs("print one");
    let run = front_end.runs_with(&json!({ "code": "print x\nshow x\nvalue x", "silent": true, "store_history": true }));
    assert_eq!(run.heard, ["busy", "idle"]);
    assert_eq!((run.status(), &run.reply.content["execution_count"]), ("ok", &json!(1)));
    let failed = front_end.runs_with(&json!({ "code": "fail quietly", "silent": true }));
    assert_eq!((failed.heard.len(), failed.status()), (2, "error"));
    assert_eq!(front_end.runs("print two").reply.content["execution_count"], 2);
    let history = front_end.learns("history_request", &json!({ "hist_access_type": "tail", "n": 10 }));
    assert_eq!(history["history"], json!([[1, 1, "print one"], [1, 2, "print two"]]));
}

#[test]
fn a_cell_that_is_not_stored_is_shown_but_not_counted() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    front_end.runs("print one");
    let run = front_end.runs_with(&json!({ "code": "print x", "store_history": false }));
    assert_eq!(run.output(), ["input 1: print x", "stdout: x\n"]);
    assert_eq!(front_end.runs("print two").reply.content["execution_count"], 2);
    let history = front_end.learns("history_request", &json!({ "hist_access_type": "tail", "n": 10 }));
    assert_eq!(history["history"], json!([[1, 1, "print one"], [1, 2, "print two"]]));
}

#[test]
fn user_expressions_are_evaluated_each_with_its_value_or_error() {
    let kernel = TestKernel::start();
    let expressions = json!({ "good": "value 7", "bad": "nonsense", "odd": 3 });
    let run = kernel.front_end().runs_with(&json!({ "code": "print x", "user_expressions": expressions }));
    let values = &run.reply.content["user_expressions"];
    assert_eq!(values["good"], json!({ "status": "ok", "data": { "text/plain": "7" }, "metadata": {} }));
    assert_eq!((&values["bad"]["status"], &values["bad"]["ename"]), (&json!("error"), &json!("NoValue")));
    assert_eq!(values["odd"]["ename"], "InvalidRequest");
}

#[test]
fn user_expressions_of_a_cell_that_failed_are_not_evaluated() {
    let kernel = TestKernel::start();
    let expressions = json!({ "good": "value 7" });
    let run = kernel.front_end().runs_with(&json!({ "code": "fail now", "user_expressions": expressions }));
    assert_eq!((run.status(), run.reply.content.get("user_expressions")), ("error", None));
}

#[test]
fn displays_updates_and_clearing_keep_their_order() {
    let kernel = TestKernel::start();
    let run = kernel.front_end().runs("show plain\nshow bar: 0%\nwrite a\nupdate bar: 100%\nclear\nclear before next");
    assert_eq!(
        run.output()[1..],
        ["display: plain", "display bar: 0%", "stdout: a", "update bar: 100%", "clear, wait: false", "clear, wait: true"]
    );
}

#[test]
fn a_cell_has_one_result_and_shows_the_others() {
    let kernel = TestKernel::start();
    assert_eq!(kernel.front_end().runs("value 1\nvalue 2").output()[1..], ["result 1: 1", "display: 2"]);
}

#[test]
fn a_cell_can_page_and_offer_the_next_input() {
    let kernel = TestKernel::start();
    let run = kernel.front_end().runs("page the manual\nnext print again\nrewrite print better");
    assert_eq!(
        run.reply.content["payload"],
        json!([
            { "source": "page", "data": { "text/plain": "the manual" }, "start": 0 },
            { "source": "set_next_input", "text": "print again", "replace": false },
            { "source": "set_next_input", "text": "print better", "replace": true }
        ])
    );
}

#[test]
fn cells_queued_behind_a_failure_are_aborted_and_the_next_run_is_not() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let failing = front_end.executes("sleep 500\nfail now");
    let queued: Vec<String> = (0..3).map(|_| front_end.executes("print never")).collect();
    let completion = front_end.asks(Channel::Shell, "complete_request", &json!({ "code": "pri", "cursor_pos": 3 }));
    assert_eq!(front_end.is_answered(Channel::Shell, &completion).content["matches"], json!(["print"]));
    assert_eq!(front_end.is_answered(Channel::Shell, &failing).content["status"], "error");
    for id in &queued {
        let reply = front_end.is_answered(Channel::Shell, id);
        assert_eq!(reply.content, json!({ "status": "aborted", "execution_count": 1 }));
    }
    front_end.hears_line_of(&queued[2], "idle");
    assert_eq!(front_end.runs("print next").output(), ["input 2: print next", "stdout: next\n"]);
}

#[test]
fn cells_queued_behind_a_failure_run_if_it_is_not_to_stop_them() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let content = json!({ "code": "sleep 50\nfail now", "stop_on_error": false });
    let failing = front_end.asks(Channel::Shell, "execute_request", &content);
    let queued = front_end.executes("print on");
    assert_eq!(front_end.finishes(&failing).status(), "error");
    assert_eq!(front_end.finishes(&queued).output(), ["input 2: print on", "stdout: on\n"]);
}

#[test]
fn a_request_that_cannot_be_read_is_answered_with_an_error() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let run = front_end.runs_with(&json!({ "silent": false }));
    assert_eq!(run.heard, ["busy", "idle"]);
    assert_eq!(run.reply.content["ename"], "InvalidRequest");
    assert_eq!(run.reply.content["evalue"], "the content of this execute_request cannot be read: missing field `code` at line 1 column 16");
    assert_eq!(front_end.runs("print on").reply.content["execution_count"], 1);
}

#[test]
fn two_front_ends_hear_each_other_and_replies_go_to_the_asker() {
    let kernel = TestKernel::start();
    let (mut first, mut second) = (kernel.front_end(), kernel.front_end());
    // The first one hears of the second one's arrival.
    first.hears_line("idle");
    let run = first.runs("print to all");
    let parent = run.reply.parent_id().to_owned();
    let heard: Vec<String> = second.hears_all_of(&parent).iter().map(crate::wire::Message::line).collect();
    assert_eq!(heard, run.heard);
    // Were the first one's reply sent to both, it would be what the second one receives here.
    assert_eq!(second.runs("print mine").output(), ["input 2: print mine", "stdout: mine\n"]);
}

#[test]
fn front_ends_without_a_name_get_their_replies_too() {
    let kernel = TestKernel::start();
    let mut first = FrontEnd::connect_nameless(&kernel.connection);
    assert_eq!(first.runs("print mine").output(), ["input 1: print mine", "stdout: mine\n"]);
    let mut second = FrontEnd::connect_nameless(&kernel.connection);
    assert_eq!(second.runs("print mine").output(), ["input 2: print mine", "stdout: mine\n"]);
}

#[test]
fn a_front_end_that_comes_back_under_its_name_gets_the_replies() {
    let kernel = TestKernel::start();
    let mut before = kernel.front_end();
    before.runs("print before");
    let mut back = FrontEnd::connect_again(&kernel.connection, &before.session);
    assert_eq!(back.runs("print back").output(), ["input 2: print back", "stdout: back\n"]);
    drop(before);
    assert_eq!(back.runs("print still").output(), ["input 3: print still", "stdout: still\n"]);
}

#[test]
fn a_language_learns_which_cell_it_runs() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    let mut draft = front_end.draft("execute_request", &json!({ "code": "where" }));
    draft.metadata = json!({ "cellId": "c-1", "deletedCells": [] });
    front_end.sends(Channel::Shell, &draft);
    assert_eq!(front_end.finishes(&draft.id()).output()[1], "stdout: cell Some(\"c-1\"), subshell false");
}
