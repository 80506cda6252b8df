//! `%sdap` commands from Rust code.

use crate::{AskError, FromStore, ask};

/// What a `%sdap` command answers with, as a value of the type asked for.
///
/// The kernel runs the command as it would run the line `%sdap COMMAND`, with the same targets, regions and defaults. The
/// calling thread waits meanwhile; several threads may ask at once. Where the answer takes long, the running cell shows how
/// long. An interrupt of the cell ends the wait.
///
/// `T` is the type of the answer: [`TimeSeries`](crate::TimeSeries) for `timeseries`, `anomaly` and their like,
/// [`SeriesGroup`](crate::SeriesGroup) for several series at once, [`Grid`](crate::Grid) for `map` and `correlate`,
/// [`Hovmoller`](crate::Hovmoller), [`Points`](crate::Points) for `subset`, or [`Value`](crate::Value) for any.
///
/// # Errors
/// - [`AskError::Fault`] if the command is wrong or its server fails: the text of a `%sdap` line, with its caret;
/// - [`AskError::Type`] if the answer is of another type;
/// - [`AskError::Interrupted`] if the cell is interrupted;
/// - [`AskError::NoKernel`] outside of a cell.
///
/// ```no_run
/// use sdap::TimeSeries;
/// let mut warmest = f64::MIN;
/// for year in 2007..=2010 {
///     let sst: TimeSeries = sdap::query(format!("timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time {year}"))?;
///     warmest = sst.mean.iter().copied().fold(warmest, f64::max);
/// }
/// # Ok::<(), sdap::AskError>(())
/// ```
///
/// Without a kernel there is nobody to ask:
///
/// ```
/// let asked = sdap::query::<sdap::Value>("datasets");
/// assert!(matches!(asked, Err(sdap::AskError::NoKernel)));
/// ```
pub fn query<T: FromStore>(command: impl AsRef<str>) -> Result<T, AskError> {
    let command = command.as_ref();
    let value = ask::value(command)?;
    let found = value.type_name();
    T::from_value(value).ok_or_else(|| AskError::Type { command: command.to_owned(), wanted: T::NAME, found })
}
