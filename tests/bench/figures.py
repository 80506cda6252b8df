"""The same figures by matplotlib and cartopy: prints one JSON line for each with its median milliseconds.

    python figures.py LAND_110M.bin

Each figure is drawn and written as SVG and as PNG of 192 dots per inch, as the kernel sends it. Cartopy would download its
coastlines; it gets those that the kernel has.
"""

import io
import json
import statistics
import sys
import time

import matplotlib

matplotlib.use("agg")
import cartopy
import cartopy.crs as ccrs
import cartopy.feature
import matplotlib.pyplot as plt
import numpy as np
import shapely.geometry

SIZE = (7.6, 4.2)


def land(path):
    """The rings of the kernel's own outlines: see magics/assets/source/make_assets.py for their form."""
    data = open(path, "rb").read()
    steps, at = data[0], 1

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return (value >> 1) ^ -(value & 1)

    rings = []
    while count := number():
        x = y = 0
        ring = []
        for _ in range(count):
            x, y = x + number(), y + number()
            ring.append((x / steps, y / steps))
        rings.append(shapely.geometry.LineString(ring))
    return cartopy.feature.ShapelyFeature(rings, ccrs.PlateCarree(), facecolor="none", edgecolor="black")


def written(figure):
    for form in ("svg", "png"):
        figure.savefig(io.BytesIO(), format=form, dpi=192)
    plt.close(figure)


def line():
    days = np.datetime64("1997-01-01") + np.arange(3653)
    values = 15 - 9 * np.cos(np.arange(3653) / 58.1) + 4 * np.random.default_rng(1).random(3653)

    def draw():
        figure, axes = plt.subplots(figsize=SIZE)
        axes.plot(days, values)
        axes.set(title="Sea surface temperature", xlabel="Time (UTC)", ylabel="°C")
        axes.grid()
        written(figure)

    return draw


def globe(coast, mesh):
    lon, lat = np.arange(1440) / 4 - 179.875, np.arange(720) / 4 - 89.875
    values = np.sin(lat[:, None] / 9) + np.cos(lon[None, :] / 7)

    def draw():
        figure, axes = plt.subplots(figsize=SIZE, subplot_kw={"projection": ccrs.PlateCarree()})
        if mesh:
            picture = axes.pcolormesh(lon, lat, values, transform=ccrs.PlateCarree(), rasterized=True)
        else:
            picture = axes.imshow(values, origin="lower", extent=(-180, 180, -90, 90), interpolation="nearest")
        axes.add_feature(coast)
        axes.gridlines(draw_labels=["left", "bottom"])
        figure.colorbar(picture, ax=axes, label="°C")
        axes.set_title("Sea surface temperature")
        written(figure)

    return draw


def scatter(binned):
    random = np.random.default_rng(1)
    x = random.normal(size=1_000_000)
    y = 2 + 0.8 * x + random.normal(size=1_000_000)

    def draw():
        figure, axes = plt.subplots(figsize=SIZE)
        if binned:
            figure.colorbar(axes.hexbin(x, y, gridsize=100, bins="log"), ax=axes)
        else:
            axes.scatter(x, y, s=2, rasterized=True)
        slope, intercept = np.polyfit(x, y, 1)
        axes.axline((0, intercept), slope=slope, color="tab:orange")
        axes.set(title=f"r = {np.corrcoef(x, y)[0, 1]:.3f}", xlabel="x", ylabel="y")
        written(figure)

    return draw


def main():
    coast = land(sys.argv[1])
    figures = [
        ("line", "matplotlib plot", line(), 9),
        ("map", "cartopy pcolormesh", globe(coast, True), 5),
        ("map", "cartopy imshow", globe(coast, False), 5),
        ("scatter", "matplotlib scatter", scatter(False), 3),
        ("scatter", "matplotlib hexbin", scatter(True), 3),
    ]
    for figure, how, draw, times in figures:
        draw()
        taken = []
        for _ in range(times):
            start = time.perf_counter()
            draw()
            taken.append(time.perf_counter() - start)
        print(json.dumps({"figure": figure, "how": how, "ms": statistics.median(taken) * 1e3}), flush=True)


if __name__ == "__main__":
    main()
