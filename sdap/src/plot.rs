//! Figures and tables of values that a Rust cell has: the cell says what is to be shown, and the kernel draws it.

use crate::{AskError, Grid, Hovmoller, Points, SeriesGroup, Table, TimeSeries, Value, ask, cell};
use std::fmt::Write;

/// A figure of one value, or of several in one: what `%sdap plot` draws.
///
/// As the last expression of a cell it shows itself; [`Plot::show`] shows it at once, in a loop for instance.
///
/// ```no_run
/// use sdap::{TimeSeries, Times};
/// let river = |name: &str, values: [f64; 2]| TimeSeries::of_values(name, "discharge", "m3 s-1", Times::new(vec![0, 86_400]), values);
/// let (a, b) = (river("a", [1.0, 3.0]), river("b", [2.0, 5.0]));
/// sdap::plot([&a, &b]).title("Two rivers").show()?;
/// # Ok::<(), sdap::AskError>(())
/// ```
pub fn plot(values: impl Values) -> Plot {
    Plot(Shown::new("plot", values.values()))
}

/// A map of one number for each cell: what `%sdap plot` draws of a grid.
///
/// ```no_run
/// let mean: sdap::Grid = sdap::query("map OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009")?;
/// let anomaly = sdap::Grid { values: (&mean.values - 27.0).into(), statistic: "difference from 27 °C".into(), ..mean };
/// sdap::map(&anomaly).title("Warm pool").show()?;
/// # Ok::<(), sdap::AskError>(())
/// ```
pub fn map(grid: &Grid) -> Plot {
    plot(grid)
}

/// A table of a value: what `%sdap table` shows.
///
/// ```no_run
/// use sdap::{Column, Origin, Table, TableColumn, column};
/// let depths = TableColumn::Numbers(column([10.0, 50.0]));
/// sdap::table(&Table { title: "Depths".into(), columns: vec![("depth [m]".into(), depths)], origin: Origin::default() }).show()?;
/// # Ok::<(), sdap::AskError>(())
/// ```
pub fn table(value: impl Into<Value>) -> TableView {
    TableView(Shown::new("table", vec![value.into()]))
}

/// A map with boxes drawn on it: regions by name, `W,S,E,N` in degrees, or WKT, whose polygon is drawn.
///
/// ```no_run
/// sdap::boxes(["nino34", "-160,-20,-120,10", "POLYGON((-150 -20, -120 -20, -130 10, -150 -20))"]).show()?;
/// # Ok::<(), sdap::AskError>(())
/// ```
pub fn boxes<A: AsRef<str>>(areas: impl IntoIterator<Item = A>) -> Plot {
    let mut shown = Shown::new("box", Vec::new());
    areas.into_iter().for_each(|area| shown.option(&quoted(area.as_ref())));
    Plot(shown)
}

/// How [`Plot::kind`] draws values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Series as lines alone.
    Line,
    /// Lines with one standard deviation to either side as error bars.
    Errorbars,
    /// Lines in a band of one standard deviation to either side.
    Band,
    /// The second series or grid against the first with the line that fits, a third colouring the dots; or two variables of samples.
    Scatter,
    /// How often the values occur.
    Histogram,
    /// The years of a series above one another, and their mean.
    Year,
    /// Cells, or the places of samples, in colour on a map.
    Map,
    /// Time against latitude or longitude.
    Hovmoller,
    /// The first series or grid less the second.
    Difference,
    /// The pairs of a match-up on a map, coloured by the primary's value less the secondary's.
    Matchup,
    /// The rows and columns of a table in colour; of a series its years and months.
    Heatmap,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Line,
        Self::Errorbars,
        Self::Band,
        Self::Scatter,
        Self::Histogram,
        Self::Year,
        Self::Map,
        Self::Hovmoller,
        Self::Difference,
        Self::Matchup,
        Self::Heatmap,
    ];

    /// The kind as it stands behind `--kind`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Errorbars => "errorbars",
            Self::Band => "band",
            Self::Scatter => "scatter",
            Self::Histogram => "histogram",
            Self::Year => "year",
            Self::Map => "map",
            Self::Hovmoller => "hovmoller",
            Self::Difference => "difference",
            Self::Matchup => "matchup",
            Self::Heatmap => "heatmap",
        }
    }
}

/// A figure to be drawn by the kernel. [`plot`], [`map`] and [`boxes`] make it.
#[derive(Clone, Debug)]
#[must_use = "a figure shows itself as the last expression of a cell; `.show()?` shows it at once"]
pub struct Plot(Shown);

impl Plot {
    /// The same figure under this title.
    pub fn title(mut self, title: impl AsRef<str>) -> Self {
        self.0.option(&format!("--title {}", quoted(title.as_ref())));
        self
    }

    /// The same figure with the values drawn in this way.
    pub fn kind(mut self, kind: Kind) -> Self {
        self.0.option(&format!("--kind {}", kind.word()));
        self
    }

    /// The same figure with series in a band of one standard deviation to either side.
    pub fn band(self) -> Self {
        self.kind(Kind::Band)
    }

    /// The same figure with an error bar at every `n`-th time only; without error bars, of every `n`-th time only.
    pub fn every(mut self, n: u32) -> Self {
        self.0.option(&format!("--every {n}"));
        self
    }

    /// The same figure with the last value on a vertical axis of its own, on the right.
    pub fn twin(mut self) -> Self {
        self.0.option("--twin");
        self
    }

    /// The same figure, so many pixels wide and high.
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.0.option(&format!("--size {width}x{height}"));
        self
    }

    /// The same figure with the values called by these names, in order, where a legend must tell apart what has one name.
    pub fn names<N: AsRef<str>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        for ((name, _), new) in self.0.values.iter_mut().zip(names) {
            new.as_ref().clone_into(name);
        }
        self
    }

    /// The same figure with further options, written as after `%sdap plot`: `"--kind band --static"`.
    pub fn options(mut self, options: impl AsRef<str>) -> Self {
        self.0.option(options.as_ref());
        self
    }

    /// Shows the figure at once, between what the cell prints before and after.
    ///
    /// # Errors
    /// What `%sdap plot` finds wrong, with a caret; or that there is no kernel.
    pub fn show(&self) -> Result<(), AskError> {
        self.0.show()
    }

    /// Shows the figure as the value of the cell.
    #[doc(hidden)]
    pub fn evcxr_display(&self) {
        self.0.display();
    }
}

/// A table to be shown by the kernel. [`table`] makes it.
#[derive(Clone, Debug)]
#[must_use = "a table shows itself as the last expression of a cell; `.show()?` shows it at once"]
pub struct TableView(Shown);

impl TableView {
    /// Shows the table at once, between what the cell prints before and after.
    ///
    /// # Errors
    /// What `%sdap table` finds wrong; or that there is no kernel.
    pub fn show(&self) -> Result<(), AskError> {
        self.0.show()
    }

    /// Shows the table as the value of the cell.
    #[doc(hidden)]
    pub fn evcxr_display(&self) {
        self.0.display();
    }
}

/// What [`plot`] takes: a value or a reference to one, or several in an array, a slice or a vector.
pub trait Values {
    /// The values, in order.
    fn values(self) -> Vec<Value>;
}

macro_rules! one_value {
    ($($type:ident),*) => {$(
        impl Values for $type {
            fn values(self) -> Vec<Value> {
                vec![self.into()]
            }
        }

        impl Values for &$type {
            fn values(self) -> Vec<Value> {
                vec![self.into()]
            }
        }
    )*};
}
one_value!(TimeSeries, SeriesGroup, Grid, Hovmoller, Points, Table, Value);

impl<V: Into<Value>, const N: usize> Values for [V; N] {
    fn values(self) -> Vec<Value> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<V: Into<Value>> Values for Vec<V> {
    fn values(self) -> Vec<Value> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<'v, V> Values for &'v [V]
where
    &'v V: Into<Value>,
{
    fn values(self) -> Vec<Value> {
        self.iter().map(Into::into).collect()
    }
}

impl<'v, V> Values for &'v Vec<V>
where
    &'v V: Into<Value>,
{
    fn values(self) -> Vec<Value> {
        self.as_slice().values()
    }
}

/// A command that shows values.
#[derive(Clone, Debug)]
struct Shown {
    verb: &'static str,
    values: Vec<(String, Value)>,
    options: String,
}

impl Shown {
    fn new(verb: &'static str, values: Vec<Value>) -> Self {
        let named = (1..).map(|number: usize| number.to_string()).zip(values).collect();
        Self { verb, values: named, options: String::new() }
    }

    fn option(&mut self, option: &str) {
        write!(self.options, " {option}").ok();
    }

    fn command(&self) -> String {
        let names = self.values.iter().fold(String::new(), |text, (name, _)| text + " " + &quoted(name));
        format!("{}{names}{}", self.verb, self.options)
    }

    fn ask(&self) -> Result<u64, AskError> {
        ask::shown(self.command(), &self.values)
    }

    fn show(&self) -> Result<(), AskError> {
        cell::show_here(self.ask()?);
        Ok(())
    }

    fn display(&self) {
        match self.ask() {
            Ok(number) => cell::show_as_value(number),
            Err(error) => cell::fail(&error),
        }
    }
}

/// A word of a command that is to be taken as it is.
pub(crate) fn quoted(text: &str) -> String {
    let plain = !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_');
    if plain { text.to_owned() } else { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Times;

    fn series(name: &str) -> TimeSeries {
        TimeSeries::of_values(name, "", "", Times::new(vec![0]), [1.0])
    }

    #[test]
    fn a_figure_is_a_plot_command_with_its_values_and_options() {
        let (a, b) = (series("a"), series("b"));
        assert_eq!(plot(&a).0.command(), "plot 1");
        let all = plot([&a, &b]).names(["niño 3", "b"]).title("\"two\" of \\").band().every(3).twin().size(800, 400).options("--static");
        let expected = "plot \"niño 3\" b --title \"\\\"two\\\" of \\\\\" --kind band --every 3 --twin --size 800x400 --static";
        assert_eq!(all.0.command(), expected);
        assert_eq!(table(&a).0.command(), "table 1");
        assert_eq!(boxes(["nino34", "-160,-20,-120,10"]).title("T").0.command(), "box nino34 \"-160,-20,-120,10\" --title T");
    }

    #[test]
    fn values_come_one_by_one_or_in_any_row() {
        let all = vec![series("a"), series("b")];
        let values: Vec<Value> = all.iter().map(Value::from).collect();
        for found in [plot(&all), plot(all.as_slice()), plot(values.clone()), plot([&all[0], &all[1]]), plot(all.clone())] {
            assert_eq!(found.0.values, [("1".to_owned(), values[0].clone()), ("2".to_owned(), values[1].clone())]);
        }
        assert_eq!(plot(&values[1]).0.values.len(), 1);
    }

    #[test]
    fn without_a_kernel_nothing_is_shown_and_an_error_says_why() {
        assert!(matches!(plot(series("a")).show(), Err(AskError::NoKernel)));
    }
}
