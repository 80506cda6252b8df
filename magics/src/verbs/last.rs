//! `last`: the last request, for use elsewhere.

use super::{Context, Outcome};
use crate::{Bundle, Fault, grammar::LastArgs, target::Target};
use chrono::{DateTime, Datelike, Timelike, Utc};
use sdap::BoundingBox;
use sdap_nexus::request::{AnomalyRequest, SeriesRequest, SubsetRequest};
use std::fmt::Write;

/// Where `sdap-kernel serve` listens unless told otherwise.
const SERVED: &str = "http://127.0.0.1:8083";

pub(super) fn last(context: &Context<'_>, args: &LastArgs) -> Result<Outcome, Fault> {
    let Some(last) = context.session.state().last.clone() else {
        return Err(
            Fault::new("NothingYet", "no request has been answered yet").hint("%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34")
        );
    };
    let local = last.server == crate::EMBEDDED;
    let url = if local { format!("{SERVED}{}", last.request) } else { last.request.clone() };
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
    let told = last.body.as_ref().map(|body| format!(" -X POST -H 'Content-Type: application/json' -d {}", quoted(body)));
    let curl = format!("curl --fail{} '{}'", told.unwrap_or_default(), url.replace('\'', "%27"));
    if args.url || args.curl || args.nexuscli {
        let python = if args.nexuscli { Some(last.nexuscli.ok_or_else(|| cannot_ask(context))?.replace('\n', "; ")) } else { None };
        let lines = [args.url.then_some(url), args.curl.then_some(curl), python];
        return Ok(Outcome::Shown(vec![Bundle::text(lines.into_iter().flatten().collect::<Vec<_>>().join("\n"))]));
    }
    let mut text = format!("url       {url}\ncurl      {curl}");
    match &last.nexuscli {
        Some(python) => {
            let _ = write!(text, "\nnexuscli  {}", python.replace('\n', "\n          "));
        }
        None => text.push_str("\nnexuscli  cannot ask this"),
    }
    let login = |t: &Target| !t.login.is_empty() && t.is_called(&last.server);
    if context.session.state().targets.iter().any(login) {
        text.push_str("\n\nThe login is left out: whoever asks this has to bring their own.");
    }
    if local {
        text.push_str("\n\nThe embedded engine answered. For others to ask it the same: sdap-kernel serve");
    }
    Ok(Outcome::Shown(vec![Bundle::text(text)]))
}

fn cannot_ask(context: &Context<'_>) -> Fault {
    Fault::new("Unsupported", "nexuscli cannot ask the last request")
        .at(context.tokens.span_of("--nexuscli").unwrap_or_else(|| context.tokens.behind()))
        .expected("a time series, a daily difference from NAME_CLIM or a subset")
        .hint("%sdap last --curl")
}

/// Writes requests as lines of Python for nexuscli.
pub(super) struct Python(String);

impl Python {
    pub(super) fn new(server: &str) -> Self {
        let target = if server == crate::EMBEDDED { SERVED } else { server };
        Self(format!("import nexuscli; from datetime import datetime; from shapely.geometry import box\nnexuscli.set_target({target:?})\n"))
    }

    pub(super) fn time_series(self, r: &SeriesRequest) -> String {
        let Self(mut text) = self;
        let _ = write!(
            text,
            "nexuscli.time_series({:?}, {}, {}, {}, spark=True)",
            r.datasets,
            area(&r.area),
            time(r.period.start()),
            time(r.period.end())
        );
        text
    }

    /// `None` where the climatology is not the one that nexuscli insists on.
    pub(super) fn daily_difference_average(self, r: &AnomalyRequest) -> Option<String> {
        let Self(mut text) = self;
        let (start, end) = (time(r.period.start()), time(r.period.end()));
        let _ = write!(text, "nexuscli.daily_difference_average({:?}, {}, {start}, {end})", r.dataset, area(&r.area));
        (r.climatology == format!("{}_CLIM", r.dataset)).then_some(text)
    }

    pub(super) fn subset(self, r: &SubsetRequest) -> String {
        let Self(mut text) = self;
        let area = r.area.as_ref().map_or_else(|| "None".to_owned(), area);
        let filter = if r.filters.is_empty() { "None".to_owned() } else { format!("{:?}", r.filters) };
        let (start, end) = (time(r.period.start()), time(r.period.end()));
        let _ = write!(text, "nexuscli.subset({:?}, {area}, {start}, {end}, None, {filter})", r.dataset);
        text
    }
}

fn area(area: &BoundingBox) -> String {
    format!("box({}, {}, {}, {})", area.west(), area.south(), area.east(), area.north())
}

fn time(t: DateTime<Utc>) -> String {
    format!("datetime({}, {}, {}, {}, {}, {})", t.year(), t.month(), t.day(), t.hour(), t.minute(), t.second())
}
