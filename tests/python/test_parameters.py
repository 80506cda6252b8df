"""Parameters of notebooks: as Rust, and through papermill, which knows the language by our package."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import nbformat
import papermill
from papermill.exceptions import PapermillExecutionError
from sdap_papermill.parameters import Declaration, ParameterError, cell, declarations, value_of

from support import COLD_START, KERNEL

DECLARED = """// What may be set from outside.
let factor: f64 = 1.0; // times the mean
let mut label = "none; \\"yet\\"";
let months: usize = 12; let unit = String::from("K");
let levels: Vec<f64> = vec![0.0, 10.0];
let limit: Option<i32> = None;
let plain = 5;
"""


def notebook():
    """A notebook of `%sdap` and Rust with parameters."""
    made = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": KERNEL, "display_name": "SDAP", "language": "rust"}})
    parameters = 'let factor: f64 = 1.0; // times the mean\nlet label: String = "none".to_owned();'
    made.cells = [
        nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("let sst = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009\n%sdap plot sst"),
        nbformat.v4.new_code_cell('format!("{label}: {factor:?} of {}", sst.mean.len())'),
    ]
    return made


class Rust(unittest.TestCase):
    """What becomes of a parameter in Rust."""

    def test_a_cell_tells_its_parameters_with_type_default_and_remark(self):
        found = declarations(DECLARED)
        self.assertEqual(found["factor"], Declaration("f64", "1.0", "times the mean", False))
        self.assertEqual(found["label"], Declaration("&'static str", '"none; \\"yet\\""', "", True))
        types = {name: one.type for name, one in found.items() if name not in ("factor", "label")}
        self.assertEqual(types, {"months": "usize", "unit": "String", "levels": "Vec<f64>", "limit": "Option<i32>", "plain": "i32"})

    def test_a_value_takes_the_type_of_its_declaration(self):
        values = {"factor": 2, "label": "warm", "months": 6, "unit": "degC", "levels": [5, 2.5], "limit": 3, "plain": 7}
        self.assertEqual(
            cell(values, declarations(DECLARED)).splitlines(),
            [
                "// Parameters",
                "let factor: f64 = 2.0;",
                'let mut label: &\'static str = "warm";',
                "let months: usize = 6;",
                'let unit: String = "degC".to_owned();',
                "let levels: Vec<f64> = vec![5.0, 2.5];",
                "let limit: Option<i32> = Some(3);",
                "let plain: i32 = 7;",
            ],
        )

    def test_a_value_that_nothing_declares_has_its_own_type(self):
        values = {"a": 1, "b": -2.5e-7, "c": 'a "b"\\\n\t\u2028é', "d": True, "e": [1, 2.5], "f": [["x"], ["y"]], "g": float("-inf")}
        self.assertEqual(
            cell(values, comment="Parameters").splitlines()[1:],
            [
                "let a: i64 = 1;",
                "let b: f64 = -2.5e-07;",
                'let c: String = "a \\"b\\"\\\\\\n\\t\\u{2028}é".to_owned();',
                "let d: bool = true;",
                "let e: Vec<f64> = vec![1.0, 2.5];",
                'let f: Vec<Vec<String>> = vec![vec!["x".to_owned()], vec!["y".to_owned()]];',
                "let g: f64 = f64::NEG_INFINITY;",
            ],
        )

    def test_what_rust_cannot_have_is_refused_with_the_reason(self):
        cases = [
            ({"a b": 1}, "'a b' is no name for a parameter: expected a name of Rust, such as depth or start_year"),
            ({"fn": 1}, "'fn' is no name for a parameter: expected a name of Rust, such as depth or start_year"),
            ({"x": None}, "the parameter x: expected a number, true or false, a text, or a list of one of these, found null"),
            ({"x": []}, "the parameter x: expected a list with values of one type, found []"),
            ({"x": 2**70}, f"the parameter x: expected a whole number of at most 64 bits, found {2**70}"),
            ({"months": -1}, "the parameter months: expected usize, as the notebook declares it, found -1"),
            ({"months": float("nan")}, "the parameter months: expected usize, as the notebook declares it, found NaN"),
            ({"factor": "much"}, 'the parameter factor: expected f64, as the notebook declares it, found "much"'),
        ]
        for values, expected in cases:
            with self.subTest(values=values), self.assertRaises(ParameterError) as raised:
                cell(values, declarations(DECLARED))
            self.assertEqual(str(raised.exception), expected)

    def test_a_word_of_the_command_line_is_read_for_the_type(self):
        words = [("5", None, 5), ("5.0", None, 5.0), ("true", None, True), ("[1, 2]", None, [1, 2]), ("nino34", None, "nino34")]
        words += [("2009", "String", "2009"), ("true", "&str", "true"), ("None", "Option<f64>", None), ("-170,-5,-120,5", "String", "-170,-5,-120,5")]
        for word, kind, expected in words:
            self.assertEqual((value_of(word, kind), type(value_of(word, kind))), (expected, type(expected)))


class Papermill(unittest.TestCase):
    """papermill with parameters, on a notebook of `%sdap` and Rust."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        nbformat.write(notebook(), self.folder / "in.ipynb")

    def result(self):
        made = nbformat.read(self.folder / "out.ipynb", as_version=4)
        self.assertEqual(made.cells[1].metadata.tags, ["injected-parameters"])
        (result,) = [output for output in made.cells[-1].outputs if output.output_type == "execute_result"]
        return result.data["text/plain"]

    def test_the_command_injects_them(self):
        command = ["-m", "papermill", "in.ipynb", "out.ipynb", "-p", "factor", "2.5", "-p", "label", "warm \"pool\""]
        done = subprocess.run([sys.executable, *command], cwd=self.folder, capture_output=True, text=True, timeout=COLD_START)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("2.5 of 12", self.result())
        self.assertIn("pool", self.result())

    def test_the_library_injects_them_for_a_kernel_of_another_name_too(self):
        papermill.execute_notebook(self.folder / "in.ipynb", self.folder / "out.ipynb", {"label": "el niño"}, progress_bar=False)
        self.assertIn("el niño: 1.0 of 12", self.result())
        prepared = papermill.execute_notebook(
            self.folder / "in.ipynb", None, {"factor": 3.0}, kernel_name="sdap-dev", language="rust", prepare_only=True
        )
        self.assertIn("let factor: f64 = 3.0;", prepared.cells[1].source)

    def test_commands_take_them_in_braces(self):
        made = notebook()
        made.cells[0].source = 'let region: &str = "nino34";\nlet year: i32 = 2009;'
        made.cells[1].source = "let sst = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox {region} --time {year}/{year + 1}"
        made.cells[2].source = "sst.mean.len()"
        nbformat.write(made, self.folder / "in.ipynb")
        papermill.execute_notebook(self.folder / "in.ipynb", self.folder / "out.ipynb", {"year": 2007}, progress_bar=False)
        self.assertEqual(self.result(), "24")
        with self.assertRaises(PapermillExecutionError) as raised:
            papermill.execute_notebook(self.folder / "in.ipynb", None, {"region": "ninno34"}, progress_bar=False)
        self.assertEqual(raised.exception.ename, "UnknownRegion")

    def test_it_tells_what_the_notebook_takes(self):
        found = papermill.inspect_notebook(self.folder / "in.ipynb")
        self.assertEqual(found["factor"], {"name": "factor", "inferred_type_name": "f64", "default": "1.0", "help": "times the mean"})

    def test_a_value_of_another_type_than_the_cells_expect_fails(self):
        made = notebook()
        made.cells[2].source = "let scaled: f64 = 2.0 * factor;"
        nbformat.write(made, self.folder / "in.ipynb")
        with self.assertRaises(PapermillExecutionError):
            papermill.execute_notebook(self.folder / "in.ipynb", self.folder / "out.ipynb", {"factor": "much"}, progress_bar=False)


if __name__ == "__main__":
    unittest.main()
