//! What a climatology knows of one place.

use super::super::Server;
use super::super::origin::Inquiry;
use super::nothing;
use crate::parse::{Deviations, Limit, read_envelope};
use crate::request::{Climatic, DeviationRequest};
use crate::{Missing, Result};
use sdap::{Table, TableColumn, column};

pub(super) async fn deviation(server: &Server, request: &DeviationRequest) -> Result<Table> {
    let mut inquiry = Inquiry::new(server, None, None);
    let limit = Limit::new(server.options.points, "places");
    let answer = server.ask(&request.path_and_query(), move |body| read_envelope(body, Deviations::default(), limit)).await?;
    let envelope = inquiry.add(answer);
    let meta = envelope.meta.into_iter().next().unwrap_or_default();
    let found = envelope.data;
    if found.value.iter().all(|value| value.is_nan()) {
        return Err(nothing(Missing::Unknown, none_there(request)));
    }
    let numbers = |values: Vec<f64>| TableColumn::Numbers(column(values));
    let unit = if meta.units.0.is_empty() { String::new() } else { format!(" [{}]", meta.units.0) };
    Ok(Table {
        title: format!("Standard deviation of {}", request.dataset),
        columns: vec![
            ("latitude [degrees_north]".to_owned(), numbers(found.lat)),
            ("longitude [degrees_east]".to_owned(), numbers(found.lon)),
            (format!("standard deviation{unit}"), numbers(found.value)),
        ],
        origin: inquiry.origin(&request.dataset, &meta),
    })
}

fn none_there(request: &DeviationRequest) -> String {
    let when = match request.when {
        Climatic::Day(day) => format!("day {day} of the year"),
        Climatic::Date(date) => format!("{}", date.format("%Y-%m-%d")),
    };
    format!(
        "{} keeps no standard deviation at latitude {}, longitude {} on {when} or before it",
        request.dataset, request.latitude, request.longitude
    )
}
