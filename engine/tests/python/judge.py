"""Makes random datasets and asks random questions of them, which xarray and numpy answer.

    python judge.py FOLDER DATASETS

Writes the datasets into the folder, as Zarr 2 and 3 and as NetCDF, and one line of JSON for each question with its answer, as
xarray reads the files and numpy computes; a question that nothing answers has none. The same numbers come out every time.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import xarray as xr

FORMATS = ["zarr2", "zarr3", "sharded", "netcdf4", "classic"]
PACKINGS = ["int16", "uint16", "uint8", "int16 with a range", "float32", "float64", "int32"]
START = np.datetime64("1999-11-20")


class Random:
    """The dice of one dataset."""

    def __init__(self, seed):
        self.dice = np.random.default_rng(seed)

    def below(self, count):
        return int(self.dice.integers(count))

    def between(self, low, high):
        return low + self.below(high - low + 1)

    def one_of(self, choices):
        return choices[self.below(len(choices))]

    def chance(self, part):
        return self.dice.random() < part


def axes(random):
    """Latitudes either way round and longitudes of either convention, at eighths of a degree, never at 180."""
    lat = -20.125 + random.between(0, 40) + np.arange(random.between(1, 9)) * random.one_of([0.25, 1.0, 2.5])
    west = random.one_of([-180, -170, -60, 0, 100, 165, 175])
    lon = west + 0.125 + np.arange(random.between(1, 12)) * random.one_of([0.5, 1.0, 5.0])
    if random.chance(0.2):
        lon = -179.875 + np.arange(36) * 10.0
    if random.chance(0.5):
        lon = np.sort(lon % 360)
    else:
        lon = np.sort((lon + 180) % 360 - 180) if random.chance(0.5) else lon
    return (lat[::-1] if random.chance(0.5) else lat), lon


def times(random, count):
    """Days with gaps, or several times a day; some of them in the hours of a day."""
    steps = random.one_of([[1], [1, 2, 7], [30, 31], [0.25, 0.5]])
    days = np.cumsum([random.one_of(steps) for _ in range(count)])
    return START + (days * 86400).astype("timedelta64[s]")


def values(random, shape):
    """Numbers that a scale of a half and an offset of 280 keep exactly, in 8 bits, and some that are missing."""
    field = 280 + random.dice.integers(0, 250, size=shape) * 0.5
    missing = random.dice.random(shape) < random.one_of([0, 0.05, 0.4])
    if random.chance(0.3):
        missing[random.below(shape[0])] = True
    return np.where(missing, np.nan, field)


def encoding(random, packing, shape, form):
    packed = {"scale_factor": 0.5, "add_offset": 280.0}
    # What the files hold is written with another kind of packing in each.
    kinds = {
        "int16": packed | {"dtype": "int16", "_FillValue": np.int16(-999)},
        "uint16": packed | {"dtype": "uint16", "_FillValue": np.uint16(65535)},
        "uint8": packed | {"dtype": "uint8", "_FillValue": np.uint8(255)},
        "int16 with a range": packed | {"dtype": "int16", "_FillValue": np.int16(-32768)},
        "int32": packed | {"dtype": "int32", "_FillValue": np.int32(-2147483648)},
        "float32": {"dtype": "float32", "_FillValue": np.float32(1e20)},
        "float64": {"dtype": "float64", "_FillValue": np.nan},
    }
    if form == "classic":
        # Classic files have no numbers without a sign.
        packing = {"uint16": "int16", "uint8": "int32"}.get(packing, packing)
        return kinds[packing]
    chunks = tuple(random.between(1, length) for length in shape)
    if form == "sharded":
        shards = tuple(length * random.between(1, 3) for length in chunks)
        return kinds[packing] | {"chunks": chunks, "shards": shards}
    named = "chunksizes" if form == "netcdf4" else "chunks"
    more = {"zlib": True, "shuffle": random.chance(0.5)} if form == "netcdf4" else {}
    return kinds[packing] | {named: chunks} | more


def write(random, folder, name, grid, form, packing):
    """Writes a grid, and says where it is."""
    data = grid.to_dataset(name="v")
    data.v.attrs = {"units": "K", "standard_name": "surface_temperature"}
    data.lat.attrs, data.lon.attrs = {"units": "degrees_north"}, {"units": "degrees_east"}
    if packing.endswith("range"):
        # The greatest that are stored are out of range; xarray does not know of it, so they are missing before they are written.
        data["v"] = data.v.where(data.v <= 400)
        data.v.attrs |= {"units": "K", "valid_range": np.array([0, 240], "int16")}
    how = {"v": encoding(random, packing, grid.shape, form)}
    how["time"] = {"units": random.one_of(["seconds since 1970-01-01", "hours since 1980-06-01 06:00", "days since 1999-01-01"]), "dtype": "float64"}
    for axis in ("lat", "lon"):
        how[axis] = {"dtype": random.one_of(["float32", "float64"]), "_FillValue": None}
    if form in ("netcdf4", "classic"):
        path = folder / f"{name}.nc"
        data.to_netcdf(path, format="NETCDF4" if form == "netcdf4" else "NETCDF3_64BIT", engine="netcdf4", encoding=how)
        return path
    path = folder / f"{name}.zarr"
    data.to_zarr(path, zarr_format=2 if form == "zarr2" else 3, encoding=how, consolidated=random.chance(0.5), mode="w")
    return path


def read(path):
    """The grid as xarray reads it, in 64 bits: ascending latitudes, and longitudes as they are."""
    opened = xr.open_dataset(path) if path.suffix == ".nc" else xr.open_zarr(path, chunks=None, consolidated=None)
    return opened.v.load().astype("float64").sortby("lat")


def box(random, lat, lon):
    """West, south, east, north; with edges on cells and between them, and across the antimeridian now and then."""
    width, height = np.ptp(lon) + 2, np.ptp(lat) + 2
    edge = lambda low, extent: low - 1 + random.one_of([np.round(random.dice.random() * 8 * extent) / 8, random.dice.random() * extent])
    (west, east), (south, north) = sorted([edge(lon.min(), width), edge(lon.min(), width)]), sorted([edge(lat.min(), height), edge(lat.min(), height)])
    # Most boxes take in whole rows or columns, so that most questions have an answer.
    if random.chance(0.6):
        west, east = lon.min() - 0.5, lon.max() + 0.5
    if random.chance(0.6):
        south, north = lat.min() - 0.5, lat.max() + 0.5
    if east - west >= 360:
        west, east = -180.0, 180.0
    wrap = lambda degrees: (degrees + 180) % 360 - 180
    west = wrap(west) if west != -180.0 else west
    east = wrap(east) if east != 180.0 else east
    return [float(west), float(max(south, -90)), float(east), float(min(north, 90))]


def inside(grid, area):
    """The cells in the box, eastwards from its western edge."""
    west, south, east, north = area
    far = east if east >= west else east + 360
    # Wherever the whole circle counts a longitude from.
    turned = np.array([next((x for x in (lon - 720, lon - 360, lon, lon + 360) if west <= x <= far), np.nan) for lon in grid.lon.values])
    order = [n for n in np.argsort(turned, kind="stable") if not np.isnan(turned[n])]
    part = grid.isel(lon=order, lat=np.flatnonzero((grid.lat.values >= south) & (grid.lat.values <= north)))
    return part.assign_coords(lon=turned[order])


def period(random, time):
    low, high = time.min() - np.timedelta64(1, "D"), time.max() + np.timedelta64(1, "D")
    ends = [random.one_of([random.one_of(time), low + np.timedelta64(random.below(int((high - low) / np.timedelta64(1, "s"))), "s")]) for _ in range(2)]
    if random.chance(0.5):
        ends = [low, high]
    return [np.datetime64(end, "s") for end in sorted(ends)]


def during(grid, ends):
    return grid.isel(time=(grid.time.values >= ends[0]) & (grid.time.values <= ends[1]))


def seconds(time):
    return np.asarray(time).astype("datetime64[s]").astype(int).tolist()


def statistics(values, axis, weights=None):
    """Mean, population standard deviation, least, greatest and count along axes."""
    seen = ~np.isnan(values)
    weights = np.broadcast_to(1.0 if weights is None else weights, values.shape)
    mean = np.where(seen, values * weights, 0).sum(axis) / np.where(seen, weights, 0).sum(axis)
    return {
        "mean": mean,
        "standard_deviation": np.nanstd(values, axis=axis),
        "minimum": np.nanmin(values, axis=axis),
        "maximum": np.nanmax(values, axis=axis),
        "count": seen.sum(axis),
    }


def told(time, columns):
    """Without the times that have nothing."""
    there = columns["count"].reshape(len(time), -1).any(axis=1)
    return {"time": seconds(time[there])} | {name: column[there] for name, column in columns.items()}


def cosines(grid):
    return np.cos(np.radians(grid.lat.values.astype(np.float64)))[None, :, None]


def series(grid, **_):
    return told(grid.time.values, statistics(grid.values, (1, 2), cosines(grid)))


def latitude(grid, **_):
    return told(grid.time.values, statistics(grid.values, 2))


def longitude(grid, **_):
    return told(grid.time.values, statistics(grid.values, 1, cosines(grid)))


def of_cells(grid, values, count):
    return {"lat": grid.lat.values, "lon": grid.lon.values, "values": values, "count": count}


def mean(grid, **_):
    return of_cells(grid, np.nanmean(grid.values, axis=0), (~np.isnan(grid.values)).sum(0))


def variance(grid, **_):
    return of_cells(grid, np.nanvar(grid.values, axis=0), (~np.isnan(grid.values)).sum(0))


def maximum(grid, **_):
    return of_cells(grid, np.nanmax(grid.values, axis=0), (~np.isnan(grid.values)).sum(0))


def minimum(grid, **_):
    return of_cells(grid, np.nanmin(grid.values, axis=0), (~np.isnan(grid.values)).sum(0))


def correlation(grid, other, **_):
    shared = np.intersect1d(grid.time.values, other.time.values)
    if len(shared) == 0:
        return None
    a, b = grid.sel(time=shared).values, other.sel(time=shared).values
    both = ~np.isnan(a) & ~np.isnan(b)
    a, b = np.where(both, a, np.nan), np.where(both, b, np.nan)
    a, b = a - np.nanmean(a, axis=0), b - np.nanmean(b, axis=0)
    spread = np.nansum(a * a, axis=0) * np.nansum(b * b, axis=0)
    r = np.where(spread > 1e-12, np.nansum(a * b, axis=0) / np.sqrt(np.where(spread > 1e-12, spread, 1)), np.nan)
    return of_cells(grid, r, both.sum(0))


def anomaly(grid, normal, **_):
    # The climatology's time of the greatest day of the year that is not after the day; before the first, the last.
    first_of_year = lambda time: time.astype("datetime64[Y]").astype("datetime64[D]")
    day = lambda time: (time.astype("datetime64[D]") - first_of_year(time)).astype(int)
    days, known = day(grid.time.values), day(normal.time.values)
    order = np.argsort(known, kind="stable")
    at = [order[np.searchsorted(known[order], d, side="right") - 1] for d in days]
    differences = grid.values - normal.values[at]
    dates, where = np.unique(grid.time.values.astype("datetime64[D]"), return_inverse=True)
    each = [statistics(differences[where == n].reshape(1, -1), 1) for n in range(len(dates))]
    return told(dates, {name: np.concatenate([one[name] for one in each]) for name in each[0]})


def subset(grid, **_):
    t, y, x = np.nonzero(~np.isnan(grid.values))
    lon = np.where(grid.lon.values > 180, grid.lon.values - 360, grid.lon.values)
    order = np.lexsort((lon[x], grid.lat.values[y], t))
    t, y, x = t[order], y[order], x[order]
    return {"time": seconds(grid.time.values[t]), "lat": grid.lat.values[y], "lon": lon[x], "values": grid.values[t, y, x]}


QUESTIONS = [series, anomaly, mean, variance, maximum, minimum, latitude, longitude, correlation, subset]


def plain(value):
    """For JSON, which has no NaN."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, np.ndarray):
        return [None if np.isnan(number) else float(number) for number in value.ravel()]
    return value


def holds(grid):
    return grid.size > 0 and not np.isnan(grid.values).all()


def main():
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    warnings.simplefilter("ignore")
    cases = open(folder / "cases.jsonl", "w", encoding="utf-8")
    asked = 0
    for number in range(count):
        random = Random([2026, number])
        form, packing = FORMATS[number % len(FORMATS)], PACKINGS[number % len(PACKINGS)]
        lat, lon = axes(random)
        time = times(random, random.between(1, 24))
        make = lambda time: xr.DataArray(values(random, (len(time), len(lat), len(lon))), {"time": time, "lat": lat, "lon": lon}, ("time", "lat", "lon"))
        kept = np.array([random.chance(0.7) for _ in time])
        normal_days = np.sort(random.dice.choice(366, random.between(1, 12), replace=False))
        grids = [("A", make(time)), ("B", make(time[kept] if kept.any() else time)), ("C", make(np.datetime64("2004-01-01") + normal_days.astype("timedelta64[D]")))]
        same = random.chance(0.5)
        paths = [write(random, folder, f"{name}{number}", grid, form if same else random.one_of(FORMATS), packing if same else random.one_of(PACKINGS)) for name, grid in grids]
        grid, other, normal = map(read, paths)
        for _ in range(5):
            area, ends = box(random, lat, lon), period(random, time)
            question = QUESTIONS[asked % len(QUESTIONS)]
            part = inside(during(grid, ends), area)
            answer = None
            if holds(part):
                answer = question(part, other=inside(during(other, ends), area), normal=inside(normal, area))
            if answer is not None and not np.any(answer.get("count", 1)):
                answer = None
            case = {"question": question.__name__, "datasets": [str(path) for path in paths], "area": area, "period": seconds(ends)}
            cases.write(json.dumps(case | {"what": f"{form}, {packing}", "answer": plain(answer)}) + "\n")
            asked += 1


if __name__ == "__main__":
    main()
