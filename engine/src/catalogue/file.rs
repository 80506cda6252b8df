//! Catalogue files: datasets that are there whenever the engine runs, in TOML.
//!
//! ```toml
//! demo = true                       # the demo datasets, too; not unless it says so
//!
//! [dataset.SST]
//! place = "sst/*.nc"                # a folder, file or pattern, from where this file is; or s3://…, gs://…, https://…;
//!                                   # a table of points by its ending: .csv, .csv.gz, .parquet
//! title = "Sea surface temperature" # all else may be left out
//! climatology = "SST_MEANS"
//! attribution = "whom to thank"
//! license = "its terms"
//! ```

use super::place::is_address;
use super::{Place, Said, check_name};
use sdap_nexus::Error;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What a file lists.
pub(super) struct Listed {
    pub(super) demo: bool,
    pub(super) datasets: Vec<(String, Place, Said)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    demo: bool,
    #[serde(default)]
    dataset: BTreeMap<String, toml::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    place: String,
    title: Option<String>,
    climatology: Option<String>,
    attribution: Option<String>,
    license: Option<String>,
}

/// Reads a file. A dataset that is described wrongly has its fault for a place.
///
/// # Errors
/// If it cannot be read, is no TOML, or gives a dataset a name that none can have.
pub(super) fn read(file: &Path) -> Result<Listed, Error> {
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(|e| Error::Invalid(format!("the catalogue {name} cannot be read: {e}")))?;
    let parsed: File = toml::from_str(&text).map_err(|e| Error::Invalid(format!("{name} is no catalogue: {}", one_line(&e))))?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let one = |(name, described): (String, toml::Value)| {
        check_name(&name)?;
        Ok(match described.try_into::<Described>() {
            Ok(described) => (name, place(folder, &described.place), said(described)),
            Err(e) => (name, Place::Faulty(format!("the catalogue describes it wrongly: {}", one_line(&e))), Said::default()),
        })
    };
    Ok(Listed { demo: parsed.demo, datasets: parsed.dataset.into_iter().map(one).collect::<Result<_, Error>>()? })
}

/// A path counts from the folder of the file; an address stands by itself.
fn place(folder: &Path, stated: &str) -> Place {
    if is_address(stated) { Place::of(Path::new(stated)) } else { Place::of(&folder.join(stated)) }
}

fn said(described: Described) -> Said {
    let Described { title, attribution, license, climatology, place: _ } = described;
    let attributes = [("title", title), ("attribution", attribution), ("license", license)];
    let attributes = attributes.into_iter().filter_map(|(name, text)| Some((name, text?))).collect();
    Said { climatology, attributes, ..Said::default() }
}

fn one_line(error: &toml::de::Error) -> String {
    error.message().lines().collect::<Vec<_>>().join(" ")
}
