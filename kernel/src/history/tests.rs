//! The history, in memory and in a file.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;

const MAIN: usize = History::MAIN_SHELL;

async fn inputs(history: &History, request: &str) -> Vec<String> {
    let found = history.find(serde_json::from_str(request).unwrap()).await.unwrap();
    found.into_iter().map(|(session, count, value)| format!("{session}/{count} {value}")).collect()
}

fn fill(history: &History) {
    for (number, input) in ["a = 1", "b = 2", "a = 1", "c = 3"].into_iter().enumerate() {
        history.add_input(MAIN, number + 1, input);
    }
    history.add_output(MAIN, 4, "3");
}

fn filled() -> History {
    let history = History::new(None);
    fill(&history);
    history
}

fn kept_in(folder: &Path) -> History {
    History::new(Some(folder.join("history.sqlite")))
}

#[tokio::test]
async fn the_tail_is_the_last_entries_oldest_first() {
    assert_eq!(
        inputs(&filled(), r#"{"hist_access_type":"tail","n":2,"raw":true,"output":false}"#).await,
        ["1/3 \"a = 1\"", "1/4 \"c = 3\""]
    );
    assert_eq!(inputs(&filled(), r#"{"hist_access_type":"tail"}"#).await.len(), 4);
    assert_eq!(inputs(&filled(), r#"{"hist_access_type":"tail","n":0}"#).await, [""; 0]);
}

#[tokio::test]
async fn a_range_stops_before_its_end() {
    let history = filled();
    let found = inputs(&history, r#"{"hist_access_type":"range","session":0,"start":2,"stop":4,"output":true}"#).await;
    assert_eq!(found, ["1/2 [\"b = 2\",null]", "1/3 [\"a = 1\",null]"]);
    assert_eq!(inputs(&history, r#"{"hist_access_type":"range","session":-1,"start":1}"#).await, [""; 0]);
    assert_eq!(inputs(&history, r#"{"hist_access_type":"range","start":4,"output":true}"#).await, ["1/4 [\"c = 3\",\"3\"]"]);
    assert_eq!(inputs(&history, r#"{"hist_access_type":"range","session":-9223372036854775808}"#).await, [""; 0]);
}

#[tokio::test]
async fn a_search_gives_the_last_matches() {
    let found = inputs(&filled(), r#"{"hist_access_type":"search","pattern":"a*","n":1}"#).await;
    assert_eq!(found, ["1/3 \"a = 1\""]);
}

#[tokio::test]
async fn a_unique_search_gives_each_input_once() {
    let found = inputs(&filled(), r#"{"hist_access_type":"search","pattern":"? = *","unique":true}"#).await;
    assert_eq!(found, ["1/2 \"b = 2\"", "1/3 \"a = 1\"", "1/4 \"c = 3\""]);
    let last = inputs(&filled(), r#"{"hist_access_type":"search","pattern":"*","unique":true,"n":2}"#).await;
    assert_eq!(last, ["1/3 \"a = 1\"", "1/4 \"c = 3\""]);
}

#[tokio::test]
async fn a_later_kernel_finds_what_earlier_ones_ran_and_counts_sessions_back_from_its_own() {
    let folder = TempDir::new().unwrap();
    for session in 1..=2 {
        let history = kept_in(folder.path());
        history.add_input(MAIN, 1, &format!("in session {session}"));
        history.close().await;
    }
    let third = kept_in(folder.path());
    let before = r#"{"hist_access_type":"range","session":-1}"#;
    assert_eq!(inputs(&third, before).await, ["2/1 \"in session 2\""], "before it has run anything");
    third.add_input(MAIN, 1, "in session 3");
    assert_eq!(inputs(&third, before).await, ["2/1 \"in session 2\""]);
    assert_eq!(inputs(&third, r#"{"hist_access_type":"range","session":-2}"#).await, ["1/1 \"in session 1\""]);
    assert_eq!(inputs(&third, r#"{"hist_access_type":"range","session":0}"#).await, ["3/1 \"in session 3\""]);
    assert_eq!(inputs(&third, r#"{"hist_access_type":"range","session":1}"#).await, ["1/1 \"in session 1\""]);
    assert_eq!(inputs(&third, r#"{"hist_access_type":"search","pattern":"*[12]"}"#).await.len(), 2);
}

#[tokio::test]
async fn each_shell_is_a_session_of_its_own() {
    let history = filled();
    history.add_input(MAIN + 1, 1, "beside");
    history.add_output(MAIN + 1, 1, "x");
    let found = inputs(&history, r#"{"hist_access_type":"tail","n":1,"output":true}"#).await;
    assert_eq!(found, ["2/1 [\"beside\",\"x\"]"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn kernels_that_run_at_once_share_the_file_and_lose_nothing() {
    let folder = TempDir::new().unwrap();
    let kernels: Vec<History> = (0..4).map(|_| kept_in(folder.path())).collect();
    for count in 1..=50 {
        for kernel in &kernels {
            kernel.add_input(MAIN, count, "together");
        }
    }
    for kernel in &kernels {
        kernel.close().await;
    }
    let found = kept_in(folder.path()).find(serde_json::from_str(r#"{"hist_access_type":"tail"}"#).unwrap()).await.unwrap();
    let mut cells: Vec<(i64, usize)> = found.into_iter().map(|(session, count, _)| (session, count)).collect();
    cells.sort_unstable();
    let expected: Vec<(i64, usize)> = (1..=4).flat_map(|session| (1..=50).map(move |count| (session, count))).collect();
    assert_eq!(cells, expected);
}

/// The history of a kernel whose file does not serve: its own cells, and nothing else.
async fn own_history(history: &History) {
    fill(history);
    let found = inputs(history, r#"{"hist_access_type":"tail","n":1,"output":true}"#).await;
    assert_eq!(found, ["1/4 [\"c = 3\",\"3\"]"]);
    assert_eq!(inputs(history, r#"{"hist_access_type":"range","session":0}"#).await.len(), 4);
}

#[tokio::test]
async fn a_file_that_is_no_history_is_left_alone_and_memory_serves() {
    let folder = TempDir::new().unwrap();
    let text = "this is no database, and was never meant to be one. ".repeat(100);
    fs::write(folder.path().join("history.sqlite"), &text).unwrap();
    own_history(&kept_in(folder.path())).await;
    assert_eq!(fs::read_to_string(folder.path().join("history.sqlite")).unwrap(), text);
}

#[tokio::test]
async fn a_file_damaged_in_its_middle_gives_way_to_memory() {
    let folder = TempDir::new().unwrap();
    let history = kept_in(folder.path());
    fill(&history);
    history.close().await;
    let path = folder.path().join("history.sqlite");
    let mut bytes = fs::read(&path).unwrap();
    bytes[4096..].fill(0xAA);
    fs::write(&path, bytes).unwrap();
    own_history(&kept_in(folder.path())).await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_gives_way_to_memory() {
    let file = tempfile::NamedTempFile::new().unwrap();
    own_history(&kept_in(file.path())).await;
}

#[tokio::test]
async fn a_file_of_a_later_version_gives_way_to_memory() {
    let folder = TempDir::new().unwrap();
    rusqlite::Connection::open(folder.path().join("history.sqlite")).unwrap().pragma_update(None, "user_version", 2).unwrap();
    own_history(&kept_in(folder.path())).await;
}

#[tokio::test]
async fn a_locked_file_gives_way_to_memory() {
    let folder = TempDir::new().unwrap();
    let history = kept_in(folder.path());
    fill(&history);
    history.close().await;
    let locker = rusqlite::Connection::open(folder.path().join("history.sqlite")).unwrap();
    locker.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; DELETE FROM entries").unwrap();
    own_history(&kept_in(folder.path())).await;
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let history = kept_in(folder.path());
    inputs(&history, r#"{"hist_access_type":"tail"}"#).await;
    for file in fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", file.file_name());
    }
}
