"""Times the protocol beside ipykernel and evcxr_jupyter, in the same run. Prints a table, and fails where a limit is not met.

Usage: protocol.py KERNEL ECHO...    KERNEL is the sdap-kernel program, ECHO the command that runs the echo language,
                                     to which the connection file is added
"""

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import zmq

from kernels import free_ports, start

ROUNDS = 1000
LINES = 10_000
EXPECTED = "".join(f"line {line}\n" for line in range(LINES))
ASLEEP = {"sdap-kernel": "std::thread::sleep(std::time::Duration::from_secs(600));", "ipykernel": "import time; time.sleep(600)"}
ASLEEP["evcxr_jupyter"] = ASLEEP["sdap-kernel"]


class Table:
    """A table in which each row has a limit, and what of our own does not meet it."""

    def __init__(self, peers):
        self.peers, self.missed = peers, []
        print(f"| what | sdap-kernel | limit | {' | '.join(peers)} |\n| --- | --- | --- |{' --- |' * len(peers)}", flush=True)

    def row(self, what, ours, limit=None, peers=None):
        """A row in milliseconds."""
        text = lambda ms: "–" if ms is None else f"{ms:.2f} ms"
        print(f"| {what} | {text(ours)} | {'–' if limit is None else f'≤ {limit} ms'} | {' | '.join(text((peers or {}).get(p)) for p in self.peers)} |", flush=True)
        if limit is not None and ours > limit:
            self.missed.append(f"{what}: {ours:.2f} ms, more than {limit} ms")

    def ratio(self, what, ours, peers, least):
        """A row of how many times faster we are."""
        ratios = {peer: peers[peer] / ours for peer in peers}
        print(f"| {what} | 1 | – | {' | '.join(f'{ratios[p]:.1f} × (limit {least[p]} ×)' if p in ratios else '–' for p in self.peers)} |", flush=True)
        self.missed += [f"{what}: {ratios[p]:.1f} times faster than {p}, less than {least[p]}" for p in ratios if ratios[p] < least[p]]


def evcxr():
    """The program, if there is one."""
    given = os.environ.get("EVCXR_JUPYTER")
    found = shutil.which(given or "evcxr_jupyter")
    print(f"evcxr_jupyter: {found or 'not found' + (f' at {given}' if given else '; name it by the variable EVCXR_JUPYTER')}", file=sys.stderr)
    return found


def begin(argv, folder):
    """A kernel that has been heard on iopub, where subscriptions take a while."""
    kernel, _ = start(argv, folder)
    for _ in range(100):
        try:
            kernel.heard(kernel.send("kernel_info_request", {}), timeout=0.1)
            kernel.reply()
            return kernel
        except TimeoutError:
            kernel.reply()
    raise TimeoutError("nothing is heard on iopub")


def ms(seconds):
    return statistics.median(seconds) * 1000


def p99(seconds):
    return sorted(seconds)[len(seconds) * 99 // 100] * 1000


def times(rounds, work):
    taken = []
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return taken


def all_lines(kernel, code):
    """Seconds from the request until the last of the text is here, which must be whole."""
    begin = time.perf_counter()
    heard = kernel.heard(kernel.ask(code), timeout=120)
    kernel.reply()
    text = [(when, content["text"]) for when, kind, content in heard if kind == "stream"]
    assert "".join(piece for _, piece in text) == EXPECTED, "all lines, in order"
    return text[-1][0] - begin


def answers(kernel, socket, kind, content):
    """Asks and waits for the reply."""
    kernel.send(kind, content, socket)
    return kernel.reply(socket)


def beats(kernel):
    """Seconds of heartbeats, one every 5 ms."""
    heart = kernel.connect(zmq.REQ, "hb_port")

    def beat():
        heart.send(b"ping")
        assert heart.poll(10_000), "the heart beats"
        heart.recv()

    beat()
    taken = []
    for _ in range(ROUNDS):
        taken += times(1, beat)
        time.sleep(0.005)
    return taken


class Compilers:
    """rustc at work on every core for as long as the block runs."""

    def __init__(self, folder):
        self.source = os.path.join(folder, "busy.rs")
        with open(self.source, "w") as f:
            f.writelines(f"pub fn f{n}(v: &mut Vec<String>) {{ v.sort(); v.dedup(); v.retain(|s| s.len() > {n}); v.reverse(); }}\n" for n in range(3000))

    def __enter__(self):
        loop = f'while :; do rustc -O --crate-type lib --emit obj -C codegen-units=1 -o "$0.$$.o" "$0" 2> "$0.errors" || exit; done'
        self.loops = [subprocess.Popen(["sh", "-c", loop, self.source], start_new_session=True) for _ in range(os.cpu_count())]
        time.sleep(1)

    def __exit__(self, *_):
        ended = [process.poll() for process in self.loops]
        for process in self.loops:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        assert all(code is None for code in ended), "rustc compiled all the time"


def dead_target(kernel, program):
    """Makes a server the target, and stops it in such a way that it takes questions and answers none. Gives its process."""
    port = free_ports(1)[0]
    server = subprocess.Popen([program, "serve", "--listen", f"127.0.0.1:{port}"], stdout=subprocess.PIPE)
    server.stdout.readline()
    kernel.execute(f"%sdap target dead=http://127.0.0.1:{port}")
    server.send_signal(signal.SIGSTOP)
    return server


def main():
    program, echo = sys.argv[1], sys.argv[2:]
    argvs = {"sdap-kernel": [program, "start", "--connection-file", "{connection_file}"], "ipykernel": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]}
    peer = evcxr()
    if peer:
        argvs["evcxr_jupyter"] = [peer, "--control_file", "{connection_file}"]
    with tempfile.TemporaryDirectory() as folder:
        kernels = {name: begin(argv, folder) for name, argv in argvs.items()}
        echo = begin([*echo, "{connection_file}"], folder)
        ours = kernels["sdap-kernel"]
        peers = {name: kernel for name, kernel in kernels.items() if kernel is not ours}
        table = Table(list(peers))
        measure(table, program, ours, echo, peers, folder)
        for kernel in (*kernels.values(), echo):
            kernel.stop()
    for line in table.missed:
        print(f"missed: {line}", file=sys.stderr)
    return 1 if table.missed else 0


def measure(table, program, ours, echo, peers, folder):
    smallest = {"ipykernel": "pass", "evcxr_jupyter": ":version"}
    taken = times(ROUNDS, lambda: ours.execute("%sdap version"))
    theirs = {name: times(ROUNDS // 5, lambda: kernel.execute(smallest[name])) for name, kernel in peers.items()}
    cells = "smallest cell, request to idle (`%sdap version`; `pass`; `:version`)"
    table.row(f"{cells}: median", ms(taken), 2, {name: ms(t) for name, t in theirs.items()})
    table.row(f"{cells}: p99", p99(taken), 5, {name: p99(t) for name, t in theirs.items()})

    # A cell of Rust is compiled first. Run once before, with one line, what is compiled anew is only the number.
    lines = {"ipykernel": 'for i in range({}): print("line", i)', "evcxr_jupyter": 'for i in 0..{} {{ println!("line {{i}}"); }}'}
    flood = ms([all_lines(echo, f"flood {LINES}") for _ in range(15)])
    theirs = {}
    for name, kernel in peers.items():
        one = ms([kernel.execute(lines[name].format(1))[0] for _ in range(3)])
        theirs[name] = ms([all_lines(kernel, lines[name].format(LINES)) for _ in range(5)])
        if name == "evcxr_jupyter":
            theirs[name] -= one
    table.row(f"{LINES} small writes, request to the last text (evcxr_jupyter: without the compiler's time)", flood, None, theirs)
    table.ratio("the same, times faster", flood, theirs, {"ipykernel": 2, "evcxr_jupyter": 20})

    for name, kernel in {"sdap-kernel": ours, **peers}.items():
        kernel.ask(ASLEEP[name])
    time.sleep(3)
    info = {name: times(ROUNDS, lambda: answers(kernel, control, "kernel_info_request", {})) for name, kernel, control in
            ((name, kernel, kernel.connect(zmq.DEALER, "control_port")) for name, kernel in {"sdap-kernel": ours, **peers}.items())}
    taken = info.pop("sdap-kernel")
    what = "`kernel_info` on control while a cell runs"
    table.row(f"{what}: median", ms(taken), 5, {name: ms(t) for name, t in info.items()})
    table.row(f"{what}: p99", p99(taken), 5, {name: p99(t) for name, t in info.items()})

    compilers = Compilers(folder)
    with compilers:
        taken = beats(ours)
    theirs = {}
    for name, kernel in peers.items():
        with compilers:
            theirs[name] = beats(kernel)
    what = "heartbeat while rustc compiles on every core"
    table.row(f"{what}: median", ms(taken), 2, {name: ms(t) for name, t in theirs.items()})
    table.row(f"{what}: p99", p99(taken), None, {name: p99(t) for name, t in theirs.items()})

    control = ours.connect(zmq.DEALER, "control_port")
    answers(ours, control, "interrupt_request", {})
    ours.reply()
    server = dead_target(ours, program)
    try:
        taken = []
        for code in ("%sdap", "%sdap ti", "%sdap timeseries ", "%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bb"):
            taken += times(ROUNDS // 5, lambda: answers(ours, None, "complete_request", {"code": code, "cursor_pos": len(code)}))
    finally:
        server.kill()
        server.wait()
    table.row("completion of `%sdap` lines while the server is dead: median", ms(taken), 5)
    table.row("completion of `%sdap` lines while the server is dead: p99", p99(taken), 5)


if __name__ == "__main__":
    sys.exit(main())
