//! From a name to a dataset, and what that dataset offers where the user left something out.

use super::{OpenPeriod, Typed};
use crate::fault::Fault;
use sdap::{BoundingBox, Period};
use sdap_nexus::Dataset;
use std::ops::Range;

/// The dataset of that name.
pub(crate) fn find_dataset<'d>(
    name: &str,
    span: Option<Range<usize>>,
    datasets: &'d [Dataset],
    server: &str,
) -> Result<&'d Dataset, Fault> {
    let found = datasets.iter().find(|d| d.short_name == name).ok_or_else(|| unknown_dataset(name, span.clone(), datasets, server))?;
    match &found.trouble {
        Some(trouble) => {
            let fault = Fault::new("BrokenDataset", format!("{name} cannot be read at present: {trouble}"));
            Err(Fault { span, ..fault.hint("%sdap datasets lists the others") })
        }
        None => Ok(found),
    }
}

/// The fault that no dataset has that name.
pub(crate) fn unknown_dataset(name: &str, span: Option<Range<usize>>, datasets: &[Dataset], server: &str) -> Fault {
    let fault = Fault::new("UnknownDataset", format!("{server} has no dataset {name}"))
        .expected(format!("one of the {} datasets of {server}", datasets.len()))
        .nearest(name, datasets.iter().map(|d| d.short_name.as_str()))
        .hint("%sdap datasets lists them; %sdap target chooses another server");
    Fault { span, ..fault }
}

/// The period to ask `dataset` for: what was typed, or all it has.
pub(crate) fn resolved_period(typed: Option<Typed<OpenPeriod>>, dataset: &Dataset, end: Range<usize>) -> Result<Period, Fault> {
    let Typed { value: open, span } = typed.unwrap_or(Typed { value: OpenPeriod::default(), span: Some(end) });
    let period = if let Some(period) = open.within(dataset.period) {
        period.map_err(|f| Fault { span: span.clone(), ..f })?
    } else {
        let fault = Fault::new("MissingTime", format!("the server does not say which times {} has", dataset.short_name));
        return Err(Fault { span, ..fault.expected("--time START/END") });
    };
    match dataset.period {
        Some(offered) if !offered.intersects(&period) => {
            let message = format!("{} has no data in {period}", dataset.short_name);
            let fault = Fault::new("NoData", message).expected(format!("a time within {}, which it spans", days(&offered)));
            Err(Fault { span, ..fault })
        }
        _ => Ok(period),
    }
}

/// A span in days, as it can be typed.
fn days(period: &Period) -> String {
    format!("{}/{}", period.start().format("%F"), period.end().format("%F"))
}

/// The area to ask `dataset` for: what was typed, or for the embedded engine all it has.
pub(crate) fn resolved_area(
    typed: Option<Typed<BoundingBox>>,
    dataset: &Dataset,
    server: &str,
    end: Range<usize>,
) -> Result<BoundingBox, Fault> {
    let Some(Typed { value: area, span }) = typed else {
        let whole = if server == crate::EMBEDDED { dataset.area } else { None };
        return whole.ok_or_else(|| {
            Fault::new("MissingBox", "a server is asked for a named area only, for the whole of a dataset can be very large")
                .at(end)
                .expected("--bbox W,S,E,N, a region or WKT")
                .hint(dataset.area.map_or_else(
                    || "%sdap regions lists the named ones".to_owned(),
                    |a| format!("--bbox {a} is all of {}", dataset.short_name),
                ))
        });
    };
    match dataset.area {
        Some(offered) if !offered.intersects(&area) => {
            let fault = Fault::new("NoData", format!("{} has no data in {area}", dataset.short_name));
            Err(Fault { span, ..fault.expected(format!("a box that meets {offered}, the area it covers (west, south, east, north)")) })
        }
        _ => Ok(area),
    }
}
