//! Endpoints under each name that they have had, and those that answer no more.

use super::super::Server;
use super::super::transport::Answer;
use crate::parse::ReadError;
use crate::{Error, Result};
use std::io::Read;

/// Endpoints that were renamed: as they are called today, and before (`/domssubset` until 1.0, the others until 1.1).
const NAMES: [(&str, &str); 3] = [("/cdmsresults", "/domsresults"), ("/cdmssubset", "/domssubset"), ("/cdmslist", "/domslist")];

/// Endpoints that are dead in every release since mid 2020, or were never there, and what to ask instead.
const DEAD: [(&str, &str); 20] = [
    ("/stats", "/timeSeriesSpark answers the same"),
    ("/statsSolr", "/timeSeriesSpark answers the same"),
    ("/dailydifferenceaverage", "/dailydifferenceaverage_spark answers the same"),
    ("/latitudeTimeHofMoeller", "/latitudeTimeHofMoellerSpark answers the same"),
    ("/longitudeTimeHofMoeller", "/longitudeTimeHofMoellerSpark answers the same"),
    ("/longitudeLatitudeMap", "no endpoint computes trends; /timeAvgMapSpark maps means"),
    ("/timeAvgMap", "/timeAvgMapSpark answers the same"),
    ("/match_spark_doms", "/match_spark answers the same"),
    ("/domsmatchup", "/match_spark answers the same"),
    ("/domsplot", "/cdmsresults has the numbers to plot"),
    ("/domsvalues", "/cdmssubset sends the samples of in-situ collections"),
    ("/domsinsitusubset", "/cdmssubset sends the samples of in-situ collections"),
    ("/domsstats", "/cdmslist names the in-situ collections"),
    ("/domsmetadata", "/cdmslist describes the datasets"),
    ("/colorbar", "colour bars are drawn here, with every map"),
    ("/map", "/timeAvgMapSpark has the numbers of a map"),
    ("/tiles", "/datainbounds has the samples of tiles"),
    ("/tomogram/elevation", "/tomogram/3d shows all elevations"),
    ("/run_file", "code runs on a cluster through a Livy server"),
    ("/run_str", "code runs on a cluster through a Livy server"),
];

/// Why a dead endpoint is not asked, and what is.
pub(super) fn refusal(path: &str) -> Option<Error> {
    let (_, instead) = DEAD.iter().find(|(dead, _)| *dead == path.trim_end_matches('/'))?;
    Some(Error::Unsupported(format!("{path} is a dead endpoint of NEXUS, which no server answers today: {instead}")))
}

/// The other name of a renamed endpoint.
pub(super) fn other_name(path: &str) -> Option<&'static str> {
    NAMES.iter().find_map(|(new, old)| match path {
        _ if path == *new => Some(*old),
        _ if path == *old => Some(*new),
        _ => None,
    })
}

/// Whether a server says that it has no such endpoint. An unknown id is told as JSON.
pub(super) fn is_absent(error: &Error) -> bool {
    matches!(error, Error::WebPage { status: 404, .. })
}

/// The results of jobs, by the name that the server at hand knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Results(&'static str);

impl Results {
    /// By the name of today, until a server does not know it.
    pub(super) const fn of_today() -> Self {
        Self(NAMES[0].0)
    }

    /// Asks for results, and under their other name where the server knows none of this one.
    pub(super) async fn ask<T, F>(&mut self, server: &Server, query: &str, read: F) -> Result<Answer<T>>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Read) -> std::result::Result<T, ReadError> + Clone + Send + 'static,
    {
        match server.ask(&format!("{}?{query}", self.0), read.clone()).await {
            Err(error) if is_absent(&error) => {
                let other = NAMES[0].1;
                if self.0 == other {
                    return Err(error);
                }
                self.0 = other;
                // Whatever the old name leads to, the first answer says what is missing.
                server.ask(&format!("{other}?{query}"), read).await.map_err(|second| if is_absent(&second) { error } else { second })
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_endpoint_names_the_live_one() {
        let told = refusal("/stats").unwrap().to_string();
        assert_eq!(told, "/stats is a dead endpoint of NEXUS, which no server answers today: /timeSeriesSpark answers the same");
        assert!(refusal("/latitudeTimeHofMoeller/").is_some());
        for alive in ["/list", "/timeSeriesSpark", "/correlationMap", "/latitudeTimeHofMoellerSpark", "/domslist"] {
            assert_eq!(refusal(alive), None, "{alive}");
        }
    }

    #[test]
    fn every_renamed_endpoint_has_its_other_name() {
        assert_eq!(other_name("/domslist"), Some("/cdmslist"));
        assert_eq!(other_name("/cdmssubset"), Some("/domssubset"));
        assert_eq!(other_name("/list"), None);
    }
}
