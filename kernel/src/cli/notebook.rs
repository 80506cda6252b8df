//! `run`: notebooks executed through nbconvert, each written as a page or as an executed notebook.

use super::{Format, Outcome, RunArgs, exec::become_program, jupyter::Jupyter};
use serde_json::{Map, Value, json};
use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

/// Runs under Jupyter's Python; it shows the progress, and gives the exit code.
const EXECUTE: &str = include_str!("execute.py");
/// What it imports: parameters as Rust, the same for papermill.
const PARAMETERS: &str = include_str!("../../../kernelspec/papermill/sdap_papermill/parameters.py");

/// Executes the notebooks, one after the other.
pub(super) fn run(arguments: &RunArgs) -> Outcome {
    let jobs = jobs(arguments)?;
    if let Some(folder) = &arguments.output_dir {
        fs::create_dir_all(folder).map_err(|error| format!("cannot make the folder {}: {error}", folder.display()))?;
    }
    let parameters = parameters(&arguments.parameters)?;
    let jupyter = Jupyter::with(&["nbconvert", "nbclient"])?;
    jupyter.script("parameters.py", PARAMETERS)?;
    let script = jupyter.script("execute.py", EXECUTE)?;
    let task = json!({ "kernel": "sdap", "timeout": arguments.timeout, "parameters": parameters, "notebooks": jobs });
    become_program(jupyter.command()?.arg(script).arg(task.to_string()))
}

/// The words of the parameters, by name.
fn parameters(words: &[String]) -> Result<Map<String, Value>, String> {
    let mut parameters = Map::new();
    for pair in words.chunks_exact(2) {
        if parameters.insert(pair[0].clone(), json!(pair[1])).is_some() {
            return Err(format!("the parameter {} is given twice", pair[0]));
        }
    }
    Ok(parameters)
}

/// What to read and what to write, for each notebook.
fn jobs(arguments: &RunArgs) -> Result<Vec<Value>, String> {
    let mut writers: HashMap<PathBuf, &Path> = HashMap::new();
    let mut jobs = Vec::new();
    for notebook in &arguments.notebooks {
        if notebook.is_dir() {
            return Err(format!("{} is a folder, not a notebook", notebook.display()));
        }
        if !notebook.is_file() {
            return Err(format!("there is no notebook {}", notebook.display()));
        }
        let output = output_path(notebook, arguments);
        if let Some(other) = writers.insert(output.clone(), notebook) {
            return Err(format!("{} and {} would both be written to {}", other.display(), notebook.display(), output.display()));
        }
        let utf8 = |path: &Path| path.to_str().map(str::to_owned).ok_or_else(|| format!("{} is not valid UTF-8", path.display()));
        jobs.push(json!({ "input": utf8(notebook)?, "output": utf8(&output)? }));
    }
    Ok(jobs)
}

fn output_path(notebook: &Path, arguments: &RunArgs) -> PathBuf {
    let ending = match arguments.to {
        Format::Html => "html",
        Format::Notebook => "executed.ipynb",
    };
    let beside = notebook.with_extension(ending);
    match (&arguments.output_dir, beside.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => beside,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Command, CommandLine};
    use clap::Parser;

    fn arguments(line: &str) -> RunArgs {
        match CommandLine::try_parse_from(line.split(' ')).unwrap().command {
            Command::Run(arguments) => arguments,
            other => panic!("{other:?}"),
        }
    }

    fn output(line: &str) -> PathBuf {
        let arguments = arguments(line);
        output_path(&arguments.notebooks[0], &arguments)
    }

    #[test]
    fn the_page_is_written_beside_the_notebook_or_where_told() {
        assert_eq!(output("sdap-kernel run a/tour.ipynb"), Path::new("a/tour.html"));
        assert_eq!(output("sdap-kernel run tour.ipynb"), Path::new("tour.html"));
        assert_eq!(output("sdap-kernel run a/v1.2.ipynb --output-dir out"), Path::new("out/v1.2.html"));
    }

    #[test]
    fn an_executed_notebook_never_has_the_name_of_its_source() {
        assert_eq!(output("sdap-kernel run a/tour.ipynb --to notebook"), Path::new("a/tour.executed.ipynb"));
        assert_eq!(output("sdap-kernel run a/tour.ipynb --to notebook --output-dir a"), Path::new("a/tour.executed.ipynb"));
    }

    #[test]
    fn a_parameter_is_a_name_and_a_value_which_may_begin_with_a_hyphen() {
        let given = arguments("sdap-kernel run a.ipynb -p depth -5 --parameter area -170,-5,-120,5 b.ipynb");
        assert_eq!(given.notebooks.len(), 2);
        assert_eq!(json!(parameters(&given.parameters).unwrap()), json!({ "depth": "-5", "area": "-170,-5,-120,5" }));
        assert_eq!(parameters(&arguments("sdap-kernel run a.ipynb").parameters).unwrap(), Map::new());
        let twice = arguments("sdap-kernel run a.ipynb -p depth 5 -p depth 6");
        insta::assert_snapshot!(parameters(&twice.parameters).unwrap_err(), @"the parameter depth is given twice");
        assert!(CommandLine::try_parse_from(["sdap-kernel", "run", "a.ipynb", "-p", "depth"]).is_err());
    }

    #[test]
    fn what_is_not_there_or_would_be_written_twice_is_refused_before_anything_runs() {
        let folder = tempfile::tempdir().unwrap();
        let shown = |error: String| error.replace(folder.path().to_str().unwrap(), "DIR");
        for name in ["a", "b"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(name).join("tour.ipynb"), "{}").unwrap();
        }
        let line = |rest: &str| arguments(&format!("sdap-kernel run {}", rest.replace("DIR", folder.path().to_str().unwrap())));
        insta::assert_snapshot!(shown(jobs(&line("DIR/none.ipynb")).unwrap_err()), @"there is no notebook DIR/none.ipynb");
        insta::assert_snapshot!(shown(jobs(&line("DIR/a")).unwrap_err()), @"DIR/a is a folder, not a notebook");
        let twice = jobs(&line("DIR/a/tour.ipynb DIR/b/tour.ipynb --output-dir DIR/out")).unwrap_err();
        insta::assert_snapshot!(shown(twice), @"DIR/a/tour.ipynb and DIR/b/tour.ipynb would both be written to DIR/out/tour.html");
        assert_eq!(jobs(&line("DIR/a/tour.ipynb DIR/b/tour.ipynb")).unwrap().len(), 2);
    }
}
