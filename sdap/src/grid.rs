//! Maps.

use crate::{BoundingBox, Column, Origin, Plane, brief};

/// One number for each cell of a map.
///
/// ```
/// # use sdap::{Grid, column, plane};
/// # let grid = Grid {
/// #     dataset: "SST".into(),
/// #     variable: "sea_surface_temperature".into(),
/// #     statistic: "mean".into(),
/// #     units: "degree_Celsius".into(),
/// #     lat: column([0.0, 1.0]),
/// #     lon: column([179.0, 180.0, 181.0]),
/// #     values: plane(2, [26.0, 27.0, 28.0, 27.0, f64::NAN, 29.0]),
/// #     count: plane(2, [12.0; 6]),
/// #     origin: Default::default(),
/// # };
/// // The warmest of the northern row; the missing number is NaN, which `max` passes over.
/// let warmest = grid.values.row(1).iter().copied().fold(f64::MIN, f64::max);
/// assert_eq!(warmest, 29.0);
/// ```
#[derive(Clone, PartialEq)]
pub struct Grid {
    /// The dataset's short name.
    pub dataset: String,
    /// The variable, by its CF standard name where known.
    pub variable: String,
    /// What the numbers are over time: `mean`, `variance`, `maximum`, `minimum`, `climatology`, `correlation`, …
    pub statistic: String,
    /// The unit of the numbers; empty if unknown or none.
    pub units: String,
    /// Latitudes of the cell centres, ascending, shape `[lat]`.
    pub lat: Column,
    /// Longitudes of the cell centres, eastwards, shape `[lon]`. Across the antimeridian they go on beyond 180.
    pub lon: Column,
    /// The numbers, shape `[lat, lon]`; NaN where there is none.
    pub values: Plane,
    /// How many times went into each number, shape `[lat, lon]`.
    pub count: Plane,
    /// Where the numbers come from.
    pub origin: Origin,
}

impl Grid {
    /// The edges of the outermost cells, `(west, south, east, north)` in degrees; `east` may exceed 180.
    ///
    /// Half the step to the neighbour is added to the outer centres; a lone row or column counts as one degree.
    ///
    /// ```
    /// # use sdap::{Grid, column, plane};
    /// let grid = Grid {
    ///     dataset: "SST".into(),
    ///     variable: "sea_surface_temperature".into(),
    ///     statistic: "mean".into(),
    ///     units: "degree_Celsius".into(),
    ///     lat: column([0.0, 1.0]),
    ///     lon: column([179.0, 180.0, 181.0]),
    ///     values: plane(2, [26.0, 27.0, 28.0, 27.0, f64::NAN, 29.0]),
    ///     count: plane(2, [12.0; 6]),
    ///     origin: Default::default(),
    /// };
    /// assert_eq!(grid.edges(), (178.5, -0.5, 181.5, 1.5));
    /// ```
    pub fn edges(&self) -> (f64, f64, f64, f64) {
        let ends = |c: &Column| match c.len() {
            0 => (0.0, 0.0),
            1 => (c[0] - 0.5, c[0] + 0.5),
            n => (c[0] - (c[1] - c[0]) / 2.0, c[n - 1] + (c[n - 1] - c[n - 2]) / 2.0),
        };
        let ((west, east), (south, north)) = (ends(&self.lon), ends(&self.lat));
        (west, south.max(-90.0), east, north.min(90.0))
    }

    /// The area that the cells cover.
    ///
    /// ```
    /// # use sdap::{Grid, column, plane};
    /// # let grid = Grid {
    /// #     dataset: "SST".into(),
    /// #     variable: "sea_surface_temperature".into(),
    /// #     statistic: "mean".into(),
    /// #     units: "degree_Celsius".into(),
    /// #     lat: column([0.0, 1.0]),
    /// #     lon: column([179.0, 180.0, 181.0]),
    /// #     values: plane(2, [26.0, 27.0, 28.0, 27.0, f64::NAN, 29.0]),
    /// #     count: plane(2, [12.0; 6]),
    /// #     origin: Default::default(),
    /// # };
    /// assert_eq!(grid.area().to_string(), "178.5,-0.5,-178.5,1.5");
    /// ```
    pub fn area(&self) -> BoundingBox {
        let (west, south, east, north) = self.edges();
        BoundingBox::new(west.clamp(-180.0, 360.0), south, east.clamp(-180.0, 360.0), north).unwrap_or(BoundingBox::WORLD)
    }

    /// The least and the greatest number, if there is any.
    ///
    /// ```
    /// # use sdap::{Grid, column, plane};
    /// # let grid = Grid {
    /// #     dataset: "SST".into(),
    /// #     variable: "sea_surface_temperature".into(),
    /// #     statistic: "mean".into(),
    /// #     units: "degree_Celsius".into(),
    /// #     lat: column([0.0, 1.0]),
    /// #     lon: column([179.0, 180.0, 181.0]),
    /// #     values: plane(2, [26.0, 27.0, 28.0, 27.0, f64::NAN, 29.0]),
    /// #     count: plane(2, [12.0; 6]),
    /// #     origin: Default::default(),
    /// # };
    /// assert_eq!(grid.range(), Some((26.0, 29.0)));
    /// ```
    pub fn range(&self) -> Option<(f64, f64)> {
        self.values.iter().filter(|v| v.is_finite()).fold(None, |range, v| {
            let (low, high) = range.unwrap_or((*v, *v));
            Some((low.min(*v), high.max(*v)))
        })
    }
}

impl std::fmt::Debug for Grid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let synthetic = if self.origin.synthetic { ", synthetic" } else { "" };
        let (rows, columns) = self.values.dim();
        write!(
            f,
            "Grid {} {} [{}]{synthetic}: {rows} × {columns} cells, {}",
            self.dataset,
            self.statistic,
            self.units,
            brief::range(&self.values)
        )
    }
}
