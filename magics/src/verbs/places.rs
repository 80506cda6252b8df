//! `region`, `regions` and `box`: areas by name, and on a map.

use super::{Context, Outcome};
use crate::{
    Bundle, Fault,
    grammar::{BoxArgs, RegionArgs},
    resolve::{Place, Region, place},
    show,
};
use sdap::{BoundingBox, Origin, Table, TableColumn, column, figure::Figure};

pub(super) fn region(context: &Context<'_>, args: &RegionArgs) -> Result<Outcome, Fault> {
    let joined = args.definition.join(" ");
    let Some((name, text)) = joined.split_once('=').map(|(n, t)| (n.trim(), t.trim())) else {
        return known_region(context, joined.trim());
    };
    let sound = name.starts_with(char::is_alphabetic) && name.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c));
    if !sound {
        let fault = Fault::new("BadName", format!("`{name}` cannot name a region")).expected("a letter, then letters, digits, _, - or .");
        return Err(Fault { span: context.tokens.span_of_part(name), ..fault });
    }
    let span = context.tokens.words.last().map(|t| t.span.clone());
    let place = place(text, span, &context.session.state().regions)?;
    let told = format!("region {name} = {}", described(&place));
    context.session.state().regions.set(Region { name: name.to_owned(), meaning: None, place });
    Ok(Outcome::Shown(vec![Bundle::text(told)]))
}

/// A place, and the box that is asked for where it is none.
fn described(place: &Place) -> String {
    match &place.shape {
        Some(shape) => format!("{}; asked for is its bounding box {}", shape.wkt, place.area),
        None => place.area.to_string(),
    }
}

/// `region NAME` alone shows it.
fn known_region(context: &Context<'_>, name: &str) -> Result<Outcome, Fault> {
    let state = context.session.state();
    if let Some(r) = state.regions.get(name) {
        Ok(Outcome::Shown(vec![Bundle::text(format!("region {} = {} ({})", r.name, described(&r.place), r.meaning.unwrap_or("yours")))]))
    } else {
        let fault = Fault::new("UnknownRegion", format!("there is no region {name}"))
            .nearest(name, state.regions.iter().map(|r| r.name.as_str()))
            .expected("NAME = W,S,E,N to add one, or the name of one");
        Err(Fault { span: context.tokens.words.get(1).map(|t| t.span.clone()), ..fault })
    }
}

pub(super) fn regions(context: &Context<'_>) -> Outcome {
    let state = context.session.state();
    let text = |f: &dyn Fn(&Region) -> String| TableColumn::Text(state.regions.iter().map(f).collect());
    let number = |f: &dyn Fn(&Region) -> f64| TableColumn::Numbers(column(state.regions.iter().map(f).collect::<Vec<_>>()));
    let table = Table {
        title: "regions".to_owned(),
        columns: vec![
            ("name".to_owned(), text(&|r| r.name.clone())),
            ("west [degrees_east]".to_owned(), number(&|r| r.place.area.west())),
            ("south [degrees_north]".to_owned(), number(&|r| r.place.area.south())),
            ("east [degrees_east]".to_owned(), number(&|r| r.place.area.east())),
            ("north [degrees_north]".to_owned(), number(&|r| r.place.area.north())),
            ("what".to_owned(), text(&|r| r.what().to_owned())),
        ],
        origin: Origin::default(),
    };
    Outcome::Shown(vec![show::table(&table)])
}

pub(super) fn draw_box(context: &Context<'_>, args: &BoxArgs) -> Result<Outcome, Fault> {
    let state = context.session.state();
    let found = |text: &String| place(text, context.tokens.span_of(text), &state.regions);
    let places = args.areas.iter().map(found).collect::<Result<Vec<_>, Fault>>()?;
    let name = |text: &String| state.regions.get(text).map_or_else(String::new, |r| r.name.clone());
    let boxes = args.areas.iter().map(name).zip(places.iter().map(|place| place.area)).collect();
    let title = match &args.areas[..] {
        [only] => state.regions.get(only).map(|r| r.title().to_owned()),
        _ => None,
    };
    drop(state);
    let mut figure = on_one_map(boxes, title);
    if let Figure::Map(map) = &mut figure {
        map.polygons = places.into_iter().filter_map(|place| place.shape).flat_map(|shape| shape.polygons).collect();
    }
    super::drawing::figure(context, figure, &args.showing).map(Outcome::Shown)
}

/// A map wide enough for all boxes, with each of them on it.
fn on_one_map(boxes: Vec<(String, BoundingBox)>, title: Option<String>) -> Figure {
    let called = |(name, area): &(String, BoundingBox)| if name.is_empty() { area.to_string() } else { name.clone() };
    let all = boxes.iter().map(|(_, area)| *area).reduce(|a, b| a.union(&b)).unwrap_or(BoundingBox::WORLD);
    let mut figure = show::region(&boxes[0].0, &all);
    if let Figure::Map(map) = &mut figure {
        map.title = title.unwrap_or_else(|| boxes.iter().map(called).collect::<Vec<_>>().join(", "));
        map.boxes = boxes;
    }
    figure
}
