//! What runs the tasks of cells with `.await`.
//!
//! evcxr makes a runtime of tokio's whose threads never end, so that the process in which cells run could not be copied any
//! more. Here it gets one that runs tasks in the thread of the cell. Only while tasks of a cell that has ended are alive does a
//! thread go on with them.

use std::fs;

/// The file that evcxr writes a cell to.
const SOURCE: &str = "src/lib.rs";

/// How evcxr's own way begins, what makes it evcxr's, and how it ends.
const BEGIN: &str = "let mut mutex =";
const NAME: &str = "evcxr_variable_store.lazy_arc(\"evcxr_tokio_runtime\",";
const END: &str = ".block_on(async {";

/// What stands in its place, in one line, since no line of a cell is to move. The name is that of tokio as it was compiled: another
/// tokio has another runtime.
const RUN: &str = "\
mod evcxr_tasks { \
use std::{any::TypeId, future::Future, sync::{Arc, atomic::{AtomicBool, Ordering}}, thread, time::Duration}; \
use tokio::runtime::{Builder, Runtime}; \
const MOMENT: Duration = Duration::from_millis(20); \
pub fn name() -> String { format!(\"tasks of {:?}\", TypeId::of::<Runtime>()) } \
pub fn start() -> (Runtime, AtomicBool) { \
let runtime = Builder::new_current_thread().enable_all().thread_keep_alive(MOMENT).build(); \
(runtime.expect(\"the system has room for a runtime\"), AtomicBool::new(false)) } \
pub fn run<F: Future>(shared: &Arc<(Runtime, AtomicBool)>, cell: F) -> F::Output { \
let output = shared.0.block_on(cell); \
if shared.0.metrics().num_alive_tasks() > 0 && !shared.1.swap(true, Ordering::SeqCst) { \
let shared = Arc::clone(shared); \
thread::spawn(move || { \
shared.0.block_on(async { while shared.0.metrics().num_alive_tasks() > 0 { \
tokio::task::spawn_blocking(|| thread::sleep(MOMENT)).await.ok(); } }); \
shared.1.store(false, Ordering::SeqCst); }); } \
output } } \
evcxr_tasks::run(&evcxr_variable_store.lazy_arc(&evcxr_tasks::name(), evcxr_tasks::start), async {";

/// Gives the cell in this folder its tasks, if it has any.
pub(super) fn prepare() {
    let Ok(source) = fs::read_to_string(SOURCE) else { return };
    if let Some(prepared) = with_tasks(&source) {
        fs::write(SOURCE, prepared).ok();
    }
}

/// The program with another runtime; nothing where it has none.
fn with_tasks(source: &str) -> Option<String> {
    let name = source.find(NAME)?;
    let begin = source[..name].trim_end().strip_suffix(BEGIN)?.len();
    let end = begin + source[begin..].find(END)? + END.len();
    let lines = "\n".repeat(source[begin..end].matches('\n').count());
    Some([&source[..begin], RUN, &lines, &source[end..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASYNC: &str = "use a;\nfn run() {\nlet mut mutex =\nevcxr_variable_store.lazy_arc(\"evcxr_tokio_runtime\", ||\n\
                         runtime()); match mutex.lock() { Ok(guard) => guard, Err(p) => p.into_inner(), }\n.block_on(async {\na.await;\n});\n}\n";

    #[test]
    fn the_runtime_is_another_and_no_line_moves() {
        let prepared = with_tasks(ASYNC).unwrap();
        let at = |text: &str| prepared.lines().position(|line| line == text);
        assert_eq!((at("a.await;"), at("});"), at("fn run() {")), (Some(6), Some(7), Some(1)), "{prepared}");
        assert!(prepared.contains("tasks::run(&") && !prepared.contains("mutex"), "{prepared}");
        assert_eq!(with_tasks(&prepared), None, "once is enough");
    }

    #[test]
    fn a_cell_without_tasks_stays_as_it_is() {
        assert_eq!(with_tasks("fn run() {\n1 + 1\n}\n"), None);
        let users = "let mut mutex =\nshared(); runtime\n.block_on(async {\na.await;\n});\n";
        assert_eq!(with_tasks(&format!("fn run() {{\n{users}}}\n")), None);
        let after_users = with_tasks(&format!("fn earlier() {{\n{users}}}\n{ASYNC}")).unwrap();
        assert!(after_users.contains(users), "{after_users}");
    }
}
