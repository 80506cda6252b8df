//! The endpoints of servers: those that answer, those that are named somewhere and answer no more, and those that change something.

/// Every endpoint that a 1.4 server answers and that changes nothing, and what it answers with.
pub(crate) const ENDPOINTS: &[(&str, &str)] = &[
    ("/list", "the datasets"),
    ("/cdmslist", "the datasets and in-situ collections with what is known of them; slow"),
    ("/datainbounds", "samples: %sdap subset"),
    ("/timeSeriesSpark", "area statistics for each time: %sdap timeseries"),
    ("/dailydifferenceaverage_spark", "the difference from a climatology: %sdap anomaly"),
    ("/timeAvgMapSpark", "the mean over time in each cell: %sdap map"),
    ("/varianceSpark", "the variance over time in each cell: %sdap map --stat variance"),
    ("/maxMinMapSpark", "the extremes over time in each cell: %sdap map --stat max"),
    ("/climMapSpark", "the mean of one calendar month: %sdap map --stat climatology"),
    ("/corrMapSpark", "the correlation in each cell: %sdap correlate"),
    ("/correlationMap", "a regression in each cell: %sdap correlate --stat slope"),
    ("/latitudeTimeHofMoellerSpark", "time against latitude: %sdap hovmoller --axis latitude"),
    ("/longitudeTimeHofMoellerSpark", "time against longitude: %sdap hovmoller --axis longitude"),
    ("/standardDeviation", "what a climatology keeps: %sdap stddev"),
    ("/tomogram/longitude", "a picture: %sdap tomogram longitude"),
    ("/tomogram/latitude", "a picture: %sdap tomogram latitude"),
    ("/tomogram/profile", "a picture: %sdap tomogram profile"),
    ("/tomogram/3d", "a picture: %sdap tomogram 3d"),
    ("/cdmssubset", "samples as a ZIP file: %sdap subset --zip"),
    ("/job", "how far a job is: %sdap job"),
    ("/cdmsresults", "what a job found: %sdap results"),
    ("/cdmscatalog", "where the results of a job are: %sdap catalog"),
    ("/capabilities", "the endpoints: %sdap capabilities"),
    ("/heartbeat", "whether what the server needs is there: %sdap heartbeat"),
    ("/version", "the version: %sdap version"),
];

/// What to do instead of asking an endpoint that is dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::verbs) struct Dead {
    /// What there is to say of it, beginning with a comma, or nothing.
    pub(in crate::verbs) why: &'static str,
    /// The endpoint that lives, and its verb.
    pub(in crate::verbs) live: &'static str,
}

const SPARK: &str = ", since 2020";
const DOMS: &str = ", since 2020, though some list it";
const NEVER: &str = ", for no release has it switched on";

/// Every dead endpoint, and what lives in its place.
const DEAD: [(&str, &str, &str); 20] = [
    ("/stats", SPARK, "/timeSeriesSpark: %sdap timeseries DATASET"),
    ("/statsSolr", SPARK, "/timeSeriesSpark: %sdap timeseries DATASET"),
    ("/dailydifferenceaverage", SPARK, "/dailydifferenceaverage_spark: %sdap anomaly DATASET"),
    ("/latitudeTimeHofMoeller", SPARK, "/latitudeTimeHofMoellerSpark: %sdap hovmoller DATASET --axis latitude"),
    ("/longitudeTimeHofMoeller", SPARK, "/longitudeTimeHofMoellerSpark: %sdap hovmoller DATASET --axis longitude"),
    ("/longitudeLatitudeMap", ", since 2018", "/timeAvgMapSpark: %sdap map DATASET; /correlationMap: %sdap correlate A B --stat slope"),
    ("/match_spark_doms", ", since 1.2", "/match_spark: %sdap matchup A B"),
    ("/domsmatchup", DOMS, "/match_spark: %sdap matchup A B"),
    ("/domsvalues", DOMS, "/cdmssubset: %sdap subset DATASET --zip FILE"),
    ("/domsinsitusubset", DOMS, "/cdmssubset: %sdap subset DATASET --zip FILE"),
    ("/domsstats", DOMS, "/cdmsresults: %sdap results ID"),
    ("/domsmetadata", DOMS, "/cdmslist: %sdap get /cdmslist"),
    ("/domsplot", ", since 1.2", "/cdmsresults: let pairs = %sdap results ID, and %sdap plot pairs"),
    ("/timeAvgMap", NEVER, "/timeAvgMapSpark: %sdap map DATASET"),
    ("/map", NEVER, "/timeAvgMapSpark: %sdap map DATASET"),
    ("/tiles", NEVER, "/list: %sdap describe DATASET"),
    ("/colorbar", NEVER, "/timeAvgMapSpark: %sdap map DATASET --cmap NAME draws its own"),
    ("/tomogram/elevation", NEVER, "/tomogram/longitude, /latitude, /profile and /3d: %sdap tomogram"),
    ("/run_file", ", for it belonged to another program", "a Rust cell computes on what %sdap has bound"),
    ("/run_str", ", for it belonged to another program", "a Rust cell computes on what %sdap has bound"),
];

/// Endpoints that start, end or change something, and the verb that does so.
const CHANGING: [(&str, &str); 5] = [
    ("/match_spark", "%sdap matchup A B --detach starts a job"),
    ("/job/cancel", "%sdap cancel ID"),
    ("/datasets/add", "%sdap dataset add NAME PATH --variable V"),
    ("/datasets/update", "%sdap dataset update NAME PATH --variable V"),
    ("/datasets/remove", "%sdap dataset remove NAME"),
];

/// What lives in the place of a dead endpoint; `None` of one that lives.
pub(in crate::verbs) fn instead_of(path: &str) -> Option<Dead> {
    DEAD.iter().find(|(dead, ..)| dead.eq_ignore_ascii_case(path)).map(|(_, why, live)| Dead { why, live })
}

/// The verb for an endpoint that changes something.
pub(super) fn changing(path: &str) -> Option<&'static str> {
    CHANGING.iter().find(|(changing, _)| changing.eq_ignore_ascii_case(path)).map(|(_, verb)| *verb)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar;

    #[test]
    fn what_is_offered_instead_begins_with_verbs_that_there_are() {
        let offered = DEAD.iter().map(|(_, _, live)| *live).chain(CHANGING.iter().map(|(_, verb)| *verb));
        for text in offered {
            for verb in text.split("%sdap ").skip(1).filter_map(|rest| rest.split_whitespace().next()) {
                let known = grammar::verbs();
                assert!(known.iter().any(|v| v == verb) || verb == "has", "{verb} in {text}");
            }
        }
    }
}
