//! The calls that the compiler cannot check: to copy a process, to run compiled cells in it.
#![allow(unsafe_code)]

use crate::tools::SYMBOL;
use rustix::process::Pid;
use std::{
    ffi::c_void,
    io,
    os::fd::{FromRawFd, OwnedFd, RawFd},
    ptr::null_mut,
};

/// Which of the two processes goes on after a [`fork`].
pub(super) enum Fork {
    Original(Pid),
    Copy,
}

/// Copies this process.
///
/// # Errors
/// If other threads run, or it cannot be told, or the system has no room.
pub(super) fn fork() -> Result<Fork, String> {
    match threads() {
        Some(1) => {}
        Some(more) => return Err(format!("threads of earlier cells still ran ({})", more - 1)),
        None => return Err("this system does not tell how many threads run".to_owned()),
    }
    // SAFETY: a copy of one thread alone finds no lock held and no data half written by another; there is none.
    match unsafe { libc::fork() } {
        0 => Ok(Fork::Copy),
        id => Pid::from_raw(id).filter(|_| id > 0).map(Fork::Original).ok_or_else(|| io::Error::last_os_error().to_string()),
    }
}

/// How many threads this process has.
#[cfg(target_os = "linux")]
fn threads() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/task").ok()?.count())
}

/// How many threads this process has.
#[cfg(target_vendor = "apple")]
fn threads() -> Option<usize> {
    let size = libc::c_int::try_from(size_of::<libc::proc_taskinfo>()).ok()?;
    let mut info = std::mem::MaybeUninit::<libc::proc_taskinfo>::zeroed();
    // SAFETY: the system writes at most `size` bytes, and there are as many.
    let written = unsafe { libc::proc_pidinfo(libc::getpid(), libc::PROC_PIDTASKINFO, 0, info.as_mut_ptr().cast(), size) };
    // SAFETY: all of it is integers, for which zero is a value, and it was zeroed.
    (written == size).then(|| unsafe { info.assume_init() }.pti_threadnum as usize)
}

/// How many threads this process has.
#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn threads() -> Option<usize> {
    None
}

/// A file descriptor that this process was started with.
pub(super) fn inherited(number: RawFd) -> Option<OwnedFd> {
    // SAFETY: nothing in this process has used the number yet: it is called once, first thing in `main`.
    (number > 2).then(|| unsafe { OwnedFd::from_raw_fd(number) })
}

/// Takes variables out of the environment, so that programs which a cell starts do not find them.
pub(super) fn forget_variables(names: &[&str]) {
    for name in names {
        // SAFETY: nobody reads the environment meanwhile: this is called first thing in `main`, before any other thread.
        unsafe { std::env::remove_var(name) };
    }
}

/// Ends this process without anything that was registered to happen then: a cell's libraries may have registered it, and it
/// is for the process that goes on.
pub(super) fn leave() -> ! {
    // SAFETY: it takes nothing along; the system closes files and frees memory.
    unsafe { libc::_exit(0) }
}

/// evcxr's store of variables, handed from cell to cell.
pub(super) struct Store(*mut c_void);

impl Store {
    /// A store that the first cell is to create.
    pub(super) fn new() -> Self {
        Self(null_mut())
    }

    /// Loads a compiled cell, and runs it on the store.
    ///
    /// # Errors
    /// If it cannot be loaded; then nothing has run.
    pub(super) fn run(&mut self, library: &str, function: &str) -> Result<(), String> {
        // SAFETY: loading runs the initialisers of a library that rustc has just compiled from the user's cell, and which
        // the user wants run.
        let library = unsafe { libloading::Library::new(library) }.map_err(|error| error.to_string())?;
        // A cell that was compiled for every place at which it may stand has a function of one name.
        let [ours, evcxrs] = [SYMBOL, function].map(|name| {
            // SAFETY: evcxr generates this very signature for the function that it names, and that one alone is renamed.
            unsafe { library.get::<extern "C" fn(*mut c_void) -> *mut c_void>(name.as_bytes()) }
        });
        let cell = *ours.or(evcxrs).map_err(|error| error.to_string())?;
        // Destructors of thread-local values may lie in it: it stays loaded to the end of the process.
        std::mem::forget(library);
        self.0 = cell(self.0);
        Ok(())
    }
}
