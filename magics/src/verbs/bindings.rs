//! `values` and `drop`: what is bound to names.

use super::{Context, Outcome};
use crate::{Bundle, Fault, grammar::DropArgs, session::Binding, show};
use sdap::{Origin, Table, TableColumn, Value};
use std::sync::Arc;

pub(super) fn values(context: &Context<'_>) -> Outcome {
    let bindings = context.session.bindings();
    if bindings.is_empty() {
        return Outcome::Shown(vec![Bundle::text("nothing is bound yet: let NAME = %sdap … binds what a command answers")]);
    }
    let column = |text: &dyn Fn(&Binding) -> String| TableColumn::Text(bindings.iter().map(text).collect());
    let table = Table {
        title: "bound values".to_owned(),
        columns: vec![
            ("name".to_owned(), column(&|b| b.name.clone())),
            ("type".to_owned(), column(&|b| b.value.type_name().to_owned())),
            ("what".to_owned(), column(&|b| show::summary(None, &b.value))),
        ],
        origin: Origin::default(),
    };
    Outcome::Shown(vec![show::table(&table)])
}

pub(super) fn drop(context: &Context<'_>, args: &DropArgs) -> Result<Outcome, Fault> {
    for name in &args.names {
        find(context, name)?;
    }
    for name in &args.names {
        context.session.unbind(name);
    }
    Ok(Outcome::Shown(vec![Bundle::text(format!("dropped {}", args.names.join(", ")))]))
}

/// The value of a name: one that came with the command, or else a bound one.
pub(super) fn value(context: &Context<'_>, name: &str) -> Result<Arc<Value>, Fault> {
    let given = context.values.iter().find(|(given, _)| given == name);
    given.map_or_else(|| Ok(find(context, name)?.value), |(_, value)| Ok(Arc::clone(value)))
}

/// What is bound to a name.
fn find(context: &Context<'_>, name: &str) -> Result<Binding, Fault> {
    context.session.binding(name).ok_or_else(|| {
        let bindings = context.session.bindings();
        let names: Vec<&str> = bindings.iter().map(|b| b.name.as_str()).collect();
        let expected =
            if names.is_empty() { "a name that `let NAME = %sdap …` has bound; there is none yet".to_owned() } else { names.join(", ") };
        let fault = Fault::new("UnknownName", format!("nothing is bound to {name}")).expected(expected).nearest(name, names);
        Fault { span: context.tokens.span_of(name), ..fault }
    })
}
