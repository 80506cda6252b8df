//! What the kernel needs inside a Rust cell: how a value shows itself, how a panic is told, how text leaves at once.
//!
//! The kernel imports [`Show`], [`print!`] and [`eprint!`] into every cell and calls the rest from code it generates.
//! Cells talk to the kernel in lines on their standard output: `EVCXR_BEGIN_CONTENT`, the content's MIME type, the
//! content, `EVCXR_END_CONTENT`.

use crate::{Column, FromStore, Grid, Hovmoller, Plane, Points, SeriesGroup, Table, TimeSeries};
use ndarray::{Array1, Array2, ArrayRef, ArrayView1, ArrayView2, Ix1, Ix2};
use std::{
    any::type_name,
    fmt::{Arguments, Debug},
    io::Write,
    panic::PanicHookInfo,
    sync::OnceLock,
    thread::{self, ThreadId},
};

/// The MIME type of the empty content with which a cell says that it ran to its end.
pub const DONE: &str = "application/x-sdap-done";

/// The MIME type of a panic: one JSON object of `message`, `file` and `line`.
pub const PANIC: &str = "application/x-sdap-panic";

/// Ends a line that the cell's author did not end, so that text is on its way before its line is complete.
pub const SOFT_BREAK: char = '\0';

/// The line on standard error after which a cell writes nothing more there.
pub const STDERR_END: &str = "\0end";

/// The thread in which cells run.
static CELLS: OnceLock<ThreadId> = OnceLock::new();

/// Called before the first statement of a cell: from then on its panics are told as [`PANIC`] content.
pub fn begin() {
    CELLS.get_or_init(|| {
        std::panic::set_hook(Box::new(tell_panic));
        thread::current().id()
    });
}

/// The bound value in a file of the kernel.
///
/// # Panics
/// If the file cannot be opened; the message says why.
pub fn bound<T: FromStore>(path: &str) -> T {
    crate::open(path).unwrap_or_else(|error| panic!("a value bound by %sdap cannot be opened: {error}"))
}

/// Refers to what cells do most often, so that its machine code is in this crate and no cell waits for it to be compiled.
pub fn compiled_ahead() -> usize {
    macro_rules! addresses {
        ($($function:expr),* $(,)?) => { [$(($function as *const ()).addr()),*].into_iter().fold(0, usize::wrapping_add) };
    }
    macro_rules! of_values {
        ($($value:ty),*) => { addresses![$(bound::<$value>, <$value as Show>::evcxr_display, drop::<$value>, <$value as Clone>::clone),*] };
    }
    macro_rules! of_arrays {
        ($($array:ty),*) => { addresses![$(<$array>::sum, <$array>::mean, <$array>::std, <$array>::var, <$array>::to_owned, <$array>::view),*] };
    }
    macro_rules! of_shown {
        ($($value:ty),*) => { addresses![$(<$value as Show>::evcxr_display, <Option<$value> as Show>::evcxr_display, drop::<$value>),*] };
    }
    of_values!(TimeSeries, SeriesGroup, Grid, Hovmoller, Points, Table)
        .wrapping_add(of_arrays!(ArrayRef<f64, Ix1>, ArrayRef<f64, Ix2>))
        .wrapping_add(of_shown!(f64, i32, usize, bool, String, Vec<f64>, Vec<i32>, Vec<String>))
        .wrapping_add(of_shown!(Column, Array1<f64>, ArrayView1<'static, f64>, Plane, Array2<f64>, ArrayView2<'static, f64>))
}

/// How a cell's last expression shows itself: by its `Debug` text, unless its type has an `evcxr_display` of its own.
///
/// That this trait is in scope spares each such cell a second compilation.
pub trait Show {
    /// Writes the value to the kernel.
    fn evcxr_display(&self);
}

impl<T: Debug + ?Sized> Show for T {
    fn evcxr_display(&self) {
        let nothing = type_name::<T>() == "()";
        show((!nothing).then_some(format_args!("{self:?}")));
    }
}

/// The last expression of a cell that has none to show.
pub struct Done;

impl Done {
    /// Says that the cell ran to its end.
    pub fn evcxr_display(&self) {
        show(None);
    }
}

fn show(text: Option<Arguments<'_>>) {
    if let Some(text) = text {
        content("text/plain", text);
    }
    content(DONE, format_args!(""));
    end_stderr();
}

/// Content is only known as such at the start of a line.
fn content(mime: &str, text: Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    write!(out, "{SOFT_BREAK}\nEVCXR_BEGIN_CONTENT {mime}\n{text}\nEVCXR_END_CONTENT\n").ok();
}

fn end_stderr() {
    let mut err = std::io::stderr().lock();
    write!(err, "{SOFT_BREAK}\n{STDERR_END}\n").ok();
}

/// A panic of the cell's own thread is told to the kernel; one of another thread ends no cell, and is only printed.
fn tell_panic(info: &PanicHookInfo<'_>) {
    let thread = thread::current();
    let message = info.payload_as_str().unwrap_or("a value that is not text");
    let (file, line) = info.location().map_or(("", 0), |at| (at.file(), at.line()));
    if CELLS.get() == Some(&thread.id()) {
        content(PANIC, format_args!("{}", serde_json::json!({ "message": message, "file": file, "line": line })));
        end_stderr();
    } else {
        eprintln!("thread '{}' panicked at {file}:{line}: {message}", thread.name().unwrap_or("unnamed"));
    }
}

/// Writes text to standard output, and sends it on its way even if its line is not complete.
pub fn write_stdout(text: Arguments<'_>) {
    write_now(&mut std::io::stdout().lock(), text);
}

/// Writes text to standard error, and sends it on its way even if its line is not complete.
pub fn write_stderr(text: Arguments<'_>) {
    write_now(&mut std::io::stderr().lock(), text);
}

fn write_now(out: &mut impl Write, text: Arguments<'_>) {
    let text = text.to_string();
    let end = if text.ends_with('\n') || text.is_empty() { "" } else { "\0\n" };
    write!(out, "{text}{end}").ok();
}

#[doc(hidden)]
#[macro_export]
macro_rules! __sdap_print {
    ($($text:tt)*) => { $crate::cell::write_stdout(::std::format_args!($($text)*)) };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __sdap_eprint {
    ($($text:tt)*) => { $crate::cell::write_stderr(::std::format_args!($($text)*)) };
}

pub use crate::{__sdap_eprint as eprint, __sdap_print as print};
