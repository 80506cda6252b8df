//! `tomogram`: cuts through a volume, as pictures or files.

use super::{
    Context, Outcome,
    get::{checked, encoded, origin, picture, saved},
};
use crate::{
    Bundle, Fault,
    grammar::{PictureFormat, Slice, TomogramArgs},
    resolve::place,
};

pub(super) async fn tomogram(context: &Context<'_>, args: &TomogramArgs) -> Result<Outcome, Fault> {
    let file = checked(context, &args.saving)?;
    let format = format(context, args)?;
    let (asked, [name]) = context.ask_about(&args.asking, [&args.dataset]).await?;
    context.dataset(&name, &asked)?;
    let asks = address(context, args, &name, format)?;
    let body = context.answer(&asked, asked.nexus().get(&asks)).await?;
    context.remember(&asked, &asks, None);
    if let Some(file) = file {
        return saved(context, &args.saving, &file, &body).map(|line| Outcome::Shown(vec![line]));
    }
    let Some(bundle) = picture(&body) else {
        let fault = Fault::new("BadAnswer", format!("{} answered with something that is no picture", asked.nexus().name()));
        return Err(fault.hint("--save FILE writes what comes to a file"));
    };
    let line = origin(&asked, &body).line(&format!("{} of {name}", word(args.slice)));
    Ok(Outcome::Shown(vec![bundle, Bundle::text(line)]))
}

fn word(slice: Slice) -> &'static str {
    match slice {
        Slice::Longitude => "longitude",
        Slice::Latitude => "latitude",
        Slice::Profile => "profile",
        Slice::Volume => "3d",
    }
}

/// The format: what is asked for, or what the file's ending says, or a picture.
fn format(context: &Context<'_>, args: &TomogramArgs) -> Result<&'static str, Fault> {
    let by_ending = args.saving.save.as_ref().map(|file| {
        let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
        match ending.as_str() {
            "png" => Ok(PictureFormat::Png),
            "gif" => Ok(PictureFormat::Gif),
            "nc" => Ok(PictureFormat::Netcdf),
            "csv" => Ok(PictureFormat::Csv),
            "zip" => Ok(PictureFormat::Zip),
            _ => {
                let fault = Fault::new("UnknownFormat", format!("a tomogram cannot be saved as {file}"));
                let fault = fault.expected("a name that ends with .png, .gif, .nc, .csv or .zip, or --format");
                Err(Fault { span: context.tokens.span_of(file), ..fault })
            }
        }
    });
    let format = match (args.format, by_ending) {
        (Some(format), _) => format,
        (None, Some(by_ending)) => by_ending?,
        (None, None) => PictureFormat::Png,
    };
    let refused = |what: &str, expected: &str| {
        let span = context.tokens.span_of_option("--format").or_else(|| context.tokens.span_of_option("--save"));
        Err(Fault { span, ..Fault::new("BadValue", what).expected(expected) })
    };
    match (format, args.slice) {
        (PictureFormat::Csv, slice) if slice != Slice::Volume => {
            refused("only a 3d tomogram is to be had as CSV", "png, gif, netcdf or zip")
        }
        (PictureFormat::Zip, Slice::Profile | Slice::Volume) => {
            refused("only slices at a longitude or latitude are to be had as ZIP", "png, gif or netcdf")
        }
        (PictureFormat::Netcdf | PictureFormat::Csv | PictureFormat::Zip, _) if args.saving.save.is_none() => {
            refused("numbers are not shown, but saved", "--save FILE beside the format")
        }
        (PictureFormat::Png, _) => Ok("PNG"),
        (PictureFormat::Gif, _) => Ok("GIF"),
        (PictureFormat::Netcdf, _) => Ok("NETCDF"),
        (PictureFormat::Csv, _) => Ok("CSV"),
        (PictureFormat::Zip, _) => Ok("ZIP"),
    }
}

/// The path and query that asks a 1.4 server.
fn address(context: &Context<'_>, args: &TomogramArgs, dataset: &str, format: &str) -> Result<String, Fault> {
    let mut query = vec![("ds".to_owned(), dataset.to_owned())];
    let mut say = |key: &str, value: String| query.push((key.to_owned(), value));
    let lacks = |what: &str| {
        Fault::new("MissingArgument", format!("a tomogram by {} lacks {what}", word(args.slice))).at(context.tokens.behind()).expected(what)
    };
    match args.slice {
        Slice::Longitude | Slice::Latitude => {
            let (key, other) = if args.slice == Slice::Longitude { ("longitude", "Lat") } else { ("latitude", "Lon") };
            say(key, args.at.ok_or_else(|| lacks("--at DEGREES"))?.to_string());
            let (low, high) = args.between.ok_or_else(|| lacks("--between A,B"))?;
            say(&format!("min{other}"), low.to_string());
            say(&format!("max{other}"), high.to_string());
        }
        Slice::Profile => {
            for (key, place, option) in [("p1", args.from, "--from LON,LAT"), ("p2", args.to, "--to LON,LAT")] {
                let (lon, lat) = place.ok_or_else(|| lacks(option))?;
                say(key, format!("{lon},{lat}"));
            }
        }
        Slice::Volume => {
            let text = args.bbox.as_ref().ok_or_else(|| lacks("--bbox W,S,E,N"))?;
            let place = place(text, context.tokens.span_of(text), &context.session.state().regions)?;
            place.note().into_iter().for_each(|note| context.note(note));
            say("b", place.area.to_string());
        }
    }
    // The server takes whole metres alone.
    say("minElevation", args.elevation.0.floor().to_string());
    say("maxElevation", args.elevation.1.ceil().to_string());
    say("output", format.to_owned());
    for parameter in &args.parameters {
        match parameter.split_once('=') {
            // A server turns every number into NaN where it is told a parameter.
            Some((key, value)) if !key.is_empty() && key != "parameter" => say(key, value.to_owned()),
            _ => {
                let fault = Fault::new("BadValue", format!("`{parameter}` is not a parameter of a tomogram"));
                let fault = fault.expected("KEY=VALUE, such as horizontalMargin=0.001 or cmap=viridis");
                return Err(Fault { span: context.tokens.span_of(parameter), ..fault });
            }
        }
    }
    let query: Vec<String> = query.iter().map(|(key, value)| format!("{}={}", encoded(key), encoded(value))).collect();
    Ok(format!("/tomogram/{}?{}", word(args.slice), query.join("&")))
}
