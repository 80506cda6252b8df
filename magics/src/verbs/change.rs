//! `dataset`: a server's own list of datasets, changed for everybody.

use super::{Asked, Context, Outcome, get::encoded};
use crate::{
    Bundle, Fault,
    grammar::{Change, DatasetArgs},
};
use sdap_nexus::Secret;
use serde_json::{Map, Value, json};

/// The coordinates that a server knows.
const COORDINATES: [&str; 4] = ["latitude", "longitude", "time", "depth"];

pub(super) async fn dataset(context: &Context<'_>, args: &DatasetArgs) -> Result<Outcome, Fault> {
    let body = match args.change {
        Change::Remove => None,
        Change::Add | Change::Update => Some(described(context, args)?),
    };
    let told = body.as_ref().map_or_else(String::new, |body| without_keys(body).to_string());
    let asked = context.ask(&args.asking).await?;
    if args.change != Change::Add {
        context.dataset(&args.name, &asked)?;
    }
    confirmed(context, args, &asked).await?;
    let path = address(args);
    let server = asked.nexus().name().to_owned();
    context
        .answer(&asked, asked.nexus().post(&path, "application/json", body.map(|body| body.to_string()).unwrap_or_default().into_bytes()))
        .await?;
    context.remember(&asked, &path, Some(told));
    // What is listed and completed next has it, or has it no longer.
    let listed = context.fresh_datasets(&asked).await.is_ok_and(|all| all.iter().any(|d| d.short_name == args.name));
    let name = &args.name;
    let text = match (args.change, listed) {
        (Change::Add, true) => format!("added {name} to {server}: %sdap describe {name}"),
        (Change::Add, false) => format!("added {name} to {server}, which does not list it yet: servers look for new datasets once an hour"),
        (Change::Update, _) => format!("updated {name} at {server}; what runs there keeps the old settings until it starts anew"),
        (Change::Remove, false) => format!("removed {name} from {server}; its files are where they were"),
        (Change::Remove, true) => format!("removed {name} from {server}, which still lists it: servers look anew once an hour"),
    };
    Ok(Outcome::Shown(vec![Bundle::text(text)]))
}

/// Asks before anything is changed that others use. Adding disturbs nobody.
async fn confirmed(context: &Context<'_>, args: &DatasetArgs, asked: &Asked) -> Result<(), Fault> {
    let what = match args.change {
        Change::Add => return Ok(()),
        Change::Update => "Update",
        Change::Remove => "Remove",
    };
    if args.yes {
        return Ok(());
    }
    let question = format!("{what} {} at {} for everybody? (yes or no) ", args.name, asked.nexus().name());
    let answer = context.progress.while_asking(context.given.prompts.line(&question)).await.map_err(|why| {
        Fault::new("NoAnswer", format!("nobody could say whether to {} {}: {why}", what.to_lowercase(), args.name)).hint("--yes says so")
    })?;
    if matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    Err(Fault::new("NotConfirmed", format!("{} is left as it is: the answer was not yes", args.name)).hint("--yes asks nothing"))
}

fn address(args: &DatasetArgs) -> String {
    let (what, path) = match args.change {
        Change::Add => ("add", args.path.as_deref()),
        Change::Update => ("update", args.path.as_deref()),
        Change::Remove => ("remove", None),
    };
    let path = path.map(|path| format!("&path={}", encoded(path))).unwrap_or_default();
    format!("/datasets/{what}?name={}{path}", encoded(&args.name))
}

/// What the server is told of the dataset, as JSON.
fn described(context: &Context<'_>, args: &DatasetArgs) -> Result<Value, Fault> {
    let lacks = |what: &str, expected: &str| {
        Fault::new("MissingArgument", format!("the dataset lacks {what}")).at(context.tokens.behind()).expected(expected)
    };
    if args.change == Change::Add && args.path.is_none() {
        return Err(lacks("its PATH", "a path that the server can read, or s3://BUCKET/PATH"));
    }
    let variables: Vec<&str> = args.variable.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|v| !v.is_empty()).collect();
    let mut body = Map::new();
    match &variables[..] {
        [] => return Err(lacks("its variable", "--variable NAME, or several: A,B")),
        [only] => body.insert("variable".to_owned(), json!(only)),
        several => body.insert("variables".to_owned(), json!(several)),
    };
    body.insert("coords".to_owned(), Value::Object(coordinates(context, &args.coords)?));
    if let Some(aws) = aws(args).map_err(|error| Fault::new("MissingSecret", error.to_string()))? {
        body.insert("aws".to_owned(), aws);
    }
    Ok(Value::Object(body))
}

/// The same without the keys of a bucket, to be shown.
fn without_keys(body: &Value) -> Value {
    let mut shown = body.clone();
    if let Some(aws) = shown.get_mut("aws").and_then(Value::as_object_mut) {
        for key in ["accessKeyID", "secretAccessKey"] {
            aws.entry(key).and_modify(|secret| *secret = json!("…"));
        }
    }
    shown
}

fn coordinates(context: &Context<'_>, text: &str) -> Result<Map<String, Value>, Fault> {
    let bad = |part: &str| {
        let fault = Fault::new("BadValue", format!("--coords cannot have `{part}`"))
            .expected("latitude=NAME,longitude=NAME,time=NAME, and depth=NAME where there is one");
        Fault { span: context.tokens.span_of_part(part).or_else(|| context.tokens.span_of_option("--coords")), ..fault }
    };
    let mut found = Map::new();
    for part in text.split(',') {
        match part.split_once('=') {
            Some((key, name)) if COORDINATES.contains(&key.trim()) && !name.trim().is_empty() => {
                found.insert(key.trim().to_owned(), json!(name.trim()));
            }
            _ => return Err(bad(part)),
        }
    }
    match COORDINATES[..3].iter().find(|needed| !found.contains_key(**needed)) {
        Some(missing) => Err(bad(missing)),
        None => Ok(found),
    }
}

/// How the server is to read a bucket.
fn aws(args: &DatasetArgs) -> sdap_nexus::Result<Option<Value>> {
    if args.public {
        return Ok(Some(json!({ "public": true })));
    }
    if !args.aws_env {
        return Ok(None);
    }
    let of = |variable: &str| Secret::from_environment(variable);
    let region = of("AWS_REGION").or_else(|_| of("AWS_DEFAULT_REGION"))?;
    Ok(Some(json!({
        "public": false,
        "accessKeyID": of("AWS_ACCESS_KEY_ID")?.reveal(),
        "secretAccessKey": of("AWS_SECRET_ACCESS_KEY")?.reveal(),
        "region": region.reveal(),
    })))
}
