"""The same answer by Python: prints one JSON line with the seconds, the processor's seconds and the peak in bytes.

    python parse.py points|map FILE

The body is read before the clock starts. Then `json` takes it apart, and what it holds becomes the same columns in numpy
that the client makes of it: samples by time, latitude and longitude; cells as planes on ascending axes, NaN for none.
"""

import json
import re
import sys
import time

import numpy as np


def peak():
    with open("/proc/self/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1]) * 1024


def points(body):
    rows = json.loads(body)
    rows = rows["data"] if isinstance(rows, dict) else rows
    column = lambda name: np.array([row[name] for row in rows], dtype=float)
    time_, lat, lon, elevation = (column(name) for name in ("time", "latitude", "longitude", "elevation"))
    values = np.array([next(iter(row["data"]["variables"][0].values())) for row in rows], dtype=float)
    order = np.lexsort((lon, lat, time_))
    return [part[order] for part in (time_.astype(np.int64), lat, lon, elevation, values)]


def map_(body):
    rows = json.loads(body)["data"]
    plane = lambda name: np.array([[cell[name] for cell in row] for row in rows], dtype=float)
    lat, lon = np.array([row[0]["lat"] for row in rows]), np.array([cell["lon"] for cell in rows[0]])
    values, count = plane("mean"), plane("cnt")
    values[count == 0] = np.nan
    up, east = np.argsort(lat), np.argsort(lon)
    return lat[up], lon[east], values[up][:, east], count[up][:, east]


what, file = sys.argv[1:]
with open(file, "rb") as body:
    body = body.read()
before = peak() - len(body)
began, busy = time.perf_counter(), time.process_time()
kept = {"points": points, "map": map_}[what](body)
seconds, busy = time.perf_counter() - began, time.process_time() - busy
print(json.dumps({"seconds": seconds, "busy": busy, "peak": peak() - before}))
