"""Times Rust cells beside evcxr_jupyter, in the same run. Prints a table.

Usage: cells.py KERNEL    KERNEL is the sdap-kernel program
"""

import itertools
import os
import shutil
import statistics
import sys
import tempfile
import time

from kernels import Kernel, start

NUMBERS = itertools.count(1)
LINES = 10_000
NUMERIC = """
let n = 200 + {0} % 2;
let lat = Array1::linspace(-60.0, 60.0, n);
let lon = Array1::linspace(0.0, 359.0, 360);
let weight = lat.mapv(|d: f64| d.to_radians().cos());
let field = Array2::from_shape_fn((n, 360), |(j, i)| lat[j] * 0.3 + (lon[i] as f64).to_radians().sin());
let mean_of_rows: Array1<f64> = field.mean_axis(Axis(1)).unwrap();
let total: f64 = weight.sum();
let mean: f64 = (&mean_of_rows * &weight).sum() / total;
let anomaly = &field - mean;
let variance: f64 = anomaly.iter().map(|a| a * a).sum::<f64>() / anomaly.len() as f64;
let mut warmest = f64::MIN;
let mut place = (0, 0);
for ((j, i), value) in field.indexed_iter() {{
    if *value > warmest {{
        warmest = *value;
        place = (j, i);
    }}
}}
let above = anomaly.iter().filter(|a| **a > variance.sqrt()).count();
let share = above as f64 / anomaly.len() as f64;
(mean, variance, warmest, place, share).0
"""


def evcxr():
    """The program, if there is one."""
    given = os.environ.get("EVCXR_JUPYTER")
    found = shutil.which(given or "evcxr_jupyter")
    print(f"evcxr_jupyter: {found or 'not found' + (f' at {given}' if given else '; name it by the variable EVCXR_JUPYTER')}", file=sys.stderr)
    return found


class Table:
    def __init__(self, peer):
        print(f"| what | sdap-kernel | limit | evcxr_jupyter | share of its time | limit |\n| --- | --- | --- | --- | --- | --- |", flush=True)
        self.peer = peer

    def row(self, what, ours, limit, theirs=None, share=None, unit="ms"):
        text = lambda value: "–" if value is None else f"{value:.0f} {unit}"
        part = f"{ours / theirs:.2f}" if theirs else "–"
        print(f"| {what} | {text(ours)} | {'–' if limit is None else f'≤ {limit} {unit}'} | {text(theirs)} | {part} | {'–' if share is None else f'≤ {share:.2f}'} |", flush=True)


def milliseconds(kernel, code, rounds):
    """The median of a cell's time. `{0}` in the code is another number each time, so that no compilation is that of before."""
    return statistics.median(kernel.execute(code.replace("{0}", str(next(NUMBERS))))[0] for _ in range(rounds)) * 1000


def first_value(argv, folder, rounds, code="let v = vec![1, {0}]; v.len()"):
    """From the start of the process to the value of a first cell: with `{0}` in it, of one that was never compiled before."""
    taken = []
    for _ in range(rounds):
        kernel = Kernel(argv, folder)
        kernel.ask(code.replace("{0}", str(time.time_ns() % 1_000_000_000)))
        assert kernel.reply(timeout=120)["status"] == "ok"
        taken.append(time.perf_counter() - kernel.started)
        kernel.stop()
    return statistics.median(taken) * 1000


def processes(pid):
    """A process and all below it."""
    found = [pid]
    for parent in found:
        for task in os.listdir(f"/proc/{parent}/task"):
            with open(f"/proc/{parent}/task/{task}/children") as f:
                found += [int(child) for child in f.read().split()]
    return found


def memory_mb(kernel, what):
    """What a kernel and its processes hold: `Pss`, shared pages counted in parts, or `Anonymous`, what is mapped from no file."""
    total = 0
    for pid in processes(kernel.process.pid):
        with open(f"/proc/{pid}/smaps_rollup") as f:
            total += next(int(line.split()[1]) for line in f if line.startswith(f"{what}:"))
    return total / 1024


def printed(kernel, rounds=3):
    """The time of a cell that prints many lines, all of which arrive, less that of one that prints one."""
    code = 'for i in 0..{} {{ println!("line {{i}}"); }}'
    expected = "".join(f"line {line}\n" for line in range(LINES))
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        heard = kernel.heard(kernel.ask(code.format(LINES)), timeout=120)
        taken.append(heard[-1][0] - began)
        kernel.reply()
        assert "".join(content["text"] for _, kind, content in heard if kind == "stream" and content["name"] == "stdout") == expected
    one = [kernel.execute(code.format(1))[0] for _ in range(rounds)]
    return (statistics.median(taken) - statistics.median(one)) * 1000


def many(kernel, cells=200):
    """The medians of the first and last ten of many cells that each leave a variable."""
    taken = [kernel.execute(f"let kept_{number}: Vec<i32> = vec![{number}; 10];")[0] * 1000 for number in range(cells)]
    return statistics.median(taken[:10]), statistics.median(taken[-10:])


def main():
    program = sys.argv[1]
    ours_argv = [program, "start", "--connection-file", "{connection_file}"]
    peer = evcxr()
    table = Table(peer)
    with tempfile.TemporaryDirectory() as folder:
        ours = start(ours_argv, folder)[0]
        milliseconds(ours, "1 + {0}", 3)
        held = memory_mb(ours, "Pss")
        theirs = None
        if peer:
            theirs = start([peer, "--control_file", "{connection_file}"], folder)[0]
            milliseconds(theirs, "1 + {0}", 3)
            theirs_held = memory_mb(theirs, "Pss")
            theirs.execute(':dep ndarray = "0.17"\nuse ndarray::{Array1, Array2, Axis};')
        beside = lambda work: work(theirs) if theirs else None
        numeric = NUMERIC.replace("{{", "{").replace("}}", "}")
        warm = [("`1 + {0}`", "1 + {0}", 150, 0.5, 25), ("`let v = vec![1, 2, {0}];`", "let v = vec![1, 2, {0}];", 250, 0.67, 25), ("20 lines on ndarray", numeric, 450, 0.5, 9), ("20 lines on ndarray, the same again", numeric.replace("{0}", "0"), None, None, 9)]
        for what, code, limit, share, rounds in warm:
            work = lambda kernel: milliseconds(kernel, code, rounds)
            work_once = lambda kernel: milliseconds(kernel, code, 2)
            work_once(ours), beside(work_once)
            table.row(f"warm {what}", work(ours), limit, beside(work), share)
        table.row(f"{LINES} lines printed, without the compiler's time", printed(ours), None, beside(printed), 0.2)
        table.row("resident, all processes, after `1 + 1`", held, 250, theirs_held if theirs else None, unit="MB")
        data(table, ours)
        for kernel in filter(None, [ours, theirs]):
            kernel.stop()
        starting = first_value([peer, "--control_file", "{connection_file}"], folder, 5) if peer else None
        table.row("start to the value of a first `let v = vec![1, 2]; v.len()`", first_value(ours_argv, folder, 9), 800, starting, 0.2)
        table.row("the same, where an earlier session has run that cell", first_value(ours_argv, folder, 9, "let v = vec![1, 2]; v.len()"), None)
        for name, argv in (("sdap-kernel", ours_argv), ("evcxr_jupyter", [peer, "--control_file", "{connection_file}"])):
            if name == "sdap-kernel" or peer:
                kernel = start(argv, folder)[0]
                kernel.execute("1 + 1")
                first, last = many(kernel)
                print(f"| {name}: 200 cells that each leave a variable: first ten {first:.0f} ms, last ten {last:.0f} ms | {last / first:.2f} | ≤ 1.5 | – | – | – |", flush=True)
                kernel.stop()


def data(table, kernel):
    """Much data: the snapshot with 1 GB alive, and 100 MB bound by a file and reduced."""
    plain = milliseconds(kernel, "1 + {0}", 15)
    kernel.execute("let gigabyte: Vec<f64> = (0..134_217_728).map(|i| i as f64).collect();")
    loaded = milliseconds(kernel, "1 + {0}", 15)
    table.row("what 1 GB of live variables adds to a cell", max(loaded - plain, 0.0), 80)
    kernel.execute("drop(gigabyte);")
    taken, grown = [], []
    for name in ("first", "second", "third"):
        series = "TimeSeries::of_values(\"much\", \"made\", \"1\", sdap::Times::new((0..12_500_000).collect::<Vec<i64>>()), (0..12_500_000).map(f64::from).collect::<Vec<f64>>())"
        kernel.execute(f'sdap::bind("{name}", {series})?;')
        before = memory_mb(kernel, "Anonymous")
        taken.append(kernel.execute(f"{name}.mean.mean()")[0] * 1000)
        grown.append(memory_mb(kernel, "Anonymous") - before)
        kernel.execute(f"%sdap drop {name}")
    table.row("bind 100 MB and take its mean, in one cell", statistics.median(taken), 400)
    table.row("memory that this takes beside the mapped file", statistics.median(grown), 5, unit="MB")


if __name__ == "__main__":
    main()
