"""JupyterLab in Chromium: what a user of the SDAP kernel sees, types and stops."""

import faulthandler
import json
import socket
import threading
import time
import unittest

import nbformat

from lab import CELLS, COLD_START, LOADED, OPEN, PAINTED, Browser, Lab

SERIES = "let sst = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009\n%sdap plot sst"
MAP = "%sdap map OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009"

# A test that hangs says where, and ends.
faulthandler.dump_traceback_later(1500, exit=True)


class JupyterLab(unittest.TestCase):
    """One JupyterLab for all tests, with a page and a notebook for each."""

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.close)
        cls.browser = Browser(cls.lab)
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        self.page = self.browser.page()
        self.addCleanup(self.end)

    def end(self):
        self.page.close()
        for kernel in json.loads(self.lab.ask("/api/kernels")):
            self.lab.ask(f"/api/kernels/{kernel['id']}", "DELETE")
        refused, self.browser.refused = self.browser.refused, []
        self.assertEqual(refused, [], "the page asked the outside")

    def open(self, *cells, name=None):
        """Opens a notebook with these cells."""
        made = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "sdap", "display_name": "SDAP", "language": "rust"}})
        made.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
        path = self.lab.folder / (name or f"{self._testMethodName}.ipynb")
        nbformat.write(made, path)
        self.page.evaluate(OPEN, path.name)
        return path

    def command(self, name):
        self.page.evaluate("name => window.jupyterapp.commands.execute(name)", name)

    def run_all(self):
        self.command("notebook:run-all-cells")
        return self.cells()

    def cells(self):
        return self.page.evaluate(CELLS)

    def wait_for(self, true, what, seconds=60):
        """Waits until something is so, and returns the seconds that it took."""
        started = time.monotonic()
        while not true():
            self.assertLess(time.monotonic() - started, seconds, f"never: {what}")
            self.page.wait_for_timeout(50)
        return time.monotonic() - started

    def type_into(self, cell, text):
        """Puts the cursor at the end of a cell, as a click and the End key do, and types."""
        self.page.locator(".jp-CodeCell .cm-content").nth(cell).click()
        self.page.keyboard.press("Control+End")
        self.page.keyboard.type(text)

    def assert_drawn(self, selector, test):
        """Waits for the element, and tests it in the page."""
        element = self.page.wait_for_selector(selector, state="attached")
        element.scroll_into_view_if_needed()
        self.wait_for(lambda: self.page.locator(selector).first.evaluate(test), f"{selector} is drawn")

    def test_a_request_to_the_outside_would_be_listed(self):
        outside = "https://cdn.example.org/script.js"
        self.assertFalse(self.page.evaluate("url => fetch(url).then(() => true, () => false)", outside))
        self.assertEqual(self.browser.refused, [outside])
        self.browser.refused.clear()

    def test_sdap_is_picked_in_the_launcher_and_runs_a_cell(self):
        card = self.page.locator('.jp-LauncherCard[data-category="Notebook"]', has_text="SDAP")
        self.assertTrue(card.locator("img, svg").first.evaluate("logo => !logo.decode || logo.decode().then(() => true)"))
        card.click()
        self.page.wait_for_selector(".jp-CodeCell .cm-content")
        self.page.wait_for_function("window.jupyterapp.shell.currentWidget.sessionContext?.session?.kernel?.status === 'idle'")
        self.type_into(0, "%sdap version")
        self.page.keyboard.press("Shift+Enter")
        self.page.wait_for_selector('.jp-OutputArea-output:has-text("sdap-kernel")')
        self.assertEqual(self.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.name"), "sdap")
        first = self.cells()[0]
        self.assertEqual((first["source"], first["count"]), ("%sdap version", 1))

    def test_a_series_is_a_chart_with_a_picture_beside_it(self):
        self.open(SERIES)
        (cell,) = self.run_all()
        figures = [one["data"] for one in cell["outputs"] if "image/png" in one.get("data", {})]
        self.assertTrue(figures, cell["outputs"])
        for figure in figures:
            self.assertLessEqual({"application/vnd.vegalite.v5+json", "image/svg+xml", "text/plain"}, figure.keys())
        self.assertIn("application/vnd.vegalite.v5+json", cell["drawn"])
        self.assert_drawn(".vega-embed canvas", PAINTED)
        self.assertEqual(self.page.locator(".jp-OutputArea-output:has-text('Javascript Error')").count(), 0)

    def test_a_map_is_a_drawing_with_a_picture_beside_it(self):
        self.open(MAP)
        (cell,) = self.run_all()
        at = cell["drawn"].index("image/svg+xml")
        self.assertIn("image/png", cell["outputs"][at]["data"])
        self.assert_drawn('.jp-OutputArea-output[data-mime-type="image/svg+xml"] img', LOADED)

    def test_a_table_lists_the_datasets(self):
        self.open("%sdap datasets")
        (cell,) = self.run_all()
        self.assertIn("text/html", cell["drawn"])
        table = self.page.locator(".jp-RenderedHTML table").first
        self.assertIn("OSTIA_SST_MONTHLY_TROPICS", table.inner_text())
        self.assertGreater(table.bounding_box()["width"], 200)

    def test_tab_inserts_the_name_of_a_dataset(self):
        self.open("")
        self.type_into(0, "%sdap timeseries OSTIA")
        self.page.keyboard.press("Tab")
        whole = "%sdap timeseries OSTIA_SST_MONTHLY_TROPICS"
        popup = self.page.locator(".jp-Completer:not(.lm-mod-hidden)")
        self.wait_for(lambda: popup.count() or self.cells()[0]["source"] == whole, "a completion")
        if self.cells()[0]["source"] != whole:
            popup.locator(".jp-Completer-item", has_text="OSTIA_SST_MONTHLY_TROPICS").first.click()
        self.wait_for(lambda: self.cells()[0]["source"] == whole, f"{self.cells()[0]['source']} becomes {whole}")

    def test_tab_inserts_a_field_of_a_bound_value(self):
        self.open("let sst = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009", "")
        self.run_all()
        self.type_into(1, "sst.mea")

        # Nothing but the analysis knows fields, and it loads once it has been asked.
        def completed():
            self.page.keyboard.press("Tab")
            self.page.wait_for_timeout(1500)
            return self.cells()[1]["source"] == "sst.mean"

        self.wait_for(completed, "the field is completed", seconds=COLD_START)

    def test_shift_tab_explains_a_verb(self):
        self.open("")
        self.type_into(0, "%sdap timeseries")
        self.page.keyboard.press("Shift+Tab")
        tooltip = self.page.locator(".jp-Tooltip")
        tooltip.wait_for()
        text = tooltip.inner_text()
        self.assertIn("timeseries", text)
        self.assertIn("--bbox", text)

    def interrupt(self):
        """Presses the stop button of the notebook; the seconds until the first cell has ended."""
        self.assertEqual(self.cells()[0]["prompt"].strip(), "[*]:")
        self.page.locator('.jp-NotebookPanel-toolbar [data-command="notebook:interrupt-kernel"]').first.click()
        return self.wait_for(lambda: "*" not in self.cells()[0]["prompt"], "the cell ends", seconds=30)

    def start(self):
        self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")

    def run_last(self):
        self.page.evaluate("""() => {
            const notebook = window.jupyterapp.shell.currentWidget.content;
            notebook.activeCellIndex = notebook.widgets.length - 1;
        }""")
        self.command("notebook:run-cell")
        return self.cells()[-1]

    def test_the_stop_button_ends_a_sleeping_rust_cell_and_the_kernel_goes_on(self):
        self.open('println!("asleep");\nstd::thread::sleep(std::time::Duration::from_secs(300));', "40 + 2")
        self.start()
        asleep = lambda: any("asleep" in output.get("text", "") for output in self.cells()[0]["outputs"])
        self.wait_for(asleep, "the cell prints", seconds=COLD_START)
        self.assertLess(self.interrupt(), 5)
        self.assertEqual(self.cells()[0]["outputs"][-1]["output_type"], "error")
        last = self.run_last()
        self.assertEqual(last["outputs"][0]["data"]["text/plain"], "42")

    def test_the_stop_button_ends_a_query_to_a_server_that_does_not_answer(self):
        silent = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(silent.close)
        asked = threading.Event()
        connections = []

        def listen():
            connections.append(silent.accept()[0])
            asked.set()

        threading.Thread(target=listen, daemon=True).start()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        self.open(f"%sdap target silent={address}\n%sdap datasets", "%sdap target embedded\n%sdap datasets")
        self.start()
        self.wait_for(asked.is_set, "the server is asked")
        self.addCleanup(connections[0].close)
        self.assertLess(self.interrupt(), 3)
        self.assertEqual(self.cells()[0]["outputs"][-1]["output_type"], "error")
        self.assertIn("OSTIA_SST_MONTHLY_TROPICS", json.dumps(self.run_last()["outputs"]))

    def test_restart_and_run_all_makes_everything_anew(self):
        self.open(SERIES, "sst.mean.len()", "%sdap values")
        before = self.run_all()
        self.run_all()
        self.assertEqual([cell["count"] for cell in self.cells()], [4, 5, 6])
        self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:restart-run-all'); }")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        again = lambda: [cell["count"] for cell in self.cells()] == [1, 2, 3] and self.cells()[2]["outputs"]
        self.wait_for(again, "all cells have run from the start", seconds=COLD_START)
        for one, other in zip(before, self.cells()):
            self.assertEqual([output["output_type"] for output in one["outputs"]], [output["output_type"] for output in other["outputs"]])
            self.assertEqual(one["drawn"], other["drawn"])
        results = [output for output in self.cells()[1]["outputs"] if output["output_type"] == "execute_result"]
        self.assertEqual([result["data"]["text/plain"] for result in results], ["12"])

    def test_a_notebook_from_somebody_else_still_shows_its_figures(self):
        path = self.open(SERIES, MAP, "%sdap datasets")
        self.run_all()
        self.command("docmanager:save")
        self.wait_for(lambda: "image/png" in path.read_text(), "the notebook is saved")
        self.page.close()
        # JupyterLab trusts what it ran itself by the hash of the content, which is another one now.
        sent = nbformat.read(path, as_version=4)
        sent.cells.insert(0, nbformat.v4.new_markdown_cell("Sent by mail."))
        other = self.lab.folder / "from_somebody_else.ipynb"
        nbformat.write(sent, other)
        self.page = self.browser.page()
        self.page.evaluate(OPEN, other.name)
        series, sea, table = self.cells()
        self.assertEqual([cell["trusted"] for cell in (series, sea, table)], [False] * 3)
        self.assertTrue(set(series["drawn"]) & {"application/vnd.vegalite.v5+json", "image/png"}, series["drawn"])
        self.assertIn("image/png", sea["drawn"])
        self.assert_drawn('.jp-OutputArea-output[data-mime-type="image/png"] img', LOADED)
        self.assertEqual(self.page.locator('[data-mime-type="image/svg+xml"]').count(), 0)
        self.assertIn("OSTIA_SST_MONTHLY_TROPICS", self.page.locator(".jp-RenderedHTML table").first.inner_text())


if __name__ == "__main__":
    unittest.main()
