"""The kernels that are timed: each is started the way Jupyter does, by its own command line with a connection file, and
spoken to over the real protocol. The sockets retry every millisecond, so that a start is not rounded up to libzmq's 100 ms.
"""

import hashlib
import hmac
import json
import os
import socket
import statistics
import subprocess
import time
import uuid

import zmq

KEY = b"bench"


class Kernel:
    """A kernel process and the sockets to it."""

    def __init__(self, argv, folder):
        names = ["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"]
        self.ports = dict(zip(names, free_ports(5)))
        path = os.path.join(folder, f"{uuid.uuid4()}.json")
        with open(path, "w") as f:
            json.dump(self.ports | {"ip": "127.0.0.1", "transport": "tcp", "key": KEY.decode(), "signature_scheme": "hmac-sha256"}, f)
        self.context = zmq.Context()
        self.context.setsockopt(zmq.RECONNECT_IVL, 1)
        self.context.setsockopt(zmq.LINGER, 0)
        self.started = time.perf_counter()
        self.process = subprocess.Popen([a.replace("{connection_file}", path) for a in argv], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.shell = self.connect(zmq.DEALER, "shell_port")
        self.iopub = self.context.socket(zmq.SUB)
        self.iopub.subscribe(b"")
        self.iopub.connect(f"tcp://127.0.0.1:{self.ports['iopub_port']}")

    def connect(self, kind, port):
        socket = self.context.socket(kind)
        socket.connect(f"tcp://127.0.0.1:{self.ports[port]}")
        return socket

    def send(self, kind, content, socket=None):
        header = {"msg_id": str(uuid.uuid4()), "session": "bench", "username": "bench", "date": "2026-01-01T00:00:00Z", "msg_type": kind, "version": "5.3"}
        parts = [json.dumps(p).encode() for p in (header, {}, {}, content)]
        signature = hmac.new(KEY, b"".join(parts), hashlib.sha256).hexdigest().encode()
        (socket or self.shell).send_multipart([b"<IDS|MSG>", signature, *parts])
        return header["msg_id"]

    def reply(self, socket=None, timeout=60):
        socket = socket or self.shell
        if not socket.poll(timeout * 1000):
            raise TimeoutError("no reply")
        frames = socket.recv_multipart()
        return json.loads(frames[frames.index(b"<IDS|MSG>") + 5])

    def heard(self, parent, timeout=60):
        """What is published for a request up to its idle: the time, kind and content of each message. They are read only
        once all are here, so that reading takes no time between them."""
        parent, came = parent.encode(), []
        while self.iopub.poll(timeout * 1000):
            frames = self.iopub.recv_multipart()
            at = frames.index(b"<IDS|MSG>")
            if parent in frames[at + 3]:
                came.append((time.perf_counter(), frames[at + 2], frames[at + 5]))
                if b'"idle"' in frames[at + 5] and b'"status"' in frames[at + 2]:
                    return [(when, json.loads(header)["msg_type"], json.loads(content)) for when, header, content in came]
        raise TimeoutError("never idle")

    def ask(self, code):
        """Sends a cell and gives the id of the request."""
        return self.send("execute_request", {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False, "stop_on_error": True})

    def execute(self, code):
        """Seconds from execute_request to idle, and the MIME types shown."""
        begin = time.perf_counter()
        heard = self.heard(self.ask(code))
        reply = self.reply()
        if reply["status"] != "ok":
            raise RuntimeError(f"{code}: {reply}")
        return heard[-1][0] - begin, {mime for _, _, content in heard for mime in content.get("data", {})}

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
