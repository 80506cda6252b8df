//! Whether a process waits for its standard input.
//!
//! Linux tells what system call each thread is in. Elsewhere it cannot be known, and standard input is empty.

use rustix::process::Pid;
use std::{
    fs,
    os::fd::{AsFd, AsRawFd},
    path::{Path, PathBuf},
};

/// `read` of file descriptor 0, as `/proc/PID/task/TID/syscall` begins.
const READS_STDIN: &str = if cfg!(target_arch = "x86_64") { "0 0x0 " } else { "63 0x0 " };

/// Whether it can be told at all.
pub(super) fn is_visible() -> bool {
    cfg!(target_os = "linux") && fs::read_to_string("/proc/thread-self/syscall").is_ok()
}

/// The name of a pipe, the same for both of its ends and in all processes.
pub(super) fn name(pipe: impl AsFd) -> Option<PathBuf> {
    fs::read_link(format!("/proc/self/fd/{}", pipe.as_fd().as_raw_fd())).ok()
}

/// Whether the process, or one that it started, waits for something to read from this pipe.
pub(super) fn is_awaited(process: Pid, pipe: &Path) -> bool {
    let folder = PathBuf::from(format!("/proc/{}", process.as_raw_nonzero()));
    let tasks: Vec<PathBuf> = fs::read_dir(folder.join("task")).into_iter().flatten().flatten().map(|task| task.path()).collect();
    let reads = |task: &PathBuf| fs::read_to_string(task.join("syscall")).is_ok_and(|call| call.starts_with(READS_STDIN));
    let own = fs::read_link(folder.join("fd/0")).is_ok_and(|stdin| stdin == pipe);
    own && tasks.iter().any(reads) || tasks.iter().flat_map(|task| children(task)).any(|child| is_awaited(child, pipe))
}

/// The processes that a thread started.
fn children(task: &Path) -> Vec<Pid> {
    let text = fs::read_to_string(task.join("children")).unwrap_or_default();
    text.split_whitespace().filter_map(|id| Pid::from_raw(id.parse().ok()?)).collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::{
        io::Write,
        process::{Command, Stdio},
        thread::sleep,
        time::Duration,
    };

    #[test]
    fn a_program_that_waits_for_its_input_is_told_from_one_that_does_not() {
        let mut shell = Command::new("sh").args(["-c", "cat; exec sleep 100"]).stdin(Stdio::piped()).spawn().unwrap();
        let (id, stdin) = (Pid::from_child(&shell), shell.stdin.take().unwrap());
        let pipe = name(&stdin).unwrap();
        let mut tries = 0..500;
        while !is_awaited(id, &pipe) {
            assert!(tries.next().is_some(), "the program never reads");
            sleep(Duration::from_millis(10));
        }
        assert!(!is_awaited(id, Path::new("pipe:[0]")));
        let mut stdin = stdin;
        stdin.write_all(b"\n").unwrap();
        drop(stdin);
        while is_awaited(id, &pipe) {
            assert!(tries.next().is_some(), "the program still reads");
            sleep(Duration::from_millis(10));
        }
        shell.kill().unwrap();
        shell.wait().unwrap();
    }
}
