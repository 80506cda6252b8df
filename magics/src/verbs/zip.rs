//! `subset --zip`: samples as a server writes them to files.

use super::{
    Asked, Context, Outcome,
    get::{checked, encoded, saved},
};
use crate::{Fault, grammar::Saving};
use sdap_nexus::request::SubsetRequest;
use std::fmt::Write;

/// Asks for the samples as a ZIP file of CSV tables, and writes it as it comes.
pub(super) async fn saved_as(
    context: &Context<'_>,
    asked: &Asked,
    request: &SubsetRequest,
    file: &str,
    force: bool,
) -> Result<Outcome, Fault> {
    let saving = Saving { save: Some(file.to_owned()), force };
    let Some(path) = checked(context, &saving)? else { return Ok(Outcome::Shown(Vec::new())) };
    let asks = address(request);
    let body = context.answer(asked, asked.nexus().get(&asks)).await?;
    context.remember(asked, &asks, None);
    if !body.bytes.starts_with(b"PK") {
        let fault = Fault::new("BadAnswer", format!("{} answered with something that is no ZIP file", asked.nexus().name()));
        return Err(fault.hint("%sdap subset without --zip takes the samples themselves"));
    }
    saved(context, &saving, &path, &body).map(|line| Outcome::Shown(vec![line]))
}

/// The path and query that asks a 1.4 server.
fn address(request: &SubsetRequest) -> String {
    let time = |t: chrono::DateTime<chrono::Utc>| t.max(chrono::DateTime::UNIX_EPOCH).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let mut text = format!(
        "/cdmssubset?dataset={}&startTime={}&endTime={}",
        encoded(&request.dataset),
        time(request.period.start()),
        time(request.period.end())
    );
    if let Some(area) = &request.area {
        let _ = write!(text, "&b={area}");
    }
    if let Some(variable) = &request.variable {
        let _ = write!(text, "&parameter={}", encoded(variable));
    }
    text + "&output=ZIP"
}
