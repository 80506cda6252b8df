"""Every kind of figure and table in JupyterLab by day and by night, in a notebook from somebody else, and on nbconvert's page.

Set SDAP_PICTURES to a folder to keep a picture of each output in each place, for somebody to look at.
"""

import base64
import faulthandler
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

import nbformat

from lab import CELLS, COLD_START, LOADED, OPEN, Browser, Lab

faulthandler.dump_traceback_later(1500, exit=True)

CHART, DRAWING, PICTURE, TABLE = "application/vnd.vegalite.v5+json", "image/svg+xml", "image/png", "text/html"
# What the figures are of: answers of the demo datasets, and a match-up made in Rust.
VALUES = """
let sst = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34
let rain = %sdap timeseries NCLIMDIV_PRECIP_MONTHLY --bbox virginia --time 2008/2017
let rivers = %sdap subset USGS_VA_DISCHARGE_DAILY --time 2017 --each rivid=2016500,2019500,2025500
let stations = %sdap subset USGS_VA_DISCHARGE_DAILY --time 2017-05-01
let before = %sdap map OSTIA_SST_MONTHLY_TROPICS --bbox 120,-5,-75,5 --time 2008-06/2009-04
let after = %sdap map OSTIA_SST_MONTHLY_TROPICS --bbox 120,-5,-75,5 --time 2009-06/2010-04
let waves = %sdap hovmoller OSTIA_SST_MONTHLY_TROPICS --bbox 120,-5,-70,5
"""
PAIRS = """
{
    let n = 40;
    let wave = |i: usize, by: f64| (i as f64 * by).sin();
    let numbers = |name: &str, of: &dyn Fn(usize) -> f64| {
        (name.to_owned(), sdap::TableColumn::Numbers(sdap::column((0..n).map(of).collect::<Vec<_>>())))
    };
    sdap::bind("pairs", sdap::Table {
        title: "SATELLITE_SST matched with SHIPS".to_owned(),
        columns: vec![
            numbers("primary lat [degrees_north]", &|i| 20.0 + 9.0 * wave(i, 1.7)),
            numbers("primary lon [degrees_east]", &|i| 180.0 + 9.0 * wave(i, 2.3)),
            numbers("primary sea_surface_temperature [degree_Celsius]", &|i| 20.0 + 3.0 * wave(i, 1.1)),
            numbers("secondary lat [degrees_north]", &|i| 20.2 + 9.0 * wave(i, 1.7)),
            numbers("secondary lon [degrees_east]", &|i| 180.1 + 9.0 * wave(i, 2.3)),
            numbers("secondary sea_surface_temperature [degree_Celsius]", &|i| 20.3 + 2.9 * wave(i, 1.1)),
        ],
        origin: sdap::Origin { synthetic: true, ..sdap::Origin::default() },
    })?;
}
"""
# Each kind by name: its cell, and what JupyterLab draws of it.
KINDS = {
    "line": ("%sdap plot sst", CHART),
    "lines": ("%sdap plot rivers", CHART),
    "band": ("%sdap plot sst --band", CHART),
    "errorbars": ("%sdap plot sst --kind errorbars --every 3", CHART),
    "axes": ("%sdap plot rain rivers", CHART),
    "scatter": ("%sdap plot sst rain --kind scatter", CHART),
    "histogram": ("%sdap plot sst --kind histogram", CHART),
    "year": ("%sdap plot rain --kind year", CHART),
    "heatmap": ("%sdap plot sst --kind heatmap", CHART),
    "matchup-scatter": ("%sdap plot pairs --kind scatter", CHART),
    "map": ("%sdap plot after", DRAWING),
    "map-mercator": ("%sdap plot after --projection mercator", DRAWING),
    "map-robinson": ("%sdap map COADS_CLIMATOLOGY --variable airt --bbox world --projection robinson", DRAWING),
    "map-orthographic": ("%sdap plot after --projection orthographic", DRAWING),
    "difference": ("%sdap plot after - before", DRAWING),
    "correlation": ("%sdap correlate OSTIA_SST_MONTHLY_TROPICS OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2007/2008", DRAWING),
    "hovmoller": ("%sdap plot waves", DRAWING),
    "box": ("%sdap box nino34 nino12", DRAWING),
    "polygon": ("%sdap box 'POLYGON((-160 -20, -120 -10, -140 30, -160 -20))'", DRAWING),
    "stations": ("%sdap plot stations", DRAWING),
    "matchup": ("%sdap plot pairs", DRAWING),
    "datasets": ("%sdap datasets", TABLE),
    "table": ("%sdap table sst", TABLE),
    "points": ("%sdap table stations", TABLE),
    "pairs": ("%sdap table pairs", TABLE),
    "card": ("%sdap describe waves", TABLE),
    "dataset": ("%sdap describe OSTIA_SST_MONTHLY_TROPICS", TABLE),
}
# The lightness of a picture's corner, 0 to 255, and how far its pixels are from all being alike.
LIGHT = """async png => {
    const image = new Image();
    image.src = 'data:image/png;base64,' + png;
    await image.decode();
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const values = (width, height) => {
        const bytes = context.getImageData(2, 2, width, height).data;
        return Array.from({length: bytes.length / 4}, (_, i) => (bytes[4 * i] + bytes[4 * i + 1] + bytes[4 * i + 2]) / 3);
    };
    const mean = of => of.reduce((a, b) => a + b, 0) / of.length;
    const all = values(canvas.width - 4, canvas.height - 4), middle = mean(all);
    return {corner: mean(values(4, 4)), spread: Math.sqrt(mean(all.map(v => (v - middle) ** 2)))};
}"""
# What of an output holds the figure or table, by what is drawn of it.
HOLDS = {
    CHART: ".vega-embed canvas",
    DRAWING: f'[data-mime-type="{DRAWING}"] img',
    PICTURE: f'[data-mime-type="{PICTURE}"] img',
    TABLE: f'[data-mime-type="{TABLE}"] table',
}
# How dark the corner of a figure is at most by night, and how light at least by day.
DARK, DAY = 90, 200


class Figures(unittest.TestCase):
    """One notebook with every kind, run once, and then shown in each place."""

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.close)
        cls.browser = Browser(cls.lab)
        cls.addClassCleanup(cls.browser.close)
        made = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "sdap", "display_name": "SDAP", "language": "rust"}})
        made.cells = [nbformat.v4.new_code_cell(cell.strip()) for cell in (VALUES, PAIRS, *(cell for cell, _ in KINDS.values()))]
        cls.notebook = cls.lab.folder / "figures.ipynb"
        nbformat.write(made, cls.notebook)
        page = cls.browser.page()
        page.evaluate(OPEN, cls.notebook.name)
        page.set_default_timeout(COLD_START * 1000)
        page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
        cls.lab.ask("/api/status")
        failed = [out for cell in page.evaluate(CELLS) for out in cell["outputs"] if out["output_type"] == "error"]
        assert not failed, failed
        page.close()

    def setUp(self):
        self.page = self.browser.page()
        self.addCleanup(self.end)

    def end(self):
        self.page.close()
        refused, self.browser.refused = self.browser.refused, []
        self.assertEqual(refused, [], "the page asked the outside")

    def open(self, path, theme="JupyterLab Light"):
        self.page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
        self.page.wait_for_function("light => document.body.dataset.jpThemeLight === light", arg=str(theme.endswith("Light")).lower())
        self.page.evaluate(OPEN, path.name)

    def outputs(self):
        """Each kind, what is drawn of it, and its output in the page."""
        cells = self.page.evaluate(CELLS)[2:]
        self.assertEqual(len(cells), len(KINDS))
        for at, (name, cell) in enumerate(zip(KINDS, cells)):
            yield name, cell["drawn"], self.page.locator(".jp-CodeCell").nth(at + 2)

    def seen(self, name, place, element):
        """The figure as somebody sees it: its picture is kept if that is wanted, and looked at for what a program can see."""
        element.scroll_into_view_if_needed()
        if element.evaluate("e => e.tagName === 'IMG'"):
            self.assertTrue(element.evaluate(LOADED), f"{name} is drawn in {place}")
        png = element.screenshot()
        if folder := os.environ.get("SDAP_PICTURES"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            Path(folder, f"{name}.{place}.png").write_bytes(png)
        light = self.page.evaluate(LIGHT, base64.b64encode(png).decode())
        self.assertGreater(light["spread"], 5, f"{name} shows something in {place}")
        return light["corner"]

    def shown(self, place, drawn_instead=None):
        """All kinds in one place; the lightness of each."""
        corners = {}
        for name, drawn, cell in self.outputs():
            kind = KINDS[name][1]
            kind = (drawn_instead or {}).get(kind, kind)
            self.assertIn(kind, drawn, f"{name} in {place}")
            element = cell.locator(HOLDS[kind]).first
            element.wait_for()
            corners[name] = self.seen(name, place, element)
        return corners

    def test_every_kind_is_seen_by_day(self):
        self.open(self.notebook)
        for name, corner in self.shown("light").items():
            self.assertGreater(corner, DAY, name)

    def test_every_kind_is_seen_by_night(self):
        self.open(self.notebook, theme="JupyterLab Dark")
        for name, corner in self.shown("dark").items():
            self.assertLess(corner, DARK, name)

    def test_a_light_page_stays_light_where_the_system_is_dark(self):
        self.page.emulate_media(color_scheme="dark")
        self.open(self.notebook)
        for name, corner in self.shown("light-in-dark").items():
            self.assertGreater(corner, DAY, name)

    def test_a_notebook_from_somebody_else_shows_pictures_of_what_it_may_not_draw(self):
        # JupyterLab trusts what it ran itself by the hash of the content, which is another one now.
        sent = nbformat.read(self.notebook, as_version=4)
        sent.cells.insert(0, nbformat.v4.new_markdown_cell("Sent by mail."))
        other = self.lab.folder / "from_somebody_else.ipynb"
        nbformat.write(sent, other)
        self.open(other)
        self.assertEqual({cell["trusted"] for cell in self.page.evaluate(CELLS)}, {False})
        for name, corner in self.shown("untrusted", drawn_instead={DRAWING: PICTURE}).items():
            self.assertGreater(corner, DAY, name)
        self.assertEqual(self.page.locator('[data-mime-type="image/svg+xml"]').count(), 0)

    def test_the_page_that_nbconvert_makes_shows_every_kind(self):
        arguments = ["-m", "nbconvert", "--to", "html", "--output-dir", str(self.lab.home), str(self.notebook)]
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        html = (self.lab.home / "figures.html").read_text()
        # nbconvert takes scripts from elsewhere; figures and tables need none.
        self.page.set_content(re.sub(r"<script[^>]*>.*?</script>", "", html, flags=re.DOTALL))
        for at, (name, (_, kind)) in enumerate(KINDS.items()):
            cell = self.page.locator(".jp-CodeCell").nth(at + 2)
            element = cell.locator("table" if kind == TABLE else ".jp-RenderedSVG img, .jp-RenderedSVG svg, .jp-RenderedImage img").first
            self.assertGreater(self.seen(name, "page", element), DAY, name)


if __name__ == "__main__":
    unittest.main()
