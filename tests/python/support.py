"""What the tests of this folder share: a kernel under its name, its messages, and an end to waiting."""

import contextlib
import faulthandler
import os
import queue
import time
from pathlib import Path

from jupyter_client.manager import KernelManager

KERNEL = "sdap"
REPOSITORY = Path(__file__).resolve().parents[2]
# A first Rust cell may have to compile what all cells import.
COLD_START = 600

# A test that hangs says where, and ends.
faulthandler.dump_traceback_later(1500, exit=True)


@contextlib.contextmanager
def running_kernel():
    """A kernel, and a client of it, shut down in the end."""
    manager = KernelManager(kernel_name=KERNEL)
    manager.start_kernel()
    try:
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=60)
            yield manager, client
        finally:
            client.stop_channels()
    finally:
        manager.shutdown_kernel(now=not manager.is_alive())


def iopub_until_idle(client, message_id, timeout=60):
    """All iopub messages of a request, its busy and its idle included."""
    messages = []
    deadline = time.monotonic() + timeout
    while True:
        message = client.get_iopub_msg(timeout=max(0.1, deadline - time.monotonic()))
        if message["parent_header"].get("msg_id") != message_id:
            continue
        messages.append(message)
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return messages


def reply_to(client, message_id, channel="shell", timeout=60):
    """The reply to a request."""
    get = {"shell": client.get_shell_msg, "control": client.get_control_msg}[channel]
    deadline = time.monotonic() + timeout
    while True:
        message = get(timeout=max(0.1, deadline - time.monotonic()))
        if message["parent_header"].get("msg_id") == message_id:
            return message


def execute(client, code, timeout=60):
    """Runs a cell; returns the content of its reply and its iopub messages."""
    message_id = client.execute(code)
    return reply_to(client, message_id, timeout=timeout)["content"], iopub_until_idle(client, message_id, timeout)


def shown(messages):
    """The text/plain of everything that a cell displayed, and the text that it printed."""
    parts = []
    for message in messages:
        content = message["content"]
        if message["msg_type"] == "stream":
            parts.append(content["text"])
        elif message["msg_type"] in ("display_data", "execute_result"):
            parts.append(content["data"].get("text/plain", ""))
    return "\n".join(parts)


def nothing_more(client, seconds=0.3):
    """Whether no further reply arrives on the shell channel."""
    try:
        client.get_shell_msg(timeout=seconds)
    except queue.Empty:
        return True
    return False


def environment(**changes):
    """The environment of this process, changed."""
    return {**os.environ, **changes}
