"""Executes notebooks through nbconvert for `sdap-kernel run`: a line for each cell on standard error, a page in the end.

The one argument is JSON: the kernel's name, the longest time for a cell in seconds (or null), the words of the parameters
by name, and what to read and write.
"""

import json
import logging
import os
import re
import signal
import sys
import tempfile
import time
import warnings

import nbformat
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert.exporters import HTMLExporter
from nbconvert.preprocessors import ExecutePreprocessor

# This lies beside the script.
import parameters

# nbconvert's page without the scripts that it would fetch from elsewhere, so that it looks the same offline. Formulas
# need one: a page that has any keeps it.
OFFLINE = """
{%- extends 'index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
"""
WITHOUT_FORMULAS = "{%- block html_head_js_mathjax -%}{%- endblock -%}"
FORMULA = re.compile(r"\$\S|\\\(|\\\[|\\begin\{")
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Failed(Exception):
    """A notebook that cannot be executed to its end; the text is for the user."""


def tell(text, end="\n"):
    print(text, end=end, file=sys.stderr, flush=True)


class Execution(ExecutePreprocessor):
    """nbconvert's execution, with a line for each cell."""

    def begin(self, notebook):
        self.total = sum(1 for cell in notebook.cells if self.runs(cell))
        self.done = 0

    def runs(self, cell):
        return cell.cell_type == "code" and cell.source.strip() and self.skip_cells_with_tag not in cell.metadata.get("tags", [])

    def preprocess_cell(self, cell, resources, index):
        if not self.runs(cell):
            return cell, resources
        self.done += 1
        self.current = cell
        first_line = cell.source.strip().splitlines()[0]
        if len(first_line) > 80:
            first_line = first_line[:79] + "…"
        tell(f"  [{self.done:>{len(str(self.total))}}/{self.total}] {first_line} ", end="")
        started = time.monotonic()
        try:
            return super().preprocess_cell(cell, resources, index)
        finally:
            tell(f"({time.monotonic() - started:.2f} s)")

    def interrupted_cell(self, name, text):
        """Shows in the notebook, as its kernel cannot, why the current cell has no end."""
        self.current.outputs.append(nbformat.v4.new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"]))


def read(path):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            notebook = nbformat.read(path, as_version=4)
    except Exception as error:
        words = str(error).strip().splitlines() or [type(error).__name__]
        raise Failed(f"it is not a notebook that can be read: {words[0]}") from None
    spec = notebook.metadata.get("kernelspec", {})
    language = spec.get("language") or notebook.metadata.get("language_info", {}).get("name")
    if language and language.lower() != "rust" and not spec.get("name", "").startswith("sdap"):
        raise Failed(f"it is written in {language}, for the kernel '{spec.get('name', language)}', not for SDAP")
    return notebook


def set_parameters(notebook, words):
    """Puts a cell with the parameters behind the one that declares them, in place of one that is there."""
    if not words:
        return
    cells = [cell for cell in notebook.cells if "injected-parameters" not in cell.metadata.get("tags", [])]
    places = [index for index, cell in enumerate(cells) if "parameters" in cell.metadata.get("tags", [])]
    if not places:
        raise Failed("it takes no parameters: tag a cell 'parameters' that declares them, as in let depth: f64 = 10.0;")
    declared = parameters.declarations(cells[places[0]].source)
    for name in words:
        if name not in declared:
            raise Failed(f"it has no parameter {name}: its cell tagged 'parameters' declares {', '.join(declared) or 'none'}")
    try:
        values = {name: parameters.value_of(word, declared[name].type) for name, word in words.items()}
        source = parameters.cell(values, declared)
    except parameters.ParameterError as error:
        raise Failed(str(error)) from None
    made = nbformat.v4.new_code_cell(source.rstrip("\n"), metadata={"tags": ["injected-parameters"]})
    if (notebook.nbformat, notebook.nbformat_minor) < (4, 5):
        del made["id"]
    notebook.cells = [*cells[: places[0] + 1], made, *cells[places[0] + 1 :]]


def execute(notebook, path, task):
    """Executes the notebook in place, and returns what went wrong (in a line, and at length), or None."""
    execution = Execution(kernel_name=task["kernel"], timeout=task["timeout"])
    execution.begin(notebook)
    tell(f"{path}: {execution.total} cell{'' if execution.total == 1 else 's'}")
    resources = {"metadata": {"path": os.path.dirname(os.path.abspath(path))}}
    try:
        execution.preprocess(notebook, resources)
    except CellExecutionError as error:
        words = str(error.evalue).strip().splitlines() or [""]
        return f"cell [{execution.done}] failed: {error.ename}: {words[0]}", traceback_of(execution.current)
    except CellTimeoutError:
        text = f"not done after {task['timeout']} s"
        execution.interrupted_cell("Timeout", text)
        return f"cell [{execution.done}] failed: {text}", ""
    except DeadKernelError:
        execution.interrupted_cell("KernelDied", "the kernel ended while it ran this cell")
        return f"cell [{execution.done}] failed: the kernel ended while it ran it", ""
    except Exception as error:
        where = f"cell [{execution.done}] failed" if execution.done else "the kernel did not start"
        raise Failed(f"{where}: {error or type(error).__name__}") from None
    return None


def traceback_of(cell):
    texts = ["\n".join(output.traceback) for output in cell.outputs if output.output_type == "error"]
    text = "\n".join(texts)
    colours = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    return text if colours else ANSI.sub("", text)


def page(notebook, path):
    formulas = any(cell.cell_type == "markdown" and FORMULA.search(cell.source) for cell in notebook.cells)
    exporter = HTMLExporter(raw_template=OFFLINE if formulas else OFFLINE + WITHOUT_FORMULAS, embed_images=True)
    name = os.path.splitext(os.path.basename(path))[0]
    resources = {"metadata": {"name": name, "path": os.path.dirname(os.path.abspath(path))}}
    return exporter.from_notebook_node(notebook, resources)[0]


def write(path, text):
    """Writes aside and renames, so that a stopped run never leaves half a page."""
    folder = os.path.dirname(os.path.abspath(path))
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=folder, suffix=".part", delete=False) as aside:
        aside.write(text)
    try:
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(aside.name, 0o666 & ~mask)
        os.replace(aside.name, path)
    except BaseException:
        os.unlink(aside.name)
        raise


def run(job, task):
    """Runs one notebook, and returns whether all of it succeeded."""
    path, output = job["input"], job["output"]
    try:
        notebook = read(path)
        set_parameters(notebook, task["parameters"])
        failure = execute(notebook, path, task)
        notebook.metadata.setdefault("kernelspec", {"name": task["kernel"], "display_name": "SDAP", "language": "rust"})
        write(output, page(notebook, path) if output.endswith(".html") else nbformat.writes(notebook) + "\n")
    except Failed as error:
        tell(f"error: {path}: {error}")
        return False
    except OSError as error:
        tell(f"error: cannot write {output}: {error.strerror or error}")
        return False
    if failure:
        summary, traceback = failure
        if traceback:
            tell("\n" + traceback + "\n")
        tell(f"error: {path}: {summary}")
    print(f"wrote {output}", flush=True)
    return not failure


def main():
    # A stop by the system is an interrupt too, so that the kernel is shut down before the end.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logging.getLogger().setLevel(logging.CRITICAL)
    task = json.loads(sys.argv[1])
    try:
        succeeded = [run(job, task) for job in task["notebooks"]]
    except KeyboardInterrupt:
        tell("\ninterrupted")
        return 130
    return 0 if all(succeeded) else 1


if __name__ == "__main__":
    sys.exit(main())
