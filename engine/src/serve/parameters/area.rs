//! Boxes, as `b` gives them.

use super::Failure;
use sdap::BoundingBox;

/// `west,south,east,north`. None if these are not four numbers; an error if they are no box.
///
/// Corners that are swapped altogether are put in order, as the server does; `west > east` alone crosses the antimeridian.
pub(super) fn parse_area(text: &str) -> Option<Result<BoundingBox, Failure>> {
    let numbers: Vec<f64> = text.split(',').map(|n| n.trim().parse().ok().filter(|n: &f64| n.is_finite())).collect::<Option<_>>()?;
    let &[mut west, mut south, mut east, mut north] = numbers.as_slice() else { return None };
    if south > north {
        (south, north) = (north, south);
        if west > east {
            (west, east) = (east, west);
        }
    }
    Some(BoundingBox::new(west, south, east, north).map_err(|e| Failure::bad(format!("'b' argument is no box: {e}"))))
}
