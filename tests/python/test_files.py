"""Saved files, read by the libraries that scientists use: xarray with netCDF4 and zarr, pandas with pyarrow."""

import json
import tempfile
import unittest
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from support import COLD_START, execute, running_kernel, shown

# Values of known numbers, one of them missing, and one of each kind.
KNOWN = """
use std::collections::BTreeMap;
let origin = sdap::Origin {
    server: "https://example.org".to_owned(), request: "https://example.org/asked?ds=KNOWN".to_owned(), title: "Known, numbers".to_owned(),
    attribution: vec!["Nobody's.".to_owned()], synthetic: true,
    area: Some(sdap::BoundingBox::new(170.0, -5.0, -170.0, 5.0).unwrap()),
    period: Some(sdap::Period::new("2000-01-01T00:00:00Z".parse().unwrap(), "2000-03-31T23:59:59Z".parse().unwrap()).unwrap()),
    ..sdap::Origin::default()
};
let times = sdap::Times::new(vec![946_684_800, 949_363_200, 951_868_800]);
let one = sdap::TimeSeries { origin: origin.clone(),
    ..sdap::TimeSeries::of_values("ONE", "sea_surface_temperature", "degree_Celsius", times.clone(), vec![1.5, f64::NAN, -0.1]) };
let two = sdap::TimeSeries::of_values("TWO", "rain", "mm", sdap::Times::new(vec![949_363_200]), vec![7.0]);
let grid = sdap::Grid { dataset: "G".to_owned(), variable: "sst".to_owned(), statistic: "mean".to_owned(), units: "K".to_owned(),
    lat: sdap::column([-1.0, 1.0]), lon: sdap::column([10.0, 12.0, 14.0]),
    values: sdap::plane(2, [0.0, 1.0, 2.0, 3.0, f64::NAN, 5.0]), count: sdap::plane(2, [4.0; 6]), origin: origin.clone() };
let diagram = sdap::Hovmoller { dataset: "H".to_owned(), variable: "sst".to_owned(), units: "K".to_owned(), axis: sdap::Axis::Longitude,
    time: sdap::Times::new(vec![946_684_800, 949_363_200]), coordinate: sdap::column([10.0, 12.0]),
    mean: sdap::plane(2, [0.0, 1.0, f64::NAN, 3.0]), standard_deviation: sdap::plane(2, [0.5; 4]), minimum: sdap::plane(2, [0.0; 4]),
    maximum: sdap::plane(2, [4.0; 4]), count: sdap::plane(2, [9.0; 4]), origin: origin.clone() };
let points = sdap::Points { dataset: "P".to_owned(), time: sdap::Times::new(vec![946_684_800, 946_684_801]), lat: sdap::column([1.0, 2.0]),
    lon: sdap::column([-10.0, 190.0]), elevation: None,
    variables: vec![sdap::Variable { name: "t2m".to_owned(), units: "K".to_owned(), values: sdap::column([280.25, f64::NAN]) }],
    keys: BTreeMap::from([("station".to_owned(), vec!["Zürich, #1".to_owned(), "B".to_owned()])]), origin: origin.clone() };
let table = sdap::Table { title: "T".to_owned(), columns: vec![
    ("name".to_owned(), sdap::TableColumn::Text(vec!["a \\"b\\"".to_owned(), "ç".to_owned()])),
    ("depth [m]".to_owned(), sdap::TableColumn::Numbers(sdap::column([0.1, f64::NAN]))),
    ("when".to_owned(), sdap::TableColumn::Times(sdap::Times::new(vec![0, 86_400])))], origin };
sdap::bind("one", one.clone())?;
sdap::bind("both", sdap::SeriesGroup { series: vec![one, two], regression: None, origin: sdap::Origin::default() })?;
sdap::bind("grid", grid)?;
sdap::bind("diagram", diagram)?;
sdap::bind("points", points)?;
sdap::bind("table", table)?;
"""

# One answer of each kind by the demo catalogue: the question, the dimensions of its numbers, one of these and its unit.
ANSWERS = {
    "anomaly": ("anomaly OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009", ("time",), "mean", "degree_Celsius"),
    "smooth": ("timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --lowpass", ("time",), "standard_deviation", "degree_Celsius"),
    "pair": (
        "timeseries SYNTHETIC_LA_PRECIP_DAILY,NCLIMDIV_PRECIP_MONTHLY --bbox la_county --time 1998",
        ("series", "time"), "mean", "mm",
    ),
    "rivers": (
        "subset USGS_VA_DISCHARGE_DAILY --each rivid=2016500,2019500 --time 2017-01", ("series", "time"), "mean", "m3 s-1",
    ),
    "variance": ("map OSTIA_SST_MONTHLY_TROPICS --bbox nino12 --stat variance", ("lat", "lon"), "variance", None),
    "january": (
        "map OSTIA_SST_MONTHLY_TROPICS --bbox nino12 --stat climatology --month 1", ("lat", "lon"), None, "degree_Celsius",
    ),
    "alike": ("correlate OSTIA_SST_MONTHLY_TROPICS OSTIA_SST_MONTHLY_TROPICS --bbox nino12", ("lat", "lon"), None, "1"),
    "waves": (
        "hovmoller OSTIA_SST_MONTHLY_TROPICS --axis latitude --bbox nino12 --time 2009", ("time", "lat"), "mean", "degree_Celsius",
    ),
    "cells": ("subset OSTIA_SST_MONTHLY_TROPICS --bbox nino12 --time 2009-01", ("point",), None, "degree_Celsius"),
    "station": ("subset USGS_VA_DISCHARGE_DAILY --filter rivid:2016500 --time 2017-01", ("point",), None, "m3 s-1"),
    "matched": (
        "matchup SYNTHETIC_DRIFTER_SST OSTIA_SST_MONTHLY_TROPICS --radius 60km --tolerance 15d --once"
        " --bbox -180,-5,-80,5 --time 2009",
        ("row",), "distance", "m",
    ),
    "spread": ("stddev OSTIA_SST_MONTHLY_TROPICS_CLIM --at -140,0 --day 166", ("row",), None, "degree_Celsius"),
    "listed": ("get /list", ("row",), None, None),
}

KINDS = ["one", "both", "grid", "diagram", "points", "table"]
TIMES = pd.to_datetime(["2000-01-01", "2000-02-01", "2000-03-01"])
MISSING = np.nan


def same(test, found, expected):
    np.testing.assert_array_equal(np.asarray(found, dtype=float), np.asarray(expected, dtype=float))


class SavedFiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        kernel = running_kernel()
        _, cls.client = kernel.__enter__()
        cls.addClassCleanup(kernel.__exit__, None, None, None)
        cls.run_cell(KNOWN)
        for ending in ["csv", "json", "geojson", "nc", "zarr", "parquet"]:
            cls.run_cell("\n".join(f"%sdap save {kind} {cls.path(kind, ending)}" for kind in KINDS))

    @classmethod
    def run_cell(cls, code):
        reply, messages = execute(cls.client, code, timeout=COLD_START)
        if reply["status"] != "ok":
            raise AssertionError("\n".join(reply["traceback"]))
        return shown(messages)

    @classmethod
    def path(cls, name, ending):
        return Path(cls.folder.name) / f"{name}.{ending}"

    def datasets(self, name):
        """A value from NetCDF and from Zarr; neither may come with a warning."""
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield xr.open_dataset(self.path(name, "nc"), engine="netcdf4")
            yield xr.open_zarr(self.path(name, "zarr"))

    def frames(self, name, units=None):
        """A value from CSV, JSON and Parquet, under the names without their units."""
        csv = pd.read_csv(self.path(name, "csv"), comment="#")
        for column in csv.columns.intersection(["when", "time"]):
            csv[column] = pd.to_datetime(csv[column])
        if units is not None:
            self.assertEqual([c for c in csv.columns if "[" in c], units)
        yield csv.rename(columns=lambda c: c.split(" [")[0])
        yield pd.read_json(self.path(name, "json"), orient="table", precise_float=True)
        yield pd.read_parquet(self.path(name, "parquet"))

    def test_a_series_has_its_numbers_times_units_and_gaps(self):
        for data in self.datasets("one"):
            self.assertEqual(list(data.time.values), list(TIMES.values))
            same(self, data["mean"], [1.5, MISSING, -0.1])
            same(self, data["count"], [1, 0, 1])
            self.assertEqual(data["mean"].attrs["units"], "degree_Celsius")
            self.assertEqual(data["mean"].attrs["cell_methods"], "area: mean")
        for frame in self.frames("one", [f"{n} [degree_Celsius]" for n in ["mean", "standard_deviation", "minimum", "maximum"]]):
            self.assertEqual(list(frame["time"].dt.tz_localize(None)), list(TIMES))
            same(self, frame["mean"], [1.5, MISSING, -0.1])

    def test_where_it_comes_from_stands_in_every_file(self):
        with open(self.path("one", "json")) as json_file, open(self.path("one", "geojson")) as geojson_file:
            abouts = [json.load(json_file)["about"], json.load(geojson_file)["about"]]
        abouts += [data.attrs for data in self.datasets("one")]
        import pyarrow.parquet

        abouts.append(json.loads(pyarrow.parquet.read_metadata(self.path("one", "parquet")).metadata[b"sdap_about"]))
        remarks = [line[2:].split(": ", 1) for line in self.path("one", "csv").read_text().splitlines() if line.startswith("# ")]
        abouts.append(dict(remarks))
        for about in abouts:
            self.assertEqual(about["sdap_server"], "https://example.org")
            self.assertEqual(about["sdap_request"], "https://example.org/asked?ds=KNOWN")
            self.assertEqual(about["title"], "Known, numbers")
            self.assertEqual(about["attribution"], "Nobody's.")
            self.assertEqual(about["sdap_synthetic"], "true")
            self.assertIn("Synthetic", about["comment"])
            self.assertIn("https://example.org/asked?ds=KNOWN", about["history"])
            self.assertEqual(float(about["geospatial_lon_min"]), 170.0)
            self.assertEqual(about["time_coverage_end"], "2000-03-31T23:59:59Z")
        self.assertEqual([about["Conventions"] for about in abouts if "Conventions" in about], ["CF-1.11", "CF-1.11"])

    def test_series_of_a_group_lie_on_common_times(self):
        for data in self.datasets("both"):
            self.assertEqual([str(s) for s in data["series"].values], ["ONE", "TWO"])
            same(self, data["mean"], [[1.5, MISSING, -0.1], [MISSING, 7.0, MISSING]])
            self.assertEqual([str(u) for u in data["units"].values], ["degree_Celsius", "mm"])
        for frame in self.frames("both"):
            self.assertEqual(list(frame["series"]), ["ONE", "ONE", "ONE", "TWO"])
            same(self, frame["mean"], [1.5, MISSING, -0.1, 7.0])

    def test_a_map_has_its_axes(self):
        for data in self.datasets("grid"):
            same(self, data["lat"], [-1, 1])
            same(self, data["lon"], [10, 12, 14])
            same(self, data["mean"].transpose("lat", "lon"), [[0, 1, 2], [3, MISSING, 5]])
            self.assertEqual((data["lat"].attrs["units"], data["mean"].attrs["units"]), ("degrees_north", "K"))
            self.assertEqual(data["mean"].attrs["cell_methods"], "time: mean")
            start, end = pd.to_datetime(data["time_bnds"].values)
            self.assertEqual((str(start), str(end)), ("2000-01-01 00:00:00", "2000-03-31 23:59:59"))
            self.assertEqual(str(pd.to_datetime(data["time"].values).date()), "2000-02-15")
        for frame in self.frames("grid"):
            same(self, frame.pivot(index="lat", columns="lon", values="mean"), [[0, 1, 2], [3, MISSING, 5]])

    def test_a_diagram_has_time_and_longitude(self):
        for data in self.datasets("diagram"):
            self.assertEqual(data["mean"].dims, ("time", "lon"))
            same(self, data["mean"], [[0, 1], [MISSING, 3]])
            self.assertEqual(data["mean"].attrs["cell_methods"], "lat: mean")
            # What it is averaged over is a coordinate without a dimension.
            same(self, [data["lat"], *data["lat_bnds"]], [0, -5, 5])
        for frame in self.frames("diagram"):
            same(self, frame["mean"], [0, 1, MISSING, 3])

    def test_samples_keep_their_places_and_names(self):
        for data in self.datasets("points"):
            self.assertEqual([str(s) for s in data["station"].values], ["Zürich, #1", "B"])
            same(self, data["t2m"], [280.25, MISSING])
            same(self, data["lon"], [-10, 190])
            self.assertEqual(data.attrs["featureType"], "point")
            self.assertIn("lat", data.coords)
        for frame in self.frames("points"):
            self.assertEqual(list(frame["station"]), ["Zürich, #1", "B"])
            same(self, frame["t2m"], [280.25, MISSING])
        features = json.loads(self.path("points", "geojson").read_text())["features"]
        self.assertEqual([f["geometry"]["coordinates"] for f in features], [[-10.0, 1.0], [-170.0, 2.0]])
        self.assertEqual([f["properties"]["t2m"] for f in features], [280.25, None])

    def test_a_table_keeps_its_columns(self):
        for data in self.datasets("table"):
            self.assertEqual([str(s) for s in data["name"].values], ['a "b"', "ç"])
            same(self, data["depth"], [0.1, MISSING])
            self.assertEqual(data["depth"].attrs["units"], "m")
            self.assertEqual(list(data["when"].values), list(pd.to_datetime(["1970-01-01", "1970-01-02"]).values))
        for frame in self.frames("table", ["depth [m]"]):
            self.assertEqual(list(frame["name"]), ['a "b"', "ç"])
            same(self, frame["depth"], [0.1, MISSING])

    def test_areas_across_the_antimeridian_are_two_polygons(self):
        (feature,) = json.loads(self.path("one", "geojson").read_text())["features"]
        self.assertEqual(feature["geometry"]["type"], "MultiPolygon")
        self.assertEqual(feature["properties"]["mean"], [1.5, None, -0.1])
        cells = json.loads(self.path("grid", "geojson").read_text())["features"]
        self.assertEqual(len(cells), 5)

    def test_every_kind_of_answer_is_read_back_from_every_format(self):
        import pyarrow.parquet

        for name, (question, dimensions, variable, units) in ANSWERS.items():
            with self.subTest(name):
                saves = [f"%sdap save {name} {self.path(name, ending)}" for ending in ["csv", "json", "geojson", "nc", "zarr", "parquet"]]
                self.run_cell("\n".join([f"let {name} = %sdap {question}", *saves]))
                requests = set()
                sizes = set()
                for data in self.datasets(name):
                    requests.add(data.attrs["sdap_request"])
                    numbers = {n: v for n, v in data.data_vars.items() if v.dims == dimensions and v.dtype.kind == "f"}
                    if units is not None:
                        chosen = [numbers[variable]] if variable else list(numbers.values())
                        self.assertIn(units, [v.attrs.get("units") for v in chosen], name)
                    self.assertEqual(data.attrs["Conventions"], "CF-1.11")
                    sizes.add(tuple(data.sizes[d] for d in dimensions))
                self.assertEqual(len(sizes), 1, "NetCDF and Zarr are of one shape")
                frames = list(self.frames(name))
                self.assertEqual({len(f) for f in frames}, {len(frames[0])}, name)
                self.assertEqual([list(f.columns) for f in frames], [list(frames[0].columns)] * 3, name)
                for column in frames[0].select_dtypes("number"):
                    for frame in frames[1:]:
                        np.testing.assert_allclose(frame[column].astype(float), frames[0][column].astype(float), rtol=1e-12, err_msg=column)
                requests.add(json.loads(pyarrow.parquet.read_metadata(self.path(name, "parquet")).metadata[b"sdap_about"])["sdap_request"])
                self.assertEqual(len(requests), 1, "each tells the same request")
                self.assertIn("/", requests.pop())
                self.assertTrue(json.loads(self.path(name, "geojson").read_text())["features"])

    def test_an_answer_of_the_demo_is_saved_as_it_is_shown(self):
        self.run_cell(
            "let sst = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34\n"
            f"%sdap save sst {self.path('sst', 'nc')}\n%sdap save sst {self.path('sst', 'png')}\n%sdap save sst {self.path('sst', 'svg')}"
        )
        data = xr.open_dataset(self.path("sst", "nc"))
        self.assertEqual((data.sizes["time"], data.attrs["sdap_synthetic"]), (54, "false"))
        self.assertIn("Open Government Licence", data.attrs["attribution"])
        self.assertIn("/timeSeriesSpark?ds=OSTIA_SST_MONTHLY_TROPICS", data.attrs["sdap_request"])
        self.assertTrue(26 < float(data["mean"].mean()) < 28)
        self.assertEqual(self.path("sst", "png").read_bytes()[:4], b"\x89PNG")
        self.assertTrue(self.path("sst", "svg").read_text().startswith("<svg"))

    def test_a_file_is_kept_unless_force_is_given(self):
        path = self.path("kept", "csv")
        path.write_text("old")
        reply, _ = execute(self.client, f"%sdap save one {path}")
        self.assertEqual((reply["ename"], path.read_text()), ("CannotSave", "old"))
        self.run_cell(f"%sdap save one {path} --force")
        self.assertIn("sdap_type: TimeSeries", path.read_text())
        self.assertEqual([p.name for p in path.parent.iterdir() if p.name.startswith(".")], [])
