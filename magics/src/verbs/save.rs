//! `save`: what is bound, as a file.

use super::{Context, Outcome, bindings::value, drawing};
use crate::{
    Bundle, Fault,
    grammar::{self, SaveArgs, Verb},
    save::{self, Format, Overwrite, SaveError, Wanted},
};
use base64::Engine;
use sdap::Value;
use std::{path::PathBuf, sync::Arc};

/// The endings of formats, beside JSON, in which any number of rows has room.
const ROWS: &str = ".csv, .parquet, .zarr";

pub(super) async fn save(context: &Context<'_>, args: &SaveArgs) -> Result<Outcome, Fault> {
    let value = value(context, &args.name)?;
    let path = at_home(&args.file);
    let format = Format::of(&path).ok_or_else(|| unknown_ending(context, &args.file))?;
    let overwrite = if args.force { Overwrite::Allowed } else { Overwrite::Never };
    context.progress.stage(format!("writing {}", path.display()));
    let written = match picture(format) {
        Some(mime) => save::save_bytes(&drawn(context, &args.name, &value, mime)?, &path, overwrite),
        None => written(value, format, path.clone(), overwrite).await,
    };
    let size = written.map_err(|error| fault(context, args, &error))?;
    Ok(Outcome::Shown(vec![Bundle::text(format!("saved {} to {} · {}", args.name, path.display(), sdap::bytes(size)))]))
}

/// Writes a value on a thread that may wait. An interrupt gives the file up.
async fn written(value: Arc<Value>, format: Format, path: PathBuf, overwrite: Overwrite) -> Result<u64, SaveError> {
    let wanted = Wanted::default();
    let _waiting = wanted.while_waiting();
    let writing = tokio::task::spawn_blocking(move || save::save(&value, format, &path, overwrite, &wanted));
    writing.await.unwrap_or(Err(SaveError::GivenUp))
}

/// The type of a picture in a figure's bundle.
fn picture(format: Format) -> Option<&'static str> {
    match format {
        Format::Png => Some("image/png"),
        Format::Svg => Some("image/svg+xml"),
        _ => None,
    }
}

/// The picture that `plot NAME` shows.
fn drawn(context: &Context<'_>, name: &str, value: &Value, mime: &str) -> Result<Vec<u8>, Fault> {
    let Verb::Plot(plot) = grammar::parse_words(["plot", name, "--static"])? else { return Ok(Vec::new()) };
    let shown = drawing::plot(context, &plot).map_err(|fault| fault.hint(format!("{ROWS} and .json hold every value")))?;
    let Outcome::Shown(bundles) = shown else { return Ok(Vec::new()) };
    let content = bundles.iter().find_map(|b| b.data.get(mime)).and_then(|content| content.as_str());
    let bytes = content.and_then(|text| match mime {
        "image/png" => base64::engine::general_purpose::STANDARD.decode(text).ok(),
        _ => Some(text.as_bytes().to_vec()),
    });
    bytes.ok_or_else(|| Fault::new("CannotDraw", format!("a {} has no figure", value.type_name())))
}

/// A path that may begin with `~/`, the user's home.
pub(super) fn at_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

fn unknown_ending(context: &Context<'_>, file: &str) -> Fault {
    let endings = Format::ALL.map(|(ending, _)| ending);
    let given = file.rsplit(['/', '\\']).next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, ending)| ending);
    let message =
        if given.is_empty() { format!("{file} has no ending to tell its format") } else { format!("there is no format for .{given}") };
    let fault = Fault::new("UnknownFormat", message).expected(endings.map(|e| format!(".{e}")).join(", ")).nearest(given, endings);
    Fault { span: context.tokens.span_of(file), ..fault }
}

fn fault(context: &Context<'_>, args: &SaveArgs, error: &SaveError) -> Fault {
    let fault = Fault::new("CannotSave", error.to_string());
    let fault = match error {
        SaveError::Exists(_) => {
            fault.expected("a new name, or --force to overwrite").hint(format!("%sdap save {} {} --force", args.name, args.file))
        }
        SaveError::NoFolder(_) => fault.expected("a file in a folder that exists"),
        SaveError::Unfit(_) => fault.expected(format!("a format that holds it: {ROWS} or .json")),
        SaveError::GivenUp | SaveError::File { .. } => fault,
    };
    Fault { span: context.tokens.span_of(&args.file), ..fault }
}
