//! What is known of endpoints by their paths alone: which of them may be asked twice, and which answers last.

use url::Url;

/// The last words of paths that start, change or end something.
const DEEDS: [&str; 11] =
    ["match_spark", "match_spark_doms", "domsmatchup", "cancel", "add", "update", "remove", "delete", "submit", "run_file", "run_str"];
/// The first words of paths whose answers are about the server and its jobs, and differ from one moment to the next.
const PASSING: [&str; 14] = [
    "list",
    "cdmslist",
    "domslist",
    "job",
    "cdmsresults",
    "domsresults",
    "cdmscatalog",
    "datasets",
    "version",
    "heartbeat",
    "capabilities",
    "delay",
    "makeerror",
    "apidocs",
];

/// Whether asking for it twice does no more than asking once. `/match_spark` starts a job each time.
pub(super) fn is_repeatable(url: &Url) -> bool {
    let words = words(url.path());
    let last = words.last().map_or("", String::as_str);
    !DEEDS.contains(&last) && !words.iter().rev().nth(1).is_some_and(|word| word == "datasets")
}

/// Whether the answer to it is data, which are the same tomorrow unless the server gets new ones.
///
/// `path` is what follows the base URL.
pub(super) fn lasts(url: &Url, path: &str) -> bool {
    is_repeatable(url) && words(path).first().is_some_and(|word| !PASSING.contains(&word.as_str()))
}

fn words(path: &str) -> Vec<String> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.split('/').filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str) -> Url {
        Url::parse(&format!("https://example.org/nexus{path}")).unwrap()
    }

    #[test]
    fn what_starts_or_changes_something_is_asked_once() {
        for path in ["/match_spark?a=1", "/match_spark/", "//Match_Spark", "/job/cancel?id=1", "/datasets/add", "/datasets/anything?x=1"] {
            assert!(!is_repeatable(&at(path)) && !lasts(&at(path), path), "{path}");
        }
        for path in ["/list", "/job?id=1", "/cdmsresults?id=1", "/timeSeriesSpark?ds=add"] {
            assert!(is_repeatable(&at(path)), "{path}");
        }
    }

    #[test]
    fn answers_about_the_server_and_its_jobs_do_not_last() {
        for path in ["/list", "job?id=1", "/cdmsresults?id=1", "/version", "/cdmscatalog/1", "/"] {
            assert!(!lasts(&at(path), path), "{path}");
        }
        for path in ["/timeSeriesSpark?ds=list", "datainbounds?b=1", "/tomogram/elevation"] {
            assert!(lasts(&at(path), path), "{path}");
        }
    }
}
