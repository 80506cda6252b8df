//! `/capabilities`: every endpoint, and what it takes.

use super::{Answer, json, json_response};
use axum::body::Body;
use serde_json::{Map, Value, json};

/// Name, path, and what it does, and what it takes.
type Endpoint = (&'static str, &'static str, &'static str, &'static [Parameter]);
/// Name in a query, name for people, kind of value, and meaning.
type Parameter = (&'static str, &'static str, &'static str, &'static str);

const DATASET: Parameter = ("ds", "Dataset", "string", "The short name of a dataset. Required");
const DATASETS: Parameter = ("ds", "Dataset", "comma-delimited string", "One or more short names of datasets. Required");
const TWO: Parameter = ("ds", "Dataset", "comma-delimited string", "The short names of two datasets. Required");
const AREA: Parameter = (
    "b",
    "Bounding box",
    "comma-delimited float",
    "West, south, east and north in degrees; instead, minLon, minLat, maxLon and maxLat may be given. Required",
);
const START: Parameter = ("startTime", "Start Time", "string", "YYYY-MM-DDTHH:mm:ssZ or seconds since 1970-01-01. Required");
const END: Parameter = ("endTime", "End Time", "string", "YYYY-MM-DDTHH:mm:ssZ or seconds since 1970-01-01. Required");
const VARIABLE: Parameter = ("variable", "Variable", "string", "One of the dataset's variables; the first if none is named");
const LOWEST: Parameter = ("minElevation", "Minimum Elevation", "float", "In metres; minHeight and maxDepth are like it");
const HIGHEST: Parameter = ("maxElevation", "Maximum Elevation", "float", "In metres; maxHeight and minDepth are like it");
const LEAST_DEPTH: Parameter = ("depthMin", "Minimum Depth", "float", "In metres, less than depthMax");
const MOST_DEPTH: Parameter = ("depthMax", "Maximum Depth", "float", "In metres, greater than depthMin");
const MONTHS: Parameter = ("normalizeDates", "Normalize Dates", "boolean", "Moves each time to the first of its month. Default: false");
const OF_A_MAP: &[Parameter] = &[DATASET, AREA, START, END, VARIABLE, LOWEST, HIGHEST];
const OF_A_DIAGRAM: &[Parameter] = &[DATASET, AREA, START, END, MONTHS, VARIABLE, LOWEST, HIGHEST];
const NAME: Parameter = ("name", "Dataset name", "string", "The short name of the dataset. Required");
const CONFIG: Parameter =
    ("body", "Request body", "application/json", "Its variable or variables, and coords with latitude, longitude and time");
const ID: Parameter = ("id", "Execution ID", "string", "The UUID of a match-up. Required");

const ENDPOINTS: [Endpoint; 29] = [
    ("Dataset List", "/list", "Lists all datasets", &[]),
    ("DOMS Dataset Listing", "/cdmslist", "Lists all datasets, and those in situ on their own", &[]),
    (
        "Data In-Bounds Search",
        "/datainbounds",
        "Gives every sample in an area, of the stations that metadata names, or both",
        &[
            DATASET,
            AREA,
            START,
            END,
            ("metadataFilter", "Metadata Filter", "string", "field:value, may be repeated; all must hold. Required where there is no b"),
            ("parameter", "Parameter", "string", "What to call the values: sst, sss or wind"),
            ("compact", "Compact result", "boolean", "Gives a gzip file. Default: false"),
            VARIABLE,
            LOWEST,
            HIGHEST,
        ],
    ),
    (
        "Time Series Spark",
        "/timeSeriesSpark",
        "Computes area statistics for each time, of one or more datasets",
        &[
            DATASETS,
            AREA,
            START,
            END,
            ("lowPassFilter", "Apply Low Pass Filter", "boolean", "Adds the smoothed series. Default: true"),
            ("seasonalFilter", "Apply Seasonal Filter", "boolean", "Adds the series without its seasonal cycle. Default: false"),
            MONTHS,
            VARIABLE,
            LOWEST,
            HIGHEST,
        ],
    ),
    (
        "Daily Difference Average Spark",
        "/dailydifferenceaverage_spark",
        "Subtracts a climatology from a dataset, and averages the difference for each day",
        &[
            ("dataset", "Dataset", "string", "The short name of a dataset; also ds1. Required"),
            ("climatology", "Climatology", "string", "The short name of its climatology; also ds2. Required"),
            AREA,
            START,
            END,
            VARIABLE,
        ],
    ),
    ("Time Average Map Spark", "/timeAvgMapSpark", "Computes a map of the mean over time", OF_A_MAP),
    ("Temporal Variance Spark", "/varianceSpark", "Computes a map of the variance over time", OF_A_MAP),
    ("Maxima and Minima Map Spark", "/maxMinMapSpark", "Computes a map of the greatest and least values", OF_A_MAP),
    (
        "Climatology Map Spark",
        "/climMapSpark",
        "Computes a map of one month's mean over several years",
        &[
            DATASET,
            AREA,
            ("startYear", "Start Year", "int", "The first year. Required"),
            ("endYear", "End Year", "int", "The last year. Required"),
            ("month", "Month", "int", "The month, 1 to 12. Required"),
            VARIABLE,
        ],
    ),
    ("Correlation Map Spark", "/corrMapSpark", "Computes a map of the correlation of two datasets on one grid", &[TWO, AREA, START, END]),
    (
        "Correlation Map",
        "/correlationMap",
        "Computes a map of the regression of two datasets, on a grid laid over both",
        &[TWO, AREA, START, END, ("res", "Resolution", "float", "Degrees between the cells. Default: 1")],
    ),
    ("Latitude/Time HofMoeller Spark", "/latitudeTimeHofMoellerSpark", "Computes means for each time and latitude", OF_A_DIAGRAM),
    ("Longitude/Time HofMoeller Spark", "/longitudeTimeHofMoellerSpark", "Computes means for each time and longitude", OF_A_DIAGRAM),
    (
        "Standard Deviation Search",
        "/standardDeviation",
        "Gives the standard deviations that a climatology keeps at a place",
        &[
            DATASET,
            ("longitude", "Longitude", "float", "Degrees, -180 to 180. Required"),
            ("latitude", "Latitude", "float", "Degrees, -90 to 90. Required"),
            ("day", "Day of Year", "int", "1 to 366. Either this or date is required"),
            ("date", "Date", "string", "YYYY-MM-DDTHH:mm:ssZ or seconds since 1970-01-01"),
            ("allInTile", "All in Tile", "boolean", "All cells around the place instead of the nearest. Default: true"),
        ],
    ),
    (
        "CDMS Subsetter",
        "/cdmssubset",
        "Gives samples as CSV files in a ZIP",
        &[
            ("dataset", "NEXUS Dataset", "string", "The short name of a dataset. Either this or insitu is required"),
            ("insitu", "In Situ sources", "comma-delimited string", "Short names of further datasets"),
            START,
            END,
            AREA,
            LEAST_DEPTH,
            MOST_DEPTH,
            ("output", "Output", "string", "ZIP. Required"),
            ("filename", "File Name", "string", "What to call the file. Default: download.zip"),
        ],
    ),
    (
        "Matchup",
        "/match_spark",
        "Finds samples of a second dataset near those of a first",
        &[
            ("primary", "Primary Dataset", "string", "The dataset whose samples seek neighbours. Required"),
            ("secondary", "Match-Up Dataset", "string", "The dataset among whose samples they are sought. Required"),
            ("parameter", "Match-Up Parameter", "string", "The variable to take"),
            START,
            END,
            AREA,
            LEAST_DEPTH,
            MOST_DEPTH,
            ("tt", "Time Tolerance", "long", "Seconds between neighbours at most. Default: 86400"),
            ("rt", "Radius Tolerance", "float", "Metres between neighbours at most. Default: 1000"),
            ("platforms", "Platforms", "comma-delimited string", "In-situ platforms by code. Required"),
            ("matchOnce", "Match Once", "boolean", "Only the closest neighbour of each. Default: false"),
            ("prioritizeDistance", "Prioritize distance", "boolean", "The closest is nearest in place, then in time. Default: true"),
        ],
    ),
    ("Execution Status Handler", "/job", "Says how far a match-up is", &[ID]),
    ("Execution Status Handler", "/job/cancel", "Ends a match-up", &[ID]),
    (
        "DOMS Resultset Retrieval",
        "/cdmsresults",
        "Gives the pairs of a match-up",
        &[
            ID,
            ("output", "Output", "string", "JSON, CSV or NETCDF. Default: JSON"),
            ("pageNum", "Page", "int", "Which page of primaries, from 1. Default: 1"),
            ("pageSize", "Page Size", "int", "How many primaries a page has. Default: 1000"),
            ("simpleResults", "Simple Results", "boolean", "Leaves out what is not place, time or value. Default: false"),
            ("filename", "File Name", "string", "What to call the file"),
        ],
    ),
    (
        "STAC Catalog Handler",
        "^/cdmscatalog/?.*$",
        "Lists the pages of a match-up's results: /cdmscatalog/ID, /cdmscatalog/ID/FORMAT",
        &[("pageSize", "Page Size", "int", "How many primaries a page has. Default: 1000")],
    ),
    (
        "Add dataset",
        "/datasets/add",
        "Adds a dataset, where that is allowed",
        &[NAME, ("path", "Path or URL", "string", "Where it is. Required"), CONFIG],
    ),
    (
        "Update dynamically added dataset",
        "/datasets/update",
        "Changes the variables of an added dataset, where that is allowed",
        &[NAME, CONFIG],
    ),
    ("Remove dataset", "/datasets/remove", "Removes an added dataset, where that is allowed", &[NAME]),
    ("Capabilities", "/capabilities", "Lists the endpoints", &[]),
    ("Backend Services Status", "/heartbeat", "Says which datasets can be read", &[]),
    ("Version", "/version", "Says which release of NEXUS the answers are like", &[]),
    ("Health", "/health", "Shows a page on datasets, requests in flight, memory and uptime", &[]),
    ("Front page", "/", "Shows the same page", &[]),
    ("MakeError", "/makeerror", "Always fails, to test how a client shows an error", &[]),
];

pub(super) async fn capabilities() -> Answer {
    let one = |(name, path, description, parameters): Endpoint| {
        let parameters: Map<String, Value> = parameters
            .iter()
            .map(|(key, name, kind, text)| ((*key).to_owned(), json!({"name": name, "type": kind, "description": text})))
            .collect();
        json!({"name": name, "path": path, "description": description, "parameters": parameters})
    };
    Ok(json_response(Body::from(json::pretty(&ENDPOINTS.map(one), "    "))))
}
