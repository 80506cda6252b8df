//! `sdap-kernel run`: notebooks executed, pages written, failures told.

use crate::{JUPYTER, jupyter::told};
use serde_json::{Value, json};
use std::{fs, path::Path, process::Output};

fn code(source: &str) -> Value {
    json!({ "cell_type": "code", "execution_count": null, "metadata": {}, "outputs": [], "source": source })
}

fn markdown(source: &str) -> Value {
    json!({ "cell_type": "markdown", "metadata": {}, "source": source })
}

fn write_notebook(path: &Path, cells: &[Value]) {
    let kernelspec = json!({ "name": "sdap", "display_name": "SDAP", "language": "rust" });
    let notebook = json!({ "cells": cells, "metadata": { "kernelspec": kernelspec }, "nbformat": 4, "nbformat_minor": 4 });
    fs::write(path, notebook.to_string()).expect("the notebook can be written");
}

/// Runs `sdap-kernel run` in a folder.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    JUPYTER.program(&[&["run"], arguments].concat()).current_dir(folder).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_page_is_written_beside_the_notebook_and_fetches_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let cells = [markdown("# Sea *surface*"), code("%sdap datasets"), code("%sdap box nino34"), code("")];
    write_notebook(&folder.path().join("small.ipynb"), &cells);
    let output = run(folder.path(), &["small.ipynb"]);
    assert!(output.status.success(), "{}", told(&output));
    assert_eq!(text(&output.stdout), "wrote small.html\n");
    let progress = text(&output.stderr);
    for expected in ["small.ipynb: 2 cells\n", "[1/2] %sdap datasets (", "[2/2] %sdap box nino34 ("] {
        assert!(progress.contains(expected), "{progress}");
    }
    let page = fs::read_to_string(folder.path().join("small.html")).expect("the page is there");
    assert!(page.contains("OSTIA_SST_MONTHLY_TROPICS") && page.contains("data:image/svg+xml;base64,"));
    for fetched in ["src=\"http", "<script src", "<link", "import(\"http"] {
        assert!(!page.contains(fetched), "the page would fetch: {fetched}");
    }
}

#[test]
fn a_failing_cell_is_named_and_the_page_shows_it() {
    let folder = tempfile::tempdir().expect("a folder");
    write_notebook(
        &folder.path().join("bad.ipynb"),
        &[code("%sdap regions"), code("%sdap describe NO_SUCH_DATASET"), code("%sdap version")],
    );
    write_notebook(&folder.path().join("good.ipynb"), &[code("%sdap version")]);
    let output = run(folder.path(), &["bad.ipynb", "good.ipynb", "--output-dir", "out"]);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert_eq!(text(&output.stdout).replace('\\', "/"), "wrote out/bad.html\nwrote out/good.html\n");
    let progress = text(&output.stderr);
    assert!(progress.contains("error: bad.ipynb: cell [2] failed: ") && progress.contains("NO_SUCH_DATASET"), "{progress}");
    assert!(!progress.contains('\u{1b}'), "colours are for terminals: {progress}");
    let page = fs::read_to_string(folder.path().join("out/bad.html")).expect("the page is there");
    assert!(page.contains("NO_SUCH_DATASET"));
}

#[test]
fn an_executed_notebook_keeps_its_outputs_and_its_source_is_untouched() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("small.ipynb");
    write_notebook(&path, &[code("%sdap version")]);
    let before = fs::read(&path).expect("it is there");
    let output = run(folder.path(), &["small.ipynb", "--to", "notebook"]);
    assert!(output.status.success(), "{}", told(&output));
    assert_eq!(fs::read(&path).expect("it is there"), before);
    let executed = fs::read(folder.path().join("small.executed.ipynb")).expect("it is there");
    let executed: Value = serde_json::from_slice(&executed).expect("a notebook is JSON");
    assert_eq!(executed["cells"][0]["execution_count"], 1);
    assert!(executed["cells"][0]["outputs"][0]["data"]["text/plain"].to_string().contains("sdap-kernel"));
}

#[test]
fn a_cell_that_takes_too_long_is_stopped_and_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("an address");
    write_notebook(&folder.path().join("slow.ipynb"), &[code(&format!("%sdap target slow=http://{address}\n%sdap datasets"))]);
    let output = run(folder.path(), &["slow.ipynb", "--timeout", "2"]);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(text(&output.stderr).contains("error: slow.ipynb: cell [1] failed: not done after 2 s"), "{}", told(&output));
    let page = fs::read_to_string(folder.path().join("slow.html")).expect("the page is there");
    assert!(page.contains("not done after 2 s"));
}

#[test]
fn what_is_no_sdap_notebook_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, content: &str| fs::write(folder.path().join(name), content).expect("written");
    write("cut.ipynb", r#"{"cells": ["#);
    write("text.ipynb", "hello");
    let python = json!({ "kernelspec": { "name": "python3", "display_name": "Python 3", "language": "python" } });
    write("python.ipynb", &json!({ "cells": [], "metadata": python, "nbformat": 4, "nbformat_minor": 4 }).to_string());
    let output = run(folder.path(), &["cut.ipynb", "text.ipynb", "python.ipynb"]);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    let lines = text(&output.stderr);
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[0].starts_with("error: cut.ipynb: it is not a notebook that can be read: "), "{lines:?}");
    assert!(lines[1].starts_with("error: text.ipynb: it is not a notebook that can be read: "), "{lines:?}");
    assert_eq!(lines[2], "error: python.ipynb: it is written in python, for the kernel 'python3', not for SDAP");
    assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 3, "nothing was written");
}

#[test]
fn formulas_keep_the_script_that_draws_them() {
    let folder = tempfile::tempdir().expect("a folder");
    write_notebook(&folder.path().join("formula.ipynb"), &[markdown("The mean is $\\bar{x}$."), code("%sdap version")]);
    let output = run(folder.path(), &["formula.ipynb"]);
    assert!(output.status.success(), "{}", told(&output));
    assert!(fs::read_to_string(folder.path().join("formula.html")).expect("the page is there").contains("MathJax"));
}

/// A notebook of `%sdap` and Rust whose first cell declares a parameter.
fn write_parameterised(path: &Path) {
    let mut parameters = code("let factor: f64 = 1.0;\nlet label: String = \"none\".to_owned();");
    parameters["metadata"] = json!({ "tags": ["parameters"] });
    write_notebook(path, &[parameters, code("%sdap version"), code("format!(\"{label} {:?}\", 2.0 * factor)")]);
}

#[test]
fn parameters_follow_the_cell_that_declares_them_and_take_its_types() {
    let folder = tempfile::tempdir().expect("a folder");
    write_parameterised(&folder.path().join("in.ipynb"));
    let output = run(folder.path(), &["in.ipynb", "--to", "notebook", "-p", "factor", "-3", "-p", "label", "2009"]);
    assert!(output.status.success(), "{}", told(&output));
    let executed = fs::read(folder.path().join("in.executed.ipynb")).expect("it is there");
    let executed: Value = serde_json::from_slice(&executed).expect("a notebook is JSON");
    assert_eq!(executed["cells"][1]["metadata"]["tags"], json!(["injected-parameters"]));
    let outputs = executed["cells"][3]["outputs"].to_string();
    assert!(outputs.contains("2009 -6.0"), "{outputs}");
    let again = run(folder.path(), &["in.executed.ipynb", "--to", "notebook", "-p", "factor", "4"]);
    assert!(again.status.success(), "{}", told(&again));
    let executed = text(&fs::read(folder.path().join("in.executed.executed.ipynb")).expect("it is there"));
    assert!(executed.contains("none 8.0") && executed.matches("injected-parameters").count() == 1, "{executed}");
}

#[test]
fn a_parameter_that_the_notebook_does_not_take_is_refused_before_anything_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    write_parameterised(&folder.path().join("in.ipynb"));
    write_notebook(&folder.path().join("none.ipynb"), &[code("%sdap version")]);
    let refused = |notebook: &str, name: &str, value: &str| {
        let output = run(folder.path(), &[notebook, "-p", name, value]);
        assert_eq!(output.status.code(), Some(1), "{}", told(&output));
        text(&output.stderr)
    };
    assert_eq!(
        refused("in.ipynb", "facto", "2"),
        "error: in.ipynb: it has no parameter facto: its cell tagged 'parameters' declares factor, label\n"
    );
    assert_eq!(
        refused("in.ipynb", "factor", "much"),
        "error: in.ipynb: the parameter factor: expected f64, as the notebook declares it, found \"much\"\n"
    );
    assert_eq!(
        refused("none.ipynb", "factor", "2"),
        "error: none.ipynb: it takes no parameters: tag a cell 'parameters' that declares them, as in let depth: f64 = 10.0;\n"
    );
    assert!(!folder.path().join("in.html").exists());
}
