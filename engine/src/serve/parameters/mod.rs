//! The parameters of a request, read as NEXUS reads them.

mod area;
mod elevation;
mod number;
mod time;

use super::failure::Failure;
use area::parse_area;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{Uri, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use sdap::{BoundingBox, Period};
use time::parse_time;

const BOX_FORM: &str = "Must be comma-delimited float formatted as Minimum (Western) Longitude, Minimum (Southern) Latitude, \
                        Maximum (Eastern) Longitude, Maximum (Northern) Latitude";
const TIME_FORM: &str = "Can be int value seconds from epoch or string format YYYY-MM-DDTHH:mm:ssZ";

/// The names and values of a request, from its URL and from a form in its body, where the answer is JSON.
#[derive(Debug, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

/// The same where the answer may be a file.
#[derive(Debug)]
pub(super) struct AnyOutput(pub(super) Parameters);

impl<S: Send + Sync> FromRequest<S> for Parameters {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let AnyOutput(parameters) = AnyOutput::from_request(request, state).await?;
        match parameters.output().as_str() {
            "JSON" => Ok(parameters),
            form => Err(no_such_form(form).into_response()),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for AnyOutput {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let mut all = pairs(request.uri().query().unwrap_or_default().as_bytes());
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        if kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
            let body = Bytes::from_request(request, state).await.map_err(|rejection| Failure::from(rejection).into_response())?;
            all.extend(pairs(&body));
        }
        Ok(Self(Parameters(all)))
    }
}

/// What the server says of a form of answer that an endpoint does not have.
pub(super) fn no_such_form(form: &str) -> Failure {
    let into = match form {
        "CSV" => "CSV",
        "NETCDF" => "NetCDF",
        "PNG" => "an Image",
        "GIF" => "a GIF",
        "ZIP" => "Zip",
        "XML" => return Failure::internal("module 'webservice.nexus_tornado.request.renderers' has no attribute 'NexusXMLRenderer'"),
        "JSON" => "JSON",
        _ => return Failure::internal("'NoneType' object has no attribute 'render'"),
    };
    Failure::internal(format!("Unable to convert results to {into}."))
}

fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(encoded).into_owned().collect()
}

impl Parameters {
    /// Those of a URL.
    pub(super) fn of(uri: &Uri) -> Self {
        Self(pairs(uri.query().unwrap_or_default().as_bytes()))
    }

    /// The value of a parameter that is not empty; the last one counts.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(n, _)| n == name).map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// All values of a parameter.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(n, _)| n == name).map(|(_, value)| value.clone()).collect()
    }

    /// A switch, after the words that the server knows; all others mean off.
    pub(super) fn switch(&self, name: &str, default: bool) -> bool {
        self.get(name).map_or(default, |value| ["true", "1", "t", "y", "yes", "True", "T", "Y", "Yes"].contains(&value))
    }

    /// The variable to take, our extension.
    pub(super) fn variable(&self) -> Option<String> {
        self.get("variable").map(str::to_owned)
    }

    /// Dataset names; `required` is what is said where there are none.
    pub(super) fn datasets(&self, required: &str) -> Result<Vec<String>, Failure> {
        let allowed = |text: &&str| text.chars().all(|c| c.is_ascii_alphanumeric() || "_-,.".contains(c));
        let text = self.get("ds").filter(allowed).ok_or_else(|| Failure::bad(required))?;
        let names: Vec<String> = text.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        if names.is_empty() { Err(Failure::bad(required)) } else { Ok(names) }
    }

    /// The first dataset name.
    pub(super) fn dataset(&self) -> Result<String, Failure> {
        self.datasets("'ds' argument is required").map(|mut names| names.swap_remove(0))
    }

    /// The times from `startTime` to `endTime`.
    pub(super) fn period(&self) -> Result<Period, Failure> {
        let time = |name: &str| {
            let required = || Failure::bad(format!("'{name}' argument is required. {TIME_FORM}"));
            self.get(name).and_then(parse_time).ok_or_else(required)
        };
        let (start, end) = (time("startTime")?, time("endTime")?);
        Period::new(start, end).map_err(|_| {
            let text = |t: DateTime<Utc>| t.format("%Y-%m-%dT%H:%M:%S+0000");
            let received = format!("Received startTime: {}, endTime: {}", text(start), text(end));
            Failure::bad(format!("The starting time must be before the ending time. {received}"))
        })
    }

    /// A time that may be left out.
    ///
    /// # Errors
    /// If it is there and no time.
    pub(super) fn time(&self, name: &str) -> Result<Option<DateTime<Utc>>, Failure> {
        let Some(text) = self.get(name) else { return Ok(None) };
        parse_time(text).map(Some).ok_or_else(|| Failure::internal(format!("invalid literal for int() with base 10: '{text}'")))
    }

    /// The box, from `b` or from the four corners.
    pub(super) fn area(&self) -> Result<BoundingBox, Failure> {
        let required = || Failure::bad(format!("'b' argument is required. {BOX_FORM}"));
        let corners = ["minLon", "minLat", "maxLon", "maxLat"].map(|name| self.get(name));
        let text = match (self.get("b"), corners) {
            (Some(b), _) => b.to_owned(),
            (None, [Some(w), Some(s), Some(e), Some(n)]) => [w, s, e, n].join(","),
            _ => return Err(required()),
        };
        parse_area(&text).unwrap_or_else(|| Err(required()))
    }

    /// The box where corners may be left out, which then are those of the world.
    pub(super) fn area_or_world(&self) -> Result<BoundingBox, Failure> {
        if self.get("b").is_some() {
            return self.area();
        }
        let corner = |name: &str, default: &str| self.get(name).unwrap_or(default).to_owned();
        let text = [corner("minLon", "-180"), corner("minLat", "-90"), corner("maxLon", "180"), corner("maxLat", "90")].join(",");
        parse_area(&text).unwrap_or_else(|| self.area())
    }

    /// The box and the filters of a subset, of which one must be there.
    pub(super) fn area_and_filters(&self) -> Result<(Option<BoundingBox>, Vec<String>), Failure> {
        let filters = self.all("metadataFilter");
        let form = BOX_FORM.trim_start_matches("Must");
        let required = || {
            Failure::bad(format!(
                "'b' or 'metadataFilter' argument is required. 'b' must{form}. 'metadataFilter' must be in the form key:value"
            ))
        };
        match self.get("b").map(parse_area) {
            Some(Some(area)) => Ok((Some(area?), filters)),
            _ if filters.is_empty() => Err(required()),
            _ => Ok((None, filters)),
        }
    }

    /// The form of answer that is asked for: `JSON`, unless it says otherwise.
    pub(super) fn output(&self) -> String {
        self.get("output").unwrap_or("JSON").to_ascii_uppercase()
    }

    /// All names, each with its last value, in the order they came.
    pub(super) fn echo(&self) -> serde_json::Map<String, serde_json::Value> {
        self.0.iter().map(|(name, value)| (name.clone(), value.trim().into())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(query: &str) -> Parameters {
        Parameters(pairs(query.as_bytes()))
    }

    fn text(failure: &Failure) -> String {
        format!("{failure:?}")
    }

    #[test]
    fn boxes_come_in_two_forms_and_may_cross_the_antimeridian() {
        let area = |query: &str| parameters(query).area().unwrap().to_string();
        assert_eq!(area("b=-129,41,-126,43"), "-129,41,-126,43");
        assert_eq!(area("minLon=-129&minLat=41&maxLon=-126&maxLat=43"), "-129,41,-126,43");
        assert_eq!(area("b=-126,43,-129,41"), "-129,41,-126,43", "swapped corners are put in order");
        assert_eq!(area("b=170,-10,-170,10"), "170,-10,-170,10");
        assert_eq!(parameters("maxLat=10").area_or_world().unwrap().to_string(), "-180,-90,180,10");
        for bad in ["", "b=1,2,3", "b=1,2,3,x", "b=NaN,0,1,1", "minLon=1&minLat=1&maxLon=2"] {
            assert!(text(&parameters(bad).area().unwrap_err()).contains("'b' argument is required"), "{bad}");
        }
        assert!(text(&parameters("b=0,0,10,95").area().unwrap_err()).contains("latitude 95"));
    }

    #[test]
    fn the_last_value_counts_but_all_filters_do() {
        let p = parameters("ds=A&ds=B,C&metadataFilter=a:1&metadataFilter=b%3A2&lowPassFilter=TRUE&x=yes");
        assert_eq!(p.datasets("").unwrap(), ["B", "C"]);
        assert_eq!(p.area_and_filters().unwrap().1, ["a:1", "b:2"]);
        assert!(!p.switch("lowPassFilter", true) && p.switch("x", false) && p.switch("absent", true));
        assert!(parameters("ds=SST%20SMALL%3B").datasets("required").is_err());
    }
}
