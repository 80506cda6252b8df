"""The engine's questions by numpy and by xarray with dask, on the same Zarr groups.

    python engine.py make FOLDER    makes the groups, which takes a minute
    python engine.py answer FOLDER  answers lines such as `numpy series`, each with a line of JSON: seconds and a number to compare

The groups are made up: daily sea surface temperature at 0.25 degrees around Niño 3.4, 80 x 240 cells, as an analysis would have
it: a seasonal cycle, El Niño, waves that run west, and noise that neighbours share. It is packed as NOAA's OISST is, in
16-bit integers of 0.01 °C, and kept in Zarr v3 chunks of 256 days x 20 x 120 cells (1.2 MB), zstd level 3.
"""

import json
import shutil
import sys
import time
import warnings
from pathlib import Path

import dask
import numpy as np
import xarray as xr
import zarr

FILL, SCALE, OFFSET = -999, 0.01, 0.0
LAT, LON = np.arange(-9.875, 10, 0.25), np.arange(-174.875, -115, 0.25)
CHUNKS = (256, 20, 120)
# Niño 3.4: rows and columns, and the six years.
ROWS, COLUMNS = slice(20, 60), slice(20, 220)
BOX = {"lat": slice(-5, 5), "lon": slice(-170, -120)}
# How many days of the box are a million points.
POINT_DAYS = 125


def field(days, random):
    """One block of temperature by day since 1970, latitude and longitude, in degrees Celsius."""
    y, x = np.meshgrid(LAT, LON, indexing="ij")
    day = days[:, None, None]
    value = 27 + 2 * np.cos(np.radians(6 * y)) - 0.04 * (x + 145) + 1.2 * np.cos(2 * np.pi * (day - 60 - 8 * y) / 365.25)
    value += 1.5 * np.sin(2 * np.pi * day / 1300) * np.exp(-((y / 5) ** 2))
    value += 0.8 * np.sin(np.radians(8 * (3 * x + 0.4 * day))) * np.exp(-(((np.abs(y) - 3) / 2) ** 2))
    noise = random.normal(size=(len(days), len(LAT) + 4, len(LON) + 4)).astype(np.float32)
    sums = np.cumsum(np.cumsum(np.pad(noise, ((0, 0), (1, 0), (1, 0))), 1), 2)
    return value + 0.06 * (sums[:, 5:, 5:] - sums[:, :-5, 5:] - sums[:, 5:, :-5] + sums[:, :-5, :-5])


def group(path, title, times, units="days since 1970-01-01"):
    root = zarr.open_group(path, mode="w", zarr_format=3, attributes={"title": title, "synthetic": True})
    for name, values, attributes in [
        ("time", times, {"units": units, "standard_name": "time"}),
        ("lat", LAT, {"units": "degrees_north", "standard_name": "latitude"}),
        ("lon", LON, {"units": "degrees_east", "standard_name": "longitude"}),
    ]:
        root.create_array(name, data=np.asarray(values), dimension_names=(name,), attributes=attributes)
    attributes = {"units": "degree_Celsius", "standard_name": "sea_surface_temperature", "scale_factor": SCALE, "_FillValue": FILL}
    return root.create_array(
        "sst",
        shape=(len(times), len(LAT), len(LON)),
        chunks=CHUNKS,
        dtype="int16",
        fill_value=FILL,
        compressors=zarr.codecs.ZstdCodec(level=3),
        dimension_names=("time", "lat", "lon"),
        attributes=attributes | {"add_offset": OFFSET},
    )


def packed(values, random):
    stored = np.round((values - OFFSET) / SCALE).astype(np.int16)
    # Islands, and now and then a cell that was not seen.
    stored[:, 30:33, 100:104] = FILL
    stored[random.random(stored.shape, dtype=np.float32) < 0.002] = FILL
    return stored


def make_daily(path, title, first, last, seed):
    random = np.random.default_rng(seed)
    days = np.arange(np.datetime64(f"{first}-01-01"), np.datetime64(f"{last + 1}-01-01")).astype(np.int64)
    array = group(path, title, days)
    for start in range(0, len(days), CHUNKS[0]):
        block = days[start : start + CHUNKS[0]]
        array[start : start + len(block)] = packed(field(block, random), random)


def make_climatology(path):
    """The mean of each day of the year, from the formula of the seasonal cycle alone."""
    days = np.arange(np.datetime64("2012-01-01"), np.datetime64("2013-01-01")).astype(np.int64)
    y, x = np.meshgrid(LAT, LON, indexing="ij")
    values = 27 + 2 * np.cos(np.radians(6 * y)) - 0.04 * (x + 145) + 1.2 * np.cos(2 * np.pi * (days[:, None, None] - 60 - 8 * y) / 365.25)
    group(path, "Means of synthetic sea surface temperature", days)[:] = packed(values, np.random.default_rng(3))


def make(folder):
    made = folder.with_name(folder.name + "-unfinished")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    make_daily(made / "SST", "Synthetic sea surface temperature", 2010, 2015, 1)
    make_daily(made / "OTHER", "Another synthetic sea surface temperature", 2010, 2015, 2)
    make_daily(made / "LONG", "Synthetic sea surface temperature of 16 years", 2000, 2015, 4)
    make_climatology(made / "SST_CLIM")
    made.rename(folder)


def day_of_year(times):
    """The index of each time's day in the climatology, which has a leap year: days count from its first."""
    years = times.astype("datetime64[Y]")
    return (times - years.astype("datetime64[D]")).astype(int)


class Numpy:
    """Plain numpy, on what the zarr package reads."""

    def __init__(self, folder):
        self.folder = folder

    def read(self, name, days=slice(None)):
        stored = zarr.open_array(self.folder / name / "sst", mode="r")[days, ROWS, COLUMNS]
        return np.where(stored == FILL, np.nan, stored * SCALE + OFFSET)

    def times(self):
        return zarr.open_array(self.folder / "SST" / "time", mode="r")[:].astype("datetime64[D]")

    @staticmethod
    def statistics(values, axis, weights=None):
        seen = ~np.isnan(values)
        if weights is None:
            mean = np.nanmean(values, axis=axis)
        else:
            mean = np.where(seen, values * weights, 0).sum(axis=axis) / (seen * weights).sum(axis=axis)
        extremes = np.nanmin(values, axis=axis), np.nanmax(values, axis=axis)
        return mean, np.nanstd(values, axis=axis), *extremes, seen.sum(axis=axis)

    weights = np.cos(np.radians(LAT[ROWS]))[None, :, None]

    def series(self):
        return self.statistics(self.read("SST"), (1, 2), self.weights)[0].mean()

    def anomaly(self):
        normal = self.read("SST_CLIM")
        return self.statistics(self.read("SST") - normal[day_of_year(self.times())], (1, 2))[0].mean()

    def mean(self):
        return np.nanmean(np.nanmean(self.read("SST"), axis=0))

    def variance(self):
        return np.nanmean(np.nanvar(self.read("SST"), axis=0))

    def maximum(self):
        return np.nanmean(np.nanmax(self.read("SST"), axis=0))

    def minimum(self):
        return np.nanmean(np.nanmin(self.read("SST"), axis=0))

    def correlation(self):
        a, b = self.read("SST"), self.read("OTHER")
        both = ~np.isnan(a) & ~np.isnan(b)
        a, b = np.where(both, a, np.nan), np.where(both, b, np.nan)
        a, b = a - np.nanmean(a, axis=0), b - np.nanmean(b, axis=0)
        return np.nanmean(np.nanmean(a * b, axis=0) / np.sqrt(np.nanmean(a * a, axis=0) * np.nanmean(b * b, axis=0)))

    def latitude(self):
        return np.nanmean(self.statistics(self.read("SST"), 2)[0])

    def longitude(self):
        return np.nanmean(self.statistics(self.read("SST"), 1, self.weights)[0])

    def subset(self):
        values = self.read("SST", slice(0, POINT_DAYS))
        at = np.nonzero(~np.isnan(values))
        columns = self.times()[:POINT_DAYS][at[0]].astype("datetime64[s]"), LAT[ROWS][at[1]], LON[COLUMNS][at[2]], values[at]
        return columns[3].mean()


class Xarray:
    """xarray with dask, which works on both cores, in the chunks of the files."""

    def __init__(self, folder):
        self.folder = folder

    def read(self, name):
        return xr.open_zarr(self.folder / name, chunks={}).sst.sel(BOX)

    @staticmethod
    def statistics(values, over, mean):
        return dask.compute(mean, values.std(over), values.min(over), values.max(over), values.count(over))

    @staticmethod
    def weighted(values, over):
        return values.weighted(np.cos(np.radians(values.lat))).mean(over)

    def series(self):
        sst = self.read("SST")
        return float(self.statistics(sst, ("lat", "lon"), self.weighted(sst, ("lat", "lon")))[0].mean())

    def anomaly(self):
        sst, normal = self.read("SST"), self.read("SST_CLIM")
        days = xr.DataArray(day_of_year(sst.time.values.astype("datetime64[D]")), dims="time")
        difference = sst - normal.isel(time=days).assign_coords(time=sst.time)
        return float(self.statistics(difference, ("lat", "lon"), difference.mean(("lat", "lon")))[0].mean())

    def mean(self):
        return float(self.read("SST").mean("time").compute().mean())

    def variance(self):
        return float(self.read("SST").var("time").compute().mean())

    def maximum(self):
        return float(self.read("SST").max("time").compute().mean())

    def minimum(self):
        return float(self.read("SST").min("time").compute().mean())

    def correlation(self):
        return float(xr.corr(self.read("SST"), self.read("OTHER"), "time").compute().mean())

    def latitude(self):
        sst = self.read("SST")
        return float(self.statistics(sst, "lon", sst.mean("lon"))[0].mean())

    def longitude(self):
        sst = self.read("SST")
        return float(self.statistics(sst, "lat", self.weighted(sst, "lat"))[0].mean())

    def subset(self):
        sst = self.read("SST").isel(time=slice(0, POINT_DAYS))
        return float(sst.to_dataframe()["sst"].dropna().mean())


def answer(folder):
    peers = {"numpy": Numpy(folder), "xarray": Xarray(folder)}
    warnings.simplefilter("ignore", RuntimeWarning)
    for line in sys.stdin:
        peer, question = line.split()
        start = time.perf_counter()
        number = getattr(peers[peer], question)()
        print(json.dumps({"seconds": time.perf_counter() - start, "number": float(number)}), flush=True)


if __name__ == "__main__":
    {"make": make, "answer": answer}[sys.argv[1]](Path(sys.argv[2]))
