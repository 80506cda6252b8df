"""Makes the embedded assets of the figures: font subset, colour maps, land outlines.

    pip install fonttools cmocean
    make_assets.py FONT NE_110M_LAND.geojson NE_50M_LAND.topojson

FONT is DejaVuSans.ttf (Debian fonts-dejavu-core). Terms of each source: NOTICE.md beside the assets.

land-*.bin: for each ring a varint count of points, then for each point the zigzag varint differences of
longitude and latitude to the point before it (the first to 0, 0), in steps given by the file's first byte:
100 for hundredths of a degree, ... ; a count of 0 ends the file. Rings are not split at the antimeridian:
their longitudes go on beyond it. A ring about a pole is closed over the pole.
"""

import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent.parent

# Latin, Greek, spacing marks, dashes and quotes, super- and subscripts, currency, letterlike, arrows, mathematics, shapes.
CHARACTERS = (
    "U+0020-007E,U+00A0-024F,U+02C6-02DD,U+0370-03FF,U+1E00-1EFF,U+2010-2027,U+202F-203E,U+2044,U+2070-209C,U+20AC,"
    "U+2100-2127,U+212B,U+2150-215E,U+2190-2199,U+21D0-21D5,U+2202,U+2205-220F,U+2211-221E,U+222B,U+2248,U+2260-2265,"
    "U+25A0-25CF,U+FFFD"
)

COLOUR_MAPS = [
    "thermal", "rain", "haline", "speed", "algae", "balance", "amp", "curl", "deep", "delta", "dense",
    "diff", "gray", "ice", "matter", "oxy", "phase", "solar", "tarn", "tempo", "topo", "turbid",
]


def font(source):
    subprocess.run(
        ["pyftsubset", source, f"--unicodes={CHARACTERS}", "--no-hinting", "--layout-features=", "--drop-tables+=GPOS,GSUB,GDEF,kern,FFTM",
         "--name-IDs=0,1,2,3,4,5,6,13,14", "--notdef-outline", f"--output-file={HERE / 'DejaVuSans-subset.ttf'}"],
        check=True,
    )


def colour_maps():
    import cmocean

    rgb = pathlib.Path(cmocean.__file__).parent / "rgb"
    table = bytearray()
    for name in COLOUR_MAPS:
        rows = [line.split() for line in (rgb / f"{name}-rgb.txt").read_text().splitlines() if line.strip()]
        # Some maps come with 512 colours, of which 256 are taken evenly.
        taken = [rows[round(i * (len(rows) - 1) / 255)] for i in range(256)]
        table += bytes(round(float(v) * 255) for row in taken for v in row)
    (HERE / "cmocean.bin").write_bytes(table)


def rings_of_geojson(path):
    geometry = json.loads(pathlib.Path(path).read_text())["features"][0]["geometry"]
    return [ring for polygon in geometry["coordinates"] for ring in polygon]


def rings_of_topojson(path):
    topology = json.loads(pathlib.Path(path).read_text())
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append([x * sx + tx, y * sy + ty])
        arcs.append(points)

    def ring(indices):
        points = []
        for i in indices:
            arc = arcs[i] if i >= 0 else arcs[~i][::-1]
            points += arc[1:] if points else arc
        return points

    return [ring(r) for g in topology["objects"]["land"]["geometries"] for polygon in g["arcs"] for r in polygon]


def unwrapped(ring):
    """The ring with longitudes that go on beyond the antimeridian, closed over the pole if it goes about one."""
    points = [list(ring[0])]
    turn = 0.0
    for (a, _), (b, y) in zip(ring, ring[1:]):
        turn += 360.0 if b - a < -180 else -360.0 if b - a > 180 else 0.0
        points.append([b + turn, y])
    if abs(points[-1][0] - points[0][0]) > 180:
        pole = -90.0 if points[0][1] < 0 else 90.0
        points = along_whole_turn(points)
        points += [[points[-1][0], pole], [points[0][0], pole], points[0]]
    west = min(x for x, _ in points)
    shift = 360.0 * ((west + 180.0) // 360.0)
    return [[x - shift, y] for x, y in points]


def along_whole_turn(points):
    """A ring about a pole, begun where it crosses the antimeridian, so that it runs from -180 to 180."""
    if points[-1][0] < points[0][0]:
        points = points[::-1]
    if (points[0][0] - 180) % 360 == 0:
        return [[x - points[0][0] - 180.0, y] for x, y in points]
    points = points[:-1]
    start = next(i for i, ((a, _), (b, _)) in enumerate(zip(points, points[1:])) if (a - 180) // 360 != (b - 180) // 360)
    (a, ya), (b, yb) = points[start], points[start + 1]
    edge = 360.0 * ((b - 180) // 360) + 180.0
    y = ya + (yb - ya) * (edge - a) / (b - a)
    turned = [[edge, y]] + points[start + 1:] + [[x + 360.0, v] for x, v in points[: start + 1]] + [[edge + 360.0, y]]
    return [[x - edge - 180.0, v] for x, v in turned]


def varint(n):
    n = (n << 1) ^ (n >> 63)
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def land(rings, steps, name):
    out = bytearray([steps])
    for ring in rings:
        points = []
        for x, y in unwrapped(ring):
            p = (round(x * steps), round(y * steps))
            if not points or points[-1] != p:
                points.append(p)
        if len(points) < 4:
            continue
        out += varint(len(points))
        px = py = 0
        for x, y in points:
            out += varint(x - px) + varint(y - py)
            px, py = x, y
    (HERE / name).write_bytes(bytes(out) + varint(0))


if __name__ == "__main__":
    font(sys.argv[1])
    colour_maps()
    land(rings_of_geojson(sys.argv[2]), 100, "land-110m.bin")
    land(rings_of_topojson(sys.argv[3]), 100, "land-50m.bin")
