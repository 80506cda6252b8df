"""Times the kernel beside ipykernel, in the same run: start, a figure, memory. Prints a table.

Usage: latency.py KERNEL [ROUNDS]    KERNEL is the sdap-kernel program

Both kernels are started the way Jupyter does, by their own command line with a connection file, and spoken to over the
real protocol. The sockets retry every millisecond, so that a start is not rounded up to libzmq's 100 ms.
"""

import hashlib
import hmac
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid

import zmq

KEY = b"bench"
FIGURE = "%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34"


class Kernel:
    """A kernel process and the sockets to it."""

    def __init__(self, argv, folder):
        ports = free_ports(5)
        names = ["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"]
        path = os.path.join(folder, f"{uuid.uuid4()}.json")
        with open(path, "w") as f:
            json.dump(dict(zip(names, ports)) | {"ip": "127.0.0.1", "transport": "tcp", "key": KEY.decode(), "signature_scheme": "hmac-sha256"}, f)
        self.context = zmq.Context()
        self.context.setsockopt(zmq.RECONNECT_IVL, 1)
        self.context.setsockopt(zmq.LINGER, 0)
        self.started = time.perf_counter()
        self.process = subprocess.Popen([a.replace("{connection_file}", path) for a in argv], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.shell = self.context.socket(zmq.DEALER)
        self.shell.connect(f"tcp://127.0.0.1:{ports[0]}")
        self.iopub = self.context.socket(zmq.SUB)
        self.iopub.subscribe(b"")
        self.iopub.connect(f"tcp://127.0.0.1:{ports[1]}")

    def send(self, kind, content):
        header = {"msg_id": str(uuid.uuid4()), "session": "bench", "username": "bench", "date": "2026-01-01T00:00:00Z", "msg_type": kind, "version": "5.3"}
        parts = [json.dumps(p).encode() for p in (header, {}, {}, content)]
        signature = hmac.new(KEY, b"".join(parts), hashlib.sha256).hexdigest().encode()
        self.shell.send_multipart([b"<IDS|MSG>", signature, *parts])
        return header["msg_id"]

    def reply(self, timeout=60):
        if not self.shell.poll(timeout * 1000):
            raise TimeoutError("no reply on shell")
        frames = self.shell.recv_multipart()
        return json.loads(frames[frames.index(b"<IDS|MSG>") + 5])

    def wait_idle(self, parent, timeout=60):
        """The MIME types shown for a request, until it is idle."""
        shown = set()
        while self.iopub.poll(timeout * 1000):
            frames = self.iopub.recv_multipart()
            at = frames.index(b"<IDS|MSG>")
            header, parent_header, content = (json.loads(frames[at + i]) for i in (2, 3, 5))
            shown |= set(content.get("data", {}))
            if parent_header.get("msg_id") == parent and header["msg_type"] == "status" and content["execution_state"] == "idle":
                return shown
        raise TimeoutError("never idle")

    def execute(self, code):
        """Seconds from execute_request to idle, and the MIME types shown."""
        begin = time.perf_counter()
        parent = self.send("execute_request", {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False, "stop_on_error": True})
        shown = self.wait_idle(parent)
        seconds = time.perf_counter() - begin
        reply = self.reply()
        if reply["status"] != "ok":
            raise RuntimeError(f"{code}: {reply}")
        return seconds, shown

    def resident_mb(self):
        with open(f"/proc/{self.process.pid}/status") as f:
            return next(int(line.split()[1]) / 1024 for line in f if line.startswith("VmRSS"))

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.context.destroy(linger=0)


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def start(argv, folder):
    kernel = Kernel(argv, folder)
    kernel.send("kernel_info_request", {})
    kernel.reply()
    return kernel, time.perf_counter() - kernel.started


def row(what, ours, peer=None):
    ms = lambda seconds: f"{statistics.median(seconds) * 1000:.1f} ms"
    ratio = f"{statistics.median(peer) / statistics.median(ours):.1f} ×" if peer else "–"
    print(f"| {what} | {ms(ours)} | {ms(peer) if peer else '–'} | {ratio} |", flush=True)


def main():
    program, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20
    ours_argv = [program, "start", "--connection-file", "{connection_file}"]
    peer_argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    ours, peer = [], []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for argv, times in ((ours_argv, ours), (peer_argv, peer)):
                kernel, seconds = start(argv, folder)
                times.append(seconds)
                kernel.stop()
        print(f"| what (median of {rounds}) | sdap-kernel | ipykernel | ratio |\n| --- | --- | --- | --- |")
        row("process start to kernel_info_reply", ours, peer)

        kernel, _ = start(ours_argv, folder)
        python, _ = start(peer_argv, folder)
        idle, idle_peer = kernel.resident_mb(), python.resident_mb()
        first, shown = kernel.execute(FIGURE)
        assert "image/png" in shown, shown
        row("first %sdap timeseries of a session, Niño 3.4, with its figure", [first])
        row("the same again", [kernel.execute(FIGURE)[0] for _ in range(rounds)])
        row("smallest cell (%sdap version; pass)", [kernel.execute("%sdap version")[0] for _ in range(rounds)], [python.execute("pass")[0] for _ in range(rounds)])
        print(f"| resident after start | {idle:.0f} MB | {idle_peer:.0f} MB | {idle_peer / idle:.1f} × |")
        print(f"| resident after {rounds + 1} figures | {kernel.resident_mb():.0f} MB | – | – |")
        kernel.stop()
        python.stop()


if __name__ == "__main__":
    main()
