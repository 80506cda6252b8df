//! The history: what is run is found again, in this kernel and in those after it.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::front_end::{Channel, FrontEnd};
use crate::kernel::{TestKernel, connection};

/// A kernel that has run these cells and has ended.
fn has_run(folder: &Path, cells: &[&str]) {
    let kernel = TestKernel::start_in(folder, connection());
    let mut front_end = kernel.front_end();
    for cell in cells {
        front_end.runs(cell);
    }
    front_end.learns_on(Channel::Control, "shutdown_request", &json!({ "restart": false }));
    kernel.ends();
}

fn asks(front_end: &mut FrontEnd, content: &Value) -> Value {
    front_end.learns("history_request", content)["history"].clone()
}

#[test]
fn history_is_given_by_tail_range_and_search() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    for code in ["print a", "value 2", "print a"] {
        front_end.runs(code);
    }
    let mut history = |content: Value| asks(&mut front_end, &content);
    assert_eq!(history(json!({ "hist_access_type": "tail", "n": 1 })), json!([[1, 3, "print a"]]));
    let range = json!({ "hist_access_type": "range", "session": 0, "start": 1, "stop": 3, "output": true });
    assert_eq!(history(range), json!([[1, 1, ["print a", null]], [1, 2, ["value 2", "2"]]]));
    let search = json!({ "hist_access_type": "search", "pattern": "print*", "n": 5, "unique": true });
    assert_eq!(history(search), json!([[1, 3, "print a"]]));
}

#[test]
fn numbers_that_make_no_sense_limit_nothing() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    front_end.runs("print a");
    front_end.runs("print b");
    let (all, none) = (json!([[1, 1, "print a"], [1, 2, "print b"]]), json!([]));
    for (n, expected) in [
        (json!(-1), &all),
        (json!(i64::MIN), &all),
        (json!(u64::MAX), &all),
        (json!(1e300), &all),
        (json!(null), &all),
        (json!("two"), &all),
        (json!([]), &all),
        (json!(0), &none),
    ] {
        for kind in ["tail", "search"] {
            let found = asks(&mut front_end, &json!({ "hist_access_type": kind, "pattern": "*", "n": n }));
            assert_eq!(found, *expected, "{kind} {n}");
        }
    }
    for (session, start, stop, expected) in [
        (json!(0), json!(-7), json!(null), &all),
        (json!(null), json!("x"), json!(u64::MAX), &all),
        (json!(0), json!(0), json!(-1), &none),
        (json!(i64::MIN), json!(0), json!(9), &none),
        (json!(i64::MAX), json!(0), json!(9), &none),
    ] {
        let range = json!({ "hist_access_type": "range", "session": session, "start": start, "stop": stop });
        assert_eq!(asks(&mut front_end, &range), *expected, "{range}");
    }
}

#[test]
fn a_kernel_finds_what_the_ones_before_it_ran() {
    let folder = tempfile::tempdir().unwrap();
    has_run(folder.path(), &["print a", "value 2"]);
    has_run(folder.path(), &["print b"]);
    let kernel = TestKernel::start_in(folder.path(), connection());
    let mut front_end = kernel.front_end();
    front_end.runs("print c");
    let tail = json!({ "hist_access_type": "tail", "n": 3 });
    assert_eq!(asks(&mut front_end, &tail), json!([[1, 2, "value 2"], [2, 1, "print b"], [3, 1, "print c"]]));
    let before = json!({ "hist_access_type": "range", "session": -2, "start": 2, "output": true });
    assert_eq!(asks(&mut front_end, &before), json!([[1, 2, ["value 2", "2"]]]));
    let search = json!({ "hist_access_type": "search", "pattern": "print [ab]", "n": 1 });
    assert_eq!(asks(&mut front_end, &search), json!([[2, 1, "print b"]]));
}

#[test]
fn kernels_that_run_at_once_find_each_others_cells() {
    let folder = tempfile::tempdir().unwrap();
    let kernels = [TestKernel::start_in(folder.path(), connection()), TestKernel::start_in(folder.path(), connection())];
    let mut front_ends = kernels.each_ref().map(TestKernel::front_end);
    for front_end in &mut front_ends {
        front_end.runs("print same");
        // Once the history has been asked, all that was run is in it.
        asks(front_end, &json!({ "hist_access_type": "tail", "n": 0 }));
    }
    for front_end in &mut front_ends {
        assert_eq!(asks(front_end, &json!({ "hist_access_type": "tail", "n": 9 })), json!([[1, 1, "print same"], [2, 1, "print same"]]));
    }
}

#[test]
fn neither_a_cell_nor_a_question_waits_for_a_locked_file() {
    let folder = tempfile::tempdir().unwrap();
    has_run(folder.path(), &["print a"]);
    let locker = rusqlite::Connection::open(folder.path().join("history.sqlite")).unwrap();
    locker.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; DELETE FROM entries").unwrap();
    let kernel = TestKernel::start_in(folder.path(), connection());
    let mut front_end = kernel.front_end();
    let asked = Instant::now();
    let history = front_end.asks(Channel::Shell, "history_request", &json!({ "hist_access_type": "tail" }));
    let cell = front_end.executes("print b");
    assert_eq!(front_end.is_answered(Channel::Shell, &cell).content["status"], "ok");
    assert!(asked.elapsed() < Duration::from_millis(500), "{:?}", asked.elapsed());
    assert_eq!(front_end.is_answered(Channel::Shell, &history).content["status"], "ok");
    let tail = front_end.asks(Channel::Shell, "history_request", &json!({ "hist_access_type": "tail" }));
    assert_eq!(front_end.is_answered(Channel::Shell, &tail).content["history"], json!([[1, 1, "print b"]]));
}

#[test]
fn a_kernel_whose_file_is_no_history_keeps_its_own_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("history.sqlite"), "no database, only a text that is longer than a header".repeat(9)).unwrap();
    let kernel = TestKernel::start_in(folder.path(), connection());
    let mut front_end = kernel.front_end();
    front_end.runs("print a");
    assert_eq!(asks(&mut front_end, &json!({ "hist_access_type": "tail" })), json!([[1, 1, "print a"]]));
}

#[test]
fn a_kernel_that_is_asked_nothing_opens_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let kernel = TestKernel::start_in(folder.path(), connection());
    kernel.front_end().learns("kernel_info_request", &json!({}));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn silent_and_unstored_cells_are_in_no_history() {
    let kernel = TestKernel::start();
    let mut front_end = kernel.front_end();
    front_end.runs_with(&json!({ "code": "print a", "silent": true }));
    front_end.runs_with(&json!({ "code": "print b", "store_history": false }));
    assert_eq!(asks(&mut front_end, &json!({ "hist_access_type": "tail" })), json!([]));
}
