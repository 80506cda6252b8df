//! `plot`, and how an answer is shown that nobody bound.

use super::{Context, Outcome, bindings::value, kinds, pictures};
use crate::{
    Bundle, Fault,
    grammar::{Drawing, PlotArgs, Projection, Showing, Verb},
    show::{self, Interactivity, Spacing, Style},
};
use sdap::{Origin, Value, figure::Figure};

/// What is shown of an answer that nobody bound: its own bundle, or its figure or table; and where it comes from.
pub(super) fn shown(value: &Value, own: Option<Bundle>, showing: &Showing) -> Result<Vec<Bundle>, Fault> {
    let what = match value {
        Value::Series(v) => counted(v.len(), "time"),
        Value::Group(v) => format!("{} × {}", counted(v.series.len(), "series"), counted(v.time().len(), "time")),
        Value::Grid(v) => counted(v.values.len(), "cell"),
        Value::Hovmoller(v) => counted(v.mean.len(), "cell"),
        Value::Points(v) => counted(v.len(), "point"),
        Value::Table(v) if show::Matchup::of(v).is_some() => counted(v.len(), "pair"),
        Value::Table(v) => counted(v.len(), "row"),
    };
    let bundle = match (own, value) {
        (Some(own), _) => own,
        (None, Value::Points(v)) => show::points(v),
        (None, Value::Table(v)) if show::Matchup::of(v).is_none() => show::table(v),
        (None, _) => drawn(value, showing)?,
    };
    let saved = showing.drawing.save.iter().map(|path| Bundle::text(format!("saved {path}")));
    // What nobody was asked has nothing to say of who answered.
    let provenance = (!value.origin().request.is_empty()).then(|| provenance(value.origin(), &what));
    Ok(std::iter::once(bundle).chain(provenance).chain(saved).collect())
}

/// One grey line: how much, how long, from where, by which request; and what a reader should know, if anything.
fn provenance(origin: &Origin, what: &str) -> Bundle {
    let head = format!("{what} · {:.3} s · {}", origin.seconds, origin.server);
    let is_url = origin.request.starts_with("http");
    let html = maud::html! {
        small style="color: gray" {
            (head) " · "
            @if is_url { a href=(origin.request) { (origin.request) } } @else { code { (origin.request) } }
            @for note in &origin.notes { br; (note) }
        }
    };
    let lines: Vec<String> = std::iter::once(origin.line(what)).chain(origin.notes.iter().cloned()).collect();
    Bundle::text(lines.join("\n")).with("text/html", html.into_string())
}

fn counted(n: usize, what: &str) -> String {
    if n == 1 || what.ends_with('s') { format!("{n} {what}") } else { format!("{n} {what}s") }
}

/// The figure that suits a value, with the words of the options; `None` of a table that is no match-up.
fn suited(value: &Value, drawing: &Drawing) -> Option<Figure> {
    let figure = match value {
        Value::Series(v) => show::series(v),
        Value::Group(v) => show::group(v),
        Value::Grid(v) => show::grid(v),
        Value::Hovmoller(v) => show::hovmoller(v),
        Value::Points(v) => show::stations(v),
        Value::Table(v) => show::Matchup::of(v)?.map(show::Colour::Difference),
    };
    Some(worded(figure, drawing))
}

fn drawn(value: &Value, showing: &Showing) -> Result<Bundle, Fault> {
    suited(value, &showing.drawing).map_or_else(|| Ok(Bundle::default()), |figure| draw(&figure, &style(showing)))
}

/// Writes the figure of an answer to the files that it is to be saved in.
pub(super) fn saved(context: &Context<'_>, value: &Value, showing: &Showing) -> Result<(), Fault> {
    let Some(path) = showing.drawing.save.first() else { return Ok(()) };
    let Some(figure) = suited(value, &showing.drawing) else {
        let fault =
            Fault::new("CannotDraw", "this answer is a table, and a table is not drawn").hint("without --save it is shown as a table");
        return Err(Fault { span: context.tokens.span_of(path), ..fault });
    };
    pictures::save(context, &figure, &style(showing), &showing.drawing).map(|_| ())
}

/// Draws a figure.
fn draw(figure: &Figure, style: &Style) -> Result<Bundle, Fault> {
    show::figure(figure, style).map_err(|e| Fault::new("CannotDraw", e.to_string()))
}

/// Draws a figure as the options want it, and saves it where they say.
pub(super) fn figure(context: &Context<'_>, figure: Figure, showing: &Showing) -> Result<Vec<Bundle>, Fault> {
    refuse_useless(context, Make::of(&figure), &showing.drawing)?;
    let figure = worded(figure, &showing.drawing);
    let style = style(showing);
    let bundle = draw(&figure, &style)?;
    let saved = pictures::save(context, &figure, &style, &showing.drawing)?;
    Ok(std::iter::once(bundle).chain(saved.into_iter().map(Bundle::text)).collect())
}

/// How the options want a figure to look.
fn style(showing: &Showing) -> Style {
    let (drawing, usual) = (&showing.drawing, Style::default());
    let (width, height) = drawing.size.unwrap_or((usual.width, usual.height));
    Style {
        width,
        height,
        dpi: drawing.dpi.unwrap_or(usual.dpi),
        interactivity: if showing.fixed { Interactivity::Static } else { Interactivity::Interactive },
        colours: drawing.cmap,
        limits: drawing.limits,
        spacing: if drawing.log { Spacing::Log } else { Spacing::Even },
        projection: match drawing.projection {
            None | Some(Projection::Platecarree) => show::Projection::PlateCarree,
            Some(Projection::Mercator) => show::Projection::Mercator,
            Some(Projection::Robinson) => show::Projection::Robinson,
            Some(Projection::Orthographic) => show::Projection::Orthographic,
        },
    }
}

pub(super) fn plot(context: &Context<'_>, args: &PlotArgs) -> Result<Outcome, Fault> {
    let (names, kind) = kinds::operands(context, args)?;
    let values = names.iter().map(|name| Ok((*name, value(context, name)?))).collect::<Result<Vec<_>, Fault>>()?;
    let figures = kinds::figures(context, &values, kind, args)?;
    if let ([_, _, ..], Some(path)) = (&figures[..], args.showing.drawing.save.first()) {
        let fault = Fault::new("CannotSave", format!("these are {} figures, and a file holds one", figures.len()))
            .hint("save each by a line of its own");
        return Err(Fault { span: context.tokens.span_of(path), ..fault });
    }
    if !figures.iter().any(|f| matches!(f, Figure::Lines(_))) {
        for (option, given) in [("--twin", args.twin), ("--every", args.every.is_some())] {
            if given {
                let fault = Fault::new("UselessOption", format!("{option} changes nothing here: nothing is drawn as lines over time"));
                return Err(Fault { span: context.tokens.span_of_option(option), ..fault.hint(format!("leave {option} out")) });
            }
        }
    }
    let drawn = figures.into_iter().map(|f| figure(context, f, &args.showing)).collect::<Result<Vec<_>, Fault>>()?;
    Ok(Outcome::Shown(drawn.into_iter().flatten().collect()))
}

/// The figure with the words that the options give.
fn worded(mut figure: Figure, drawing: &Drawing) -> Figure {
    let (title, [x, y, bar]) = match &mut figure {
        Figure::Lines(f) => (&mut f.title, [None, Some(&mut f.left), None]),
        Figure::Map(f) => (&mut f.title, [None, None, Some(&mut f.scale)]),
        Figure::Hovmoller(f) => (&mut f.title, [None, None, Some(&mut f.scale)]),
        Figure::Scatter(f) => (&mut f.title, [Some(&mut f.x.title), Some(&mut f.y.title), f.colour.as_mut().map(|c| &mut c.title)]),
        Figure::Histogram(f) => (&mut f.title, [Some(&mut f.quantity), None, None]),
        Figure::Year(f) => (&mut f.title, [None, Some(&mut f.quantity), None]),
        Figure::Heatmap(f) => (&mut f.title, [None, None, Some(&mut f.scale)]),
    };
    let words = [(Some(title), &drawing.title), (x, &drawing.xlabel), (y, &drawing.ylabel), (bar, &drawing.label)];
    for (place, text) in words {
        if let (Some(place), Some(text)) = (place, text) {
            place.clone_from(text);
        }
    }
    figure
}

/// What a figure is made of, so far as options change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Make {
    Lines,
    /// A map of values.
    Map,
    /// A map of boxes alone.
    Boxes,
    Hovmoller,
    Scatter,
    /// Dots that a third quantity colours.
    ColouredScatter,
    Histogram,
    Year,
    Heatmap,
}

impl Make {
    fn of(figure: &Figure) -> Self {
        match figure {
            Figure::Lines(_) => Self::Lines,
            Figure::Map(f) if f.cells.is_none() && f.stations.is_none() => Self::Boxes,
            Figure::Map(_) => Self::Map,
            Figure::Hovmoller(_) => Self::Hovmoller,
            Figure::Scatter(f) if f.colour.is_some() => Self::ColouredScatter,
            Figure::Scatter(_) => Self::Scatter,
            Figure::Histogram(_) => Self::Histogram,
            Figure::Year(_) => Self::Year,
            Figure::Heatmap(_) => Self::Heatmap,
        }
    }

    /// What the answer of a verb will be drawn as.
    fn of_answer(verb: &Verb) -> Option<Self> {
        match verb {
            Verb::Timeseries(_) | Verb::Anomaly(_) => Some(Self::Lines),
            Verb::Subset(args) => Some(if args.each.is_some() { Self::Lines } else { Self::Map }),
            Verb::Map(_) | Verb::Correlate(_) => Some(Self::Map),
            Verb::Hovmoller(_) => Some(Self::Hovmoller),
            _ => None,
        }
    }
}

/// Refuses, before anybody is asked, files that cannot be written and options that would change nothing.
pub(super) fn checked(context: &Context<'_>, verb: &Verb, drawing: &Drawing) -> Result<(), Fault> {
    pictures::writable(context, drawing)?;
    Make::of_answer(verb).map_or(Ok(()), |make| refuse_useless(context, make, drawing))
}

fn refuse_useless(context: &Context<'_>, make: Make, drawing: &Drawing) -> Result<(), Fault> {
    use Make::{Boxes, ColouredScatter, Heatmap, Histogram, Hovmoller, Lines, Map, Scatter, Year};
    const VALUED: [Make; 8] = [Lines, Map, Hovmoller, Scatter, ColouredScatter, Histogram, Year, Heatmap];
    let options: [(&str, bool, &[Make], &str); 7] = [
        ("--projection", drawing.projection.is_some(), &[Map, Boxes], "only a map has a projection"),
        (
            "--cmap",
            drawing.cmap.is_some(),
            &[Map, Hovmoller, Heatmap, Scatter, ColouredScatter],
            "nothing in this figure is coloured by value",
        ),
        ("--limits", drawing.limits.is_some(), &VALUED, "boxes have no values"),
        ("--log", drawing.log, &VALUED, "boxes have no values"),
        (
            "--xlabel",
            drawing.xlabel.is_some(),
            &[Scatter, ColouredScatter, Histogram],
            "its level axis is time or place, and says so itself",
        ),
        ("--ylabel", drawing.ylabel.is_some(), &[Lines, Scatter, ColouredScatter, Year], "its upright axis says itself what it is"),
        ("--label", drawing.label.is_some(), &[Map, Hovmoller, Heatmap, ColouredScatter], "this figure has no colour bar to name"),
    ];
    match options.into_iter().find(|(_, given, of, _)| *given && !of.contains(&make)) {
        Some((option, .., why)) => {
            let fault = Fault::new("UselessOption", format!("{option} changes nothing here: {why}")).hint(format!("leave {option} out"));
            Err(Fault { span: context.tokens.span_of_option(option), ..fault })
        }
        None => Ok(()),
    }
}
