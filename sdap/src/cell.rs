//! What the kernel needs inside a Rust cell: how a value shows itself, how a panic is told, how text leaves at once.
//!
//! The kernel imports [`Show`], [`print!`] and [`eprint!`] into every cell and calls the rest from code it generates.
//! Cells talk to the kernel in lines on their standard output: `EVCXR_BEGIN_CONTENT`, the content's MIME type, the
//! content, `EVCXR_END_CONTENT`.

mod ahead;
pub mod variables;

use crate::{FromStore, brief};
pub use ahead::compiled_ahead;
use ndarray::{ArrayBase, Data, Dimension};
use serde_json::json;
use std::{
    any::type_name,
    fmt::{self, Arguments, Debug, Display},
    io::Write,
    panic::PanicHookInfo,
    sync::OnceLock,
    thread::{self, ThreadId},
};

/// The MIME type of the empty content with which a cell says that it ran to its end.
pub const DONE: &str = "application/x-sdap-done";

/// The MIME type of a panic: one JSON object of `message`, `file` and `line`.
pub const PANIC: &str = "application/x-sdap-panic";

/// The MIME type of the error that ends a cell: one JSON object of `name`, `message` and, where it is known, `line`.
pub const FAILED: &str = "application/x-sdap-failed";

/// The MIME type of a value that the kernel has drawn and keeps: its number.
pub const KEPT: &str = "application/x-sdap-kept";

/// The beginning of the line that says where the kernel is to show what it keeps; the number follows.
pub const HERE: &str = "\0show ";

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

/// How a cell's last expression shows itself: by its `Debug` text, cut where it is long. A type that has an `evcxr_display` of
/// its own shows itself by that, and rows of values as [`ShowRow`] says.
///
/// The kernel calls it on a reference to the expression. That this trait is in scope spares each such cell a second compilation.
pub trait Show {
    /// Writes the value to the kernel.
    fn evcxr_display(&self);
}

impl<T: Debug + ?Sized> Show for &T {
    fn evcxr_display(&self) {
        let nothing = type_name::<T>() == "()";
        show((!nothing).then(|| brief::debug(*self)));
    }
}

/// How a row of values shows itself: a long one by its ends, an array by its shape and corners.
///
/// On a reference to such a value these methods are found before those of [`Show`], which takes one reference more.
pub trait ShowRow {
    /// Writes the values to the kernel.
    fn evcxr_display(&self);
}

impl<T: Debug> ShowRow for [T] {
    fn evcxr_display(&self) {
        show(Some(brief::list(self)));
    }
}

impl<T: Debug, const N: usize> ShowRow for [T; N] {
    fn evcxr_display(&self) {
        show(Some(brief::list(self)));
    }
}

impl<T: Debug> ShowRow for Vec<T> {
    fn evcxr_display(&self) {
        show(Some(brief::list(self)));
    }
}

impl<A: Debug, S: Data<Elem = A>, D: Dimension> ShowRow for ArrayBase<S, D> {
    fn evcxr_display(&self) {
        show(Some(brief::array(self)));
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

/// Texts that the kernel asked for, not the user: shown as a JSON array.
pub struct Texts(pub Vec<String>);

impl Texts {
    /// Writes the texts to the kernel.
    pub fn evcxr_display(&self) {
        content("application/json", &serde_json::json!(self.0).to_string());
        show(None);
    }
}

fn show(text: Option<String>) {
    if let Some(text) = text {
        content("text/plain", &text);
    }
    done();
}

/// The cell's value is what the kernel keeps under this number.
pub(crate) fn show_as_value(number: u64) {
    content(KEPT, &number.to_string());
    done();
}

/// What the kernel keeps under this number is shown here, between what is printed before and after.
pub(crate) fn show_here(number: u64) {
    let mut out = std::io::stdout().lock();
    write!(out, "{SOFT_BREAK}\n{HERE}{number}\n").ok();
}

/// The cell fails with this error.
pub(crate) fn fail<E: Display>(error: &E) {
    content(FAILED, &json!({ "name": name_of::<E>(), "message": error.to_string() }).to_string());
    done();
}

fn done() {
    content(DONE, "");
    end_stderr();
}

/// Content is only known as such at the start of a line.
fn content(mime: &str, text: &str) {
    let mut out = std::io::stdout().lock();
    write!(out, "{SOFT_BREAK}\nEVCXR_BEGIN_CONTENT {mime}\n{text}\nEVCXR_END_CONTENT\n").ok();
}

fn end_stderr() {
    let mut err = std::io::stderr().lock();
    write!(err, "{SOFT_BREAK}\n{STDERR_END}\n").ok();
}

/// What the kernel puts before each `?` of a cell, so that an error is told with the line it came up in.
pub trait Questioned<T> {
    /// The result; of an error only that there is one, which was told.
    ///
    /// # Errors
    /// If the result is one.
    fn or_fail(self, line: u32) -> Result<T, Failed>;
}

impl<T, E: Display> Questioned<T> for Result<T, E> {
    fn or_fail(self, line: u32) -> Result<T, Failed> {
        self.map_err(|error| {
            content(FAILED, &json!({ "name": name_of::<E>(), "message": error.to_string(), "line": line }).to_string());
            end_stderr();
            Failed
        })
    }
}

/// An error that was told. Where it is displayed there is nothing more to read.
#[derive(Debug)]
pub struct Failed;

impl Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SOFT_BREAK}")
    }
}

/// The type's own name, without its path; `Err` for one that is made of several.
fn name_of<E>() -> &'static str {
    let whole = type_name::<E>();
    let plain = whole.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ':'));
    if plain { whole.rsplit("::").next().unwrap_or(whole) } else { "Err" }
}

/// A panic of the cell's own thread is told to the kernel; one of another thread ends no cell, and is only printed.
fn tell_panic(info: &PanicHookInfo<'_>) {
    let thread = thread::current();
    let message = info.payload_as_str().unwrap_or("a value that is not text");
    let (file, line) = info.location().map_or(("", 0), |at| (at.file(), at.line()));
    if CELLS.get() == Some(&thread.id()) {
        content(PANIC, &json!({ "message": message, "file": file, "line": line }).to_string());
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
