"""JupyterLab on a folder of its own, and a Chromium that can reach nothing else."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

# Cells outside the window are drawn too, nothing starts by itself, and no news is fetched.
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none", "autoStartDefaultKernel": False},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
# What JupyterLab would otherwise ask the outside for, and what a user at a desk would want.
SERVER = [
    "--no-browser",
    "--allow-root",
    "--expose-app-in-browser",
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port_retries=0",
    "--ServerApp.terminals_enabled=False",
    "--LabApp.extension_manager=readonly",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
]
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
# A first Rust cell may have to compile what all cells import.
COLD_START = 600

OPEN = """async path => {
    const panel = await window.jupyterapp.commands.execute('docmanager:open', {path});
    await panel.context.ready;
    await panel.sessionContext.ready;
}"""
# Each code cell: its source, its number, the outputs as sent, and the MIME type that JupyterLab draws of each.
CELLS = """() => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    return notebook.widgets.filter(cell => cell.model.type === 'code').map(cell => ({
        source: cell.model.sharedModel.source,
        count: cell.model.executionCount,
        prompt: cell.promptNode ? cell.promptNode.textContent : cell.node.querySelector('.jp-InputPrompt').textContent,
        trusted: cell.model.trusted,
        outputs: cell.model.outputs.toJSON(),
        drawn: Array.from({length: cell.model.outputs.length}, (_, index) => {
            const output = cell.model.outputs.get(index);
            return notebook.rendermime.preferredMimeType(output.data, output.trusted ? 'any' : 'ensure');
        }),
    }));
}"""
# Whether a canvas shows more than one colour.
PAINTED = """canvas => {
    const pixels = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    return pixels.some(pixel => pixel !== pixels[0]);
}"""
LOADED = "image => image.decode().then(() => image.naturalWidth > 100 && image.naturalHeight > 100)"


class Lab:
    """`sdap-kernel lab`, on an empty folder."""

    def __init__(self):
        self.home = Path(tempfile.mkdtemp(prefix="sdap-browser-"))
        self.folder = self.home / "notebooks"
        self.folder.mkdir()
        self.token = secrets.token_hex(16)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        folders = {name: str(self.home / name) for name in ("config", "runtime", "settings", "workspaces", "data")}
        for name, settings in SETTINGS.items():
            path = self.home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(settings))
        environment = {
            **os.environ,
            "JUPYTER_CONFIG_DIR": folders["config"],
            "JUPYTER_RUNTIME_DIR": folders["runtime"],
            "JUPYTER_DATA_DIR": folders["data"],
            "JUPYTERLAB_SETTINGS_DIR": folders["settings"],
            "JUPYTERLAB_WORKSPACES_DIR": folders["workspaces"],
        }
        command = [os.environ["SDAP_KERNEL"], "lab", str(self.folder), "--", *SERVER]
        command += [f"--ServerApp.port={self.port}", f"--IdentityProvider.token={self.token}"]
        self.log = self.home / "lab.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
        self.wait()

    def wait(self):
        deadline = time.monotonic() + 300
        while True:
            try:
                return self.ask("/api/status")
            except OSError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    said = self.log.read_text()
                    self.close()
                    raise AssertionError(f"JupyterLab does not answer ({error}); it said:\n{said}") from None
                time.sleep(0.2)

    def ask(self, path, method="GET"):
        request = urllib.request.Request(self.address + path, method=method, headers={"Authorization": f"token {self.token}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


class Browser:
    """Chromium, which lists and refuses every request that is not to the server."""

    def __init__(self, lab):
        self.lab = lab
        self.refused = []
        self.profile = tempfile.mkdtemp(prefix="sdap-browser-")
        self.playwright = sync_playwright().start()
        self.context = self.playwright.chromium.launch_persistent_context(
            self.profile,
            executable_path=os.environ["CHROMIUM"],
            headless=True,
            args=CHROMIUM,
            viewport={"width": 1200, "height": 1400},
            service_workers="block",
        )
        self.context.route("**/*", self.gate)
        self.context.on("page", lambda page: page.on("websocket", self.watch))

    def gate(self, route):
        url = route.request.url
        if url.startswith((self.lab.address + "/", "data:", "blob:")):
            route.continue_()
        else:
            self.refused.append(url)
            route.abort()

    def watch(self, websocket):
        if not websocket.url.startswith(self.lab.address.replace("http", "ws", 1) + "/"):
            self.refused.append(websocket.url)

    def page(self, path="/lab"):
        """JupyterLab with an empty workspace, ready for use."""
        page = self.context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{self.lab.address}{path}?token={self.lab.token}&reset")
        page.wait_for_selector(".jp-Launcher")
        page.wait_for_function("window.jupyterapp !== undefined")
        return page

    def close(self):
        self.context.close()
        self.playwright.stop()
        shutil.rmtree(self.profile, ignore_errors=True)
