//! Questions, and the URLs they are asked by.
//!
//! Each request knows the path and query by which a 1.4 server is asked; the embedded engine gives the same text
//! as the origin of its answers, and `serve` answers it.

mod job;
mod matchup;
mod point;
mod query;

pub use job::{Job, JobStatus};
pub use matchup::MatchupRequest;
pub use point::{Climatic, DeviationRequest};

use query::{Query, clamped};
use sdap::{Axis, BoundingBox, Period};

/// Elevations to take, in metres above the reference level of the dataset; depths are negative. Both ends count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Elevation {
    /// The least.
    pub lowest: f64,
    /// The greatest.
    pub highest: f64,
}

/// Filters of a time series. Both are off unless asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeriesFilters {
    /// Subtract the mean of each calendar month, from the dataset `NAME_clim`; adds `meanSeasonal`, ….
    pub seasonal: bool,
    /// Smooth by a zero-phase Butterworth filter; adds `meanLowPass`, ….
    pub low_pass: bool,
    /// Move each time to the first of its month, so that monthly datasets with other dates pair. Times that fall together are
    /// one time.
    pub normalize_dates: bool,
}

/// Area statistics for each time: `/timeSeriesSpark`.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesRequest {
    /// The datasets by short name, at least one.
    pub datasets: Vec<String>,
    /// The variable, for datasets with several; the first if none is named.
    pub variable: Option<String>,
    /// The area to average over.
    pub area: BoundingBox,
    /// The times to take.
    pub period: Period,
    /// Filters to apply.
    pub filters: SeriesFilters,
    /// The elevations to take, of a dataset that has them.
    pub elevation: Option<Elevation>,
}

/// The daily difference from a climatology: `/dailydifferenceaverage_spark`.
#[derive(Clone, Debug, PartialEq)]
pub struct AnomalyRequest {
    /// The dataset by short name.
    pub dataset: String,
    /// The climatology's short name, commonly `NAME_CLIM`.
    pub climatology: String,
    /// The variable, for datasets with several; the first if none is named.
    pub variable: Option<String>,
    /// The area to average over.
    pub area: BoundingBox,
    /// The times to take.
    pub period: Period,
}

/// What a map shows over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// The mean: `/timeAvgMapSpark`.
    Mean,
    /// The population variance: `/varianceSpark`.
    Variance,
    /// The greatest value: `/maxMinMapSpark`.
    Maximum,
    /// The least value: `/maxMinMapSpark`.
    Minimum,
    /// The mean of one calendar month, 1 to 12, over the years of the period: `/climMapSpark`.
    Climatology {
        /// The month, 1 to 12.
        month: u32,
    },
}

impl Statistic {
    /// The name that a grid's `statistic` carries.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Variance => "variance",
            Self::Maximum => "maximum",
            Self::Minimum => "minimum",
            Self::Climatology { .. } => "climatology",
        }
    }
}

/// One number for each cell, over time.
#[derive(Clone, Debug, PartialEq)]
pub struct MapRequest {
    /// The dataset by short name.
    pub dataset: String,
    /// The variable, for datasets with several; the first if none is named.
    pub variable: Option<String>,
    /// What to show.
    pub statistic: Statistic,
    /// The area to map.
    pub area: BoundingBox,
    /// The times to take.
    pub period: Period,
    /// The elevations to take, of a dataset that has them.
    pub elevation: Option<Elevation>,
}

/// Samples: `/datainbounds`.
#[derive(Clone, Debug, PartialEq)]
pub struct SubsetRequest {
    /// The dataset by short name.
    pub dataset: String,
    /// The variable, for datasets with several; all if none is named.
    pub variable: Option<String>,
    /// The area, where one is set.
    pub area: Option<BoundingBox>,
    /// Metadata filters, all of which must hold: `field:value`, in Solr's syntax.
    pub filters: Vec<String>,
    /// The times to take.
    pub period: Period,
    /// The elevations to take, of a dataset that has them.
    pub elevation: Option<Elevation>,
}

/// Time against latitude or longitude: `/latitudeTimeHofMoellerSpark`, `/longitudeTimeHofMoellerSpark`.
#[derive(Clone, Debug, PartialEq)]
pub struct HovmollerRequest {
    /// The dataset by short name.
    pub dataset: String,
    /// The variable, for datasets with several; the first if none is named.
    pub variable: Option<String>,
    /// The axis to keep beside time.
    pub axis: Axis,
    /// The area to average over.
    pub area: BoundingBox,
    /// The times to take.
    pub period: Period,
    /// Move each time to the first of its month.
    pub normalize_dates: bool,
    /// The elevations to take, of a dataset that has them.
    pub elevation: Option<Elevation>,
}

/// A number of a linear regression of the second dataset on the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Regression {
    /// The slope.
    Slope,
    /// The value of the second where the first is 0.
    Intercept,
    /// Pearson's r.
    Correlation,
    /// The probability of such a slope if there were none.
    PValue,
    /// The standard error of the slope.
    StandardError,
}

/// What a correlation map shows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Correlation {
    /// Pearson's r in each cell of the datasets, which share one grid: `/corrMapSpark`.
    #[default]
    Cells,
    /// A regression on a grid that is laid over both, each cell taking the nearest value of each: `/correlationMap`.
    Regression {
        /// Which number.
        of: Regression,
        /// Degrees between the cells.
        resolution: f64,
    },
}

/// The correlation of two datasets over time, in each cell: `/corrMapSpark`, `/correlationMap`.
#[derive(Clone, Debug, PartialEq)]
pub struct CorrelationRequest {
    /// The two datasets by short name.
    pub datasets: [String; 2],
    /// The area to map.
    pub area: BoundingBox,
    /// The times to take.
    pub period: Period,
    /// What to show.
    pub kind: Correlation,
}

impl SeriesRequest {
    /// The path and query that asks a 1.4 server.
    ///
    /// ```
    /// use sdap::{BoundingBox, Period};
    /// let request = sdap_nexus::request::SeriesRequest { elevation: None,
    ///     datasets: vec!["A".into(), "B".into()],
    ///     variable: None,
    ///     area: BoundingBox::new(-170.0, -5.0, -120.0, 5.0)?,
    ///     period: Period::new("2010-01-01T00:00:00Z".parse()?, "2010-12-31T23:59:59Z".parse()?)?,
    ///     filters: Default::default(),
    /// };
    /// assert_eq!(
    ///     request.path_and_query(),
    ///     "/timeSeriesSpark?ds=A,B&b=-170,-5,-120,5&startTime=2010-01-01T00:00:00Z&endTime=2010-12-31T23:59:59Z\
    ///      &seasonalFilter=false&lowPassFilter=false"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn path_and_query(&self) -> String {
        Query::new("/timeSeriesSpark")
            .text("ds", &self.datasets.join(","))
            .area(&self.area)
            .period(&self.period)
            .text("seasonalFilter", &self.filters.seasonal.to_string())
            .text("lowPassFilter", &self.filters.low_pass.to_string())
            .switch("normalizeDates", self.filters.normalize_dates)
            .elevation(self.elevation)
            .variable(self.variable.as_deref())
            .0
    }
}

impl AnomalyRequest {
    /// The path and query that asks a 1.4 server.
    pub fn path_and_query(&self) -> String {
        Query::new("/dailydifferenceaverage_spark")
            .text("dataset", &self.dataset)
            .text("climatology", &self.climatology)
            .area(&self.area)
            .period(&self.period)
            .variable(self.variable.as_deref())
            .0
    }
}

impl MapRequest {
    /// The path and query that asks a 1.4 server.
    ///
    /// A climatology is asked for all years of the period at once; see the HTTP client for why it then asks year by year.
    pub fn path_and_query(&self) -> String {
        let path = match self.statistic {
            Statistic::Mean => "/timeAvgMapSpark",
            Statistic::Variance => "/varianceSpark",
            Statistic::Maximum | Statistic::Minimum => "/maxMinMapSpark",
            Statistic::Climatology { month } => return self.climatology(month),
        };
        Query::new(path)
            .text("ds", &self.dataset)
            .area(&self.area)
            .period(&self.period)
            .elevation(self.elevation)
            .variable(self.variable.as_deref())
            .0
    }

    fn climatology(&self, month: u32) -> String {
        use chrono::Datelike;
        Query::new("/climMapSpark")
            .text("ds", &self.dataset)
            .corners(&self.area)
            .text("startYear", &self.period.start().year().to_string())
            .text("endYear", &self.period.end().year().to_string())
            .text("month", &month.to_string())
            .elevation(self.elevation)
            .variable(self.variable.as_deref())
            .0
    }
}

impl SubsetRequest {
    /// The path and query that asks a 1.4 server.
    pub fn path_and_query(&self) -> String {
        let mut query = Query::new("/datainbounds").text("ds", &self.dataset).period(&self.period);
        if let Some(area) = &self.area {
            query = query.area(area);
        }
        for filter in &self.filters {
            query = query.text("metadataFilter", filter);
        }
        query.elevation(self.elevation).variable(self.variable.as_deref()).0
    }
}

impl HovmollerRequest {
    /// The path and query that asks a 1.4 server.
    pub fn path_and_query(&self) -> String {
        let path = match self.axis {
            Axis::Latitude => "/latitudeTimeHofMoellerSpark",
            Axis::Longitude => "/longitudeTimeHofMoellerSpark",
        };
        Query::new(path)
            .text("ds", &self.dataset)
            .area(&self.area)
            .period(&self.period)
            .switch("normalizeDates", self.normalize_dates)
            .elevation(self.elevation)
            .variable(self.variable.as_deref())
            .0
    }
}

impl CorrelationRequest {
    /// The path and query that asks a 1.4 server, which takes corners and whole seconds here.
    pub fn path_and_query(&self) -> String {
        let (path, resolution) = match self.kind {
            Correlation::Cells => ("/corrMapSpark", None),
            Correlation::Regression { resolution, .. } => ("/correlationMap", Some(resolution)),
        };
        Query::new(path)
            .text("ds", &self.datasets.join(","))
            .corners(&self.area)
            .text("startTime", &clamped(self.period.start()).timestamp().to_string())
            .text("endTime", &clamped(self.period.end()).timestamp().to_string())
            .optional("res", resolution)
            .0
    }
}
