"""Makes the NetCDF files beside it with the NetCDF library, and expected.json: what netCDF4 and xarray read from them.

    python make.py        # needs netCDF4, h5py, xarray, cftime

Each file has a few cells with some feature that readers get wrong. Values in expected.json are those of netCDF4, which
heeds valid ranges, by time, latitude and longitude; null is missing. The files are kept compressed.
"""

import gzip
import json
import tempfile
from pathlib import Path

import cftime
import h5py
import netCDF4
import numpy as np
import xarray

TARGET = Path(__file__).parent
HERE = Path(tempfile.mkdtemp())
T, Y, X = 3, 4, 5
LAT = np.array([30, 10, -10, -30], "f4")
LON = np.array([0, 80, 160, 240, 320], "f4")
RANDOM = np.random.default_rng(7)
VALUES = np.round(RANDOM.normal(15, 5, (T, Y, X)), 2)


def new(name, form="NETCDF4", unlimited=True, units="days since 2001-01-01", calendar=None, times=range(T)):
    f = netCDF4.Dataset(HERE / name, "w", format=form)
    f.title = name
    f.createDimension("time", None if unlimited else T)
    f.createDimension("lat", Y)
    f.createDimension("lon", X)
    t = f.createVariable("time", "f8", ("time",))
    t.units = units
    if calendar:
        t.calendar = calendar
    for n, values, u in (("lat", LAT, "degrees_north"), ("lon", LON, "degrees_east")):
        v = f.createVariable(n, "f4", (n,))
        v.units = u
        v[:] = values
    t[:] = list(times)
    return f


def add(f, name, kind="f4", values=VALUES, dims=("time", "lat", "lon"), attributes=None, **options):
    v = f.createVariable(name, kind, dims, **options)
    v.set_auto_maskandscale(False)
    v.setncatts(attributes or {})
    v[:] = values
    return v


def classic(name, form, unlimited):
    f = new(name, form, unlimited)
    add(f, "f", "f4")
    add(f, "d", "f8", VALUES)
    whole = np.rint(VALUES * 100)
    add(f, "packed", "i2", whole, attributes={"scale_factor": 0.01, "add_offset": 10.0, "missing_value": np.int16(whole[0, 0, 0])})
    add(f, "b", "i1", np.rint(VALUES))
    if form == "NETCDF3_64BIT_DATA":
        add(f, "u8", "u8", np.rint(VALUES))
    f.close()


def filters():
    f = new("filters.nc")
    add(f, "deflate", zlib=True, shuffle=True)
    add(f, "checked", zlib=True, fletcher32=True, chunksizes=(2, 3, 2))
    add(f, "zstandard", compression="zstd", shuffle=True)
    add(f, "big", "f8", endian="big", zlib=True, chunksizes=(1, 2, 5))
    add(f, "few", zlib=True, least_significant_digit=2, chunksizes=(3, 4, 5))
    f.close()
    f = new("blosc.nc")
    add(f, "bytes", values=np.rint(VALUES), compression="blosc_lz4", blosc_shuffle=1, chunksizes=(3, 4, 5))
    add(f, "bits", "f8", np.rint(VALUES), compression="blosc_zstd", blosc_shuffle=2, chunksizes=(3, 4, 5))
    f.close()
    f = new("contiguous.nc", unlimited=False)
    add(f, "little", contiguous=True)
    add(f, "big", "i4", np.rint(VALUES), endian="big", contiguous=True)
    never = f.createVariable("never", "f4", ("time", "lat", "lon"), contiguous=True)
    never[0] = VALUES[0]
    f.close()


def conventions():
    f = new("packed.nc")
    whole = np.rint(VALUES).astype("i2")
    add(f, "fill", "i2", whole, attributes={"scale_factor": np.float32(0.5)}, fill_value=int(whole[1, 1, 1]))
    add(f, "range", "i2", whole, attributes={"scale_factor": 0.5, "valid_range": np.array([12, 18], "i2")})
    add(f, "least", "f4", VALUES, attributes={"valid_min": np.float32(14)})
    add(f, "most", "u1", whole, attributes={"valid_max": np.uint8(16)})
    add(f, "unsigned", "i1", (whole * 12).astype("u1").view("i1"), attributes={"_Unsigned": "true"})
    add(f, "default", "i4", np.where(VALUES > 18, netCDF4.default_fillvals["i4"], whole))
    f.close()


def groups():
    f = new("groups.nc")
    g = f.createGroup("deep")
    add(g, "v")
    h = g.createGroup("other")
    h.createDimension("time", 2)
    add(h, "v", values=VALUES[:2])
    f.close()


def stations():
    f = netCDF4.Dataset(HERE / "stations.nc", "w")
    for n, size in (("station", 3), ("time", None), ("letters", 4)):
        f.createDimension(n, size)
    t = f.createVariable("time", "i4", ("time",))
    t.units = "hours since 1990-01-01"
    for n, u, x in (("lat", "degrees_north", [1, 2, 3]), ("lon", "degrees_east", [10, 20, 30])):
        v = f.createVariable(n, "f8", ("station",))
        v.units = u
        v[:] = x
    s = f.createVariable("station_name", str, ("station",))
    s.cf_role = "timeseries_id"
    s[:] = np.array(["one", "zwei", "três"], dtype=object)
    c = f.createVariable("code", "S1", ("station", "letters"))
    c[:] = netCDF4.stringtochar(np.array(["a1", "b22", "c333"], "S4"))
    t[:] = range(4)
    add(f, "q", values=np.arange(12).reshape(3, 4), dims=("station", "time"))
    f.close()


def hdf5():
    with h5py.File(HERE / "latest.h5", "w", libver="latest") as f:
        for n, values, u in (("time", np.arange(T, dtype="f8"), "days since 2001-01-01"), ("lat", LAT, "degrees_north"), ("lon", LON, "degrees_east")):
            d = f.create_dataset(n, data=values)
            d.make_scale(n)
            d.attrs["units"] = u
        small = (2, 3, 2)
        for n, options in {
            "single": {"chunks": (T, Y, X), "compression": "gzip"},
            "fixed": {"chunks": small, "compression": "gzip"},
            "extensible": {"chunks": small, "maxshape": (None, Y, X)},
            "btree": {"chunks": small, "maxshape": (None, None, X), "shuffle": True, "compression": "gzip"},
            "lzf": {"chunks": small, "compression": "lzf"},
        }.items():
            d = f.create_dataset(n, data=VALUES.astype("f4"), **options)
            for k, axis in enumerate(("time", "lat", "lon")):
                d.dims[k].attach_scale(f[axis])
        for k in range(12):
            f["single"].attrs[f"attribute_{k}"] = k


def wide():
    """Arrays in one piece, with rows of 4000 bytes and more and planes of 2 MB: 1000 t + 2 y + x // 100 at row y, column x."""
    for name, form, unlimited in (("wide3.nc", "NETCDF3_CLASSIC", True), ("wide4.nc", "NETCDF4", False)):
        f = netCDF4.Dataset(HERE / name, "w", format=form)
        for n, values, u in (("lat", 50 - np.arange(400) / 4, "degrees_north"), ("lon", np.arange(2600) / 10 - 130, "degrees_east")):
            f.createDimension(n, len(values))
            v = f.createVariable(n, "f8", (n,))
            v.units = u
            v[:] = values
        f.createDimension("time", None if unlimited else 3)
        t = f.createVariable("time", "f8", ("time",), **({} if unlimited else {"contiguous": True}))
        t.units = "days since 2001-01-01"
        t[:] = range(3)
        cells = 1000 * np.arange(3)[:, None, None] + 2 * np.arange(400)[:, None] + np.arange(2600) // 100
        add(f, "v", "i2", cells, **({} if unlimited else {"contiguous": True}))
        f.close()


CALENDARS = ["standard", "proleptic_gregorian", "julian", "noleap", "all_leap", "360_day"]


def expected():
    """All values by file and variable."""
    found = {}
    for path in sorted(p for p in HERE.iterdir() if p.suffix in (".nc", ".h5") and p.name not in ("stations.nc", "wide3.nc", "wide4.nc")):
        with netCDF4.Dataset(path) as f:
            found[path.name] = {name: cells(v) for name, v in variables(f)}
        with xarray.open_dataset(path, engine="netcdf4", drop_variables="lzf") as ds:
            for name, v in ds.data_vars.items():
                if not {"valid_range", "valid_min", "valid_max"} & set(v.attrs) and v.dims == ("time", "lat", "lon") and name not in ("default", "never"):
                    ours = np.array(found[path.name][name], "f8")
                    np.testing.assert_allclose(v.values.ravel().astype("f8"), ours, rtol=1e-6)
    return found


def variables(group, prefix=""):
    for name, v in group.variables.items():
        if v.ndim == 3 and name != "lzf" and v.shape[0] == T:
            yield prefix + name, v
    for name, below in group.groups.items():
        yield from variables(below, prefix + name + "/")


def cells(v):
    values = np.ma.masked_invalid(v[:].astype("f8"))
    missing = np.ma.getmaskarray(values).ravel()
    return [None if gone else float(f"{x:.8g}") for x, gone in zip(values.data.ravel(), missing)]


def calendars():
    """Dates as cftime has them, for units and calendars."""
    rows = []
    for calendar in CALENDARS:
        for units in ("days since 1900-02-20", "hours since 0001-01-01 06:00", "minutes since 2003-12-30"):
            numbers = [0, 1.5, 8, 40, 365, 100000]
            dates = cftime.num2date(numbers, units, calendar=calendar)
            rows.append([calendar, units, numbers, [[d.year, d.month, d.day, d.hour, d.minute, d.second] for d in dates]])
    return rows


if __name__ == "__main__":
    for n, form, unlimited in (("cdf1.nc", "NETCDF3_CLASSIC", True), ("cdf2.nc", "NETCDF3_64BIT_OFFSET", False), ("cdf5.nc", "NETCDF3_64BIT_DATA", True)):
        classic(n, form, unlimited)
    filters()
    conventions()
    groups()
    stations()
    hdf5()
    wide()
    for path in HERE.iterdir():
        (TARGET / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    (TARGET / "expected.json").write_text(json.dumps({"cells": expected(), "dates": calendars()}, separators=(",", ":")))
