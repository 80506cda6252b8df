"""The programs through which people meet a kernel: jupyter_client, nbclient, nbconvert, papermill and jupyter console."""

import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import nbformat
import pexpect
import psutil
from jupyter_client.blocking import BlockingKernelClient
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from support import COLD_START, KERNEL, REPOSITORY, environment, execute, iopub_until_idle, nothing_more, reply_to, running_kernel, shown

SERIES = "let sst = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009"
READ_A_NAME = """\
let mut name = String::new();
print!("Name? ");
std::io::stdin().read_line(&mut name)?;
name.trim()"""
SLEEP = "std::thread::sleep(std::time::Duration::from_secs(120));"


def notebook(*cells):
    made = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": KERNEL, "display_name": "SDAP", "language": "rust"}})
    made.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    return made


def types(messages):
    return [message["msg_type"] for message in messages]


class Client(unittest.TestCase):
    """jupyter_client, on a kernel of each test's own."""

    def setUp(self):
        context = running_kernel()
        self.manager, self.client = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)

    def test_kernel_info_is_the_same_on_shell_and_control(self):
        shell = reply_to(self.client, self.client.kernel_info())["content"]
        request = self.client.session.msg("kernel_info_request")
        self.client.control_channel.send(request)
        control = reply_to(self.client, request["header"]["msg_id"], "control")["content"]
        self.assertEqual(shell, control)
        self.assertEqual(shell["status"], "ok")
        self.assertEqual(shell["implementation"], "sdap-kernel")
        self.assertRegex(shell["protocol_version"], r"^5\.\d+$")
        language = shell["language_info"]
        self.assertEqual((language["name"], language["file_extension"], language["pygments_lexer"]), ("rust", ".rs", "rust"))

    def test_a_cell_is_busy_then_shows_then_is_idle(self):
        reply, messages = execute(self.client, "%sdap regions")
        self.assertEqual((reply["status"], reply["execution_count"]), ("ok", 1))
        self.assertEqual(types(messages), ["status", "execute_input", "display_data", "status"])
        self.assertIn("nino34", messages[2]["content"]["data"]["text/plain"])

    def test_a_figure_carries_picture_and_text(self):
        reply, messages = execute(self.client, "%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009")
        self.assertEqual(reply["status"], "ok", reply)
        figure, origin = [message["content"]["data"] for message in messages if message["msg_type"] == "display_data"]
        self.assertLessEqual({"application/vnd.vegalite.v5+json", "image/svg+xml", "image/png", "text/plain"}, figure.keys())
        self.assertIn("timeSeriesSpark", origin["text/plain"])
        # JupyterLab would show these in place of the figure.
        self.assertNotIn("text/html", figure)
        self.assertNotIn("application/json", figure)

    def test_an_error_is_one_message_with_a_caret_and_loses_nothing(self):
        execute(self.client, SERIES)
        reply, messages = execute(self.client, "%sdap timeseries OSTIA_SST_MONTHLY_TROPIC --bbox nino34")
        self.assertEqual(reply["status"], "error")
        self.assertEqual(types(messages), ["status", "execute_input", "error", "status"])
        error = messages[2]["content"]
        self.assertEqual({key: reply[key] for key in ("ename", "evalue", "traceback")}, error)
        self.assertIn("^", "\n".join(error["traceback"]))
        self.assertIn("OSTIA_SST_MONTHLY_TROPICS", "\n".join(error["traceback"]))
        self.assertIn("sst", shown(execute(self.client, "%sdap values")[1]))

    def test_rust_sees_what_sdap_bound(self):
        reply, messages = execute(self.client, SERIES + "\nsst.mean.len()", timeout=COLD_START)
        self.assertEqual(reply["status"], "ok", reply)
        (result,) = [message["content"]["data"] for message in messages if message["msg_type"] == "execute_result"]
        self.assertEqual(result["text/plain"], "12")

    def interrupt(self, code, wait):
        """Interrupts a running cell, and returns its reply and the seconds that it took to end."""
        message_id = self.client.execute(code)
        time.sleep(wait)
        started = time.monotonic()
        self.manager.interrupt_kernel()
        reply = reply_to(self.client, message_id, timeout=30)["content"]
        seconds = time.monotonic() - started
        iopub_until_idle(self.client, message_id)
        return reply, seconds

    def test_interrupt_stops_a_query_to_a_server_that_does_not_answer(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            accepted = []
            listener = threading.Thread(target=lambda: accepted.append(silent.accept()), daemon=True)
            listener.start()
            execute(self.client, SERIES)
            address = f"http://127.0.0.1:{silent.getsockname()[1]}"
            reply, seconds = self.interrupt(f"%sdap target silent={address}\n%sdap datasets", wait=1)
            listener.join(10)
            for connection, _ in accepted:
                connection.close()
        self.assertEqual(len(accepted), 1, "the server was not asked")
        self.assertEqual(reply["status"], "error", reply)
        self.assertLess(seconds, 1)
        self.assertIn("sst", shown(execute(self.client, "%sdap target embedded\n%sdap values")[1]))

    def test_interrupt_stops_a_sleeping_rust_cell_and_keeps_every_variable(self):
        execute(self.client, SERIES)
        execute(self.client, "let mut work = vec![40];", timeout=COLD_START)
        reply, seconds = self.interrupt("work.push(1);\nlet half = 1;\n" + SLEEP, wait=4)
        self.assertEqual((reply["status"], reply["ename"], reply["evalue"]), ("error", "Interrupted", "the cell was interrupted"))
        self.assertLess(seconds, 5)
        self.assertIn("sst", shown(execute(self.client, "%sdap values")[1]))
        reply, messages = execute(self.client, "work[0] + 1 + work.len() as i32")
        self.assertEqual((reply["status"], shown(messages)), ("ok", "42"))
        self.assertEqual(execute(self.client, "half")[0]["ename"], "error[E0425]")

    def test_a_rust_cell_asks_for_its_standard_input(self):
        execute(self.client, "1", timeout=COLD_START)
        message_id = self.client.execute(READ_A_NAME, allow_stdin=True)
        asked = self.client.get_stdin_msg(timeout=60)
        self.assertEqual((asked["msg_type"], asked["content"]), ("input_request", {"prompt": "Name? ", "password": False}))
        self.client.input("Ada")
        self.assertEqual(reply_to(self.client, message_id)["content"]["status"], "ok")
        self.assertIn('"Ada"', shown(iopub_until_idle(self.client, message_id)))

    def test_standard_input_is_empty_where_the_front_end_cannot_ask(self):
        execute(self.client, "1", timeout=COLD_START)
        message_id = self.client.execute(READ_A_NAME, allow_stdin=False)
        self.assertEqual(reply_to(self.client, message_id)["content"]["status"], "ok")
        said = shown(iopub_until_idle(self.client, message_id))
        self.assertIn("this front end cannot ask for input", said)
        self.assertIn('""', said)

    def test_user_expressions_are_rust_commands_and_what_is_bound(self):
        wanted = {"sum": "2 + 3", "version": "%sdap version", "bound": "sst", "wrong": "no_such_name", "slip": "%sdap versoin"}
        message_id = self.client.execute(SERIES, user_expressions=wanted)
        found = reply_to(self.client, message_id, timeout=COLD_START)["content"]["user_expressions"]
        self.assertEqual(found.keys(), wanted.keys())
        texts = {name: one["data"]["text/plain"] for name, one in found.items() if one["status"] == "ok"}
        self.assertEqual(texts["sum"], "5")
        self.assertIn("sdap-kernel", texts["version"])
        self.assertRegex(texts["bound"], r"^sst · TimeSeries · .*12 times")
        self.assertEqual([found[name]["status"] for name in ("wrong", "slip")], ["error", "error"])
        self.assertIn("no_such_name", found["wrong"]["evalue"])
        self.assertEqual(found["slip"]["ename"], "UnknownVerb")

    def test_a_token_is_asked_for_and_nobody_sees_it(self):
        seen = []

        class Guarded(BaseHTTPRequestHandler):
            def do_GET(self):
                seen.append(self.headers["Authorization"])
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"[]")

            def log_message(self, *_):
                pass

        server = HTTPServer(("127.0.0.1", 0), Guarded)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        command = f"%sdap target lab=http://127.0.0.1:{server.server_port} --token"
        message_id = self.client.execute(command, allow_stdin=True)
        question = self.client.get_stdin_msg(timeout=30)["content"]
        self.assertTrue(question["password"])
        self.assertIn("Token for 127.0.0.1", question["prompt"])
        self.client.input("hunter2")
        self.assertEqual(reply_to(self.client, message_id)["content"]["status"], "ok")
        messages = iopub_until_idle(self.client, message_id)
        self.assertEqual(set(seen), {"Bearer hunter2"})
        self.assertNotIn("hunter2", json.dumps([message["content"] for message in messages]))
        history = reply_to(self.client, self.client.history(hist_access_type="tail", n=5))["content"]["history"]
        self.assertNotIn("hunter2", json.dumps(history))

    def test_a_question_that_cannot_be_asked_or_is_interrupted_is_one_error(self):
        command = "%sdap target lab=http://127.0.0.1:9 --user ann"
        message_id = self.client.execute(command, allow_stdin=False)
        refused = reply_to(self.client, message_id)["content"]
        self.assertEqual(refused["ename"], "NoAnswer")
        self.assertIn("--user-env", "".join(refused["traceback"]))
        iopub_until_idle(self.client, message_id)
        reply, seconds = self.interrupt(command, wait=1)
        self.assertEqual(reply["ename"], "Interrupted")
        self.assertLess(seconds, 1)

    def test_two_clients_see_each_others_cells_but_not_each_others_replies(self):
        # The manager's own clients share one session, and so one address for replies; another program has its own.
        other = BlockingKernelClient(connection_file=self.manager.connection_file)
        other.load_connection_file()
        other.start_channels()
        self.addCleanup(other.stop_channels)
        other.wait_for_ready(timeout=60)
        message_id = self.client.execute("%sdap regions")
        self.assertEqual(reply_to(self.client, message_id)["content"]["status"], "ok")
        mine, theirs = iopub_until_idle(self.client, message_id), iopub_until_idle(other, message_id)
        self.assertEqual(types(mine), types(theirs))
        self.assertEqual(theirs[1]["content"]["code"], "%sdap regions")
        self.assertTrue(nothing_more(other))

    def test_cells_queued_behind_a_failed_one_are_aborted_and_the_next_run_is_not(self):
        failing = self.client.execute("%sdap nonsense")
        queued = [self.client.execute("%sdap regions") for _ in range(3)]
        self.assertEqual(reply_to(self.client, failing)["content"]["status"], "error")
        self.assertEqual([reply_to(self.client, one)["content"]["status"] for one in queued], ["aborted"] * 3)
        self.assertEqual(execute(self.client, "%sdap regions")[0]["status"], "ok")

    def test_shutdown_leaves_no_process(self):
        execute(self.client, "1", timeout=COLD_START)
        kernel = psutil.Process(self.manager.provisioner.pid)
        family = [kernel, *kernel.children(recursive=True)]
        self.assertGreater(len(family), 1, "a Rust cell runs in a process of its own")
        started = time.monotonic()
        self.manager.shutdown_kernel()
        seconds = time.monotonic() - started
        _, alive = psutil.wait_procs(family, timeout=5)
        self.assertEqual(alive, [])
        self.assertLess(seconds, 3, "the kernel did not end by itself, and was killed")


class FrontEnd(unittest.TestCase):
    """A front end that goes without a word."""

    def test_the_kernel_of_a_killed_front_end_ends_with_all_that_it_started(self):
        script = (
            "import support, time\n"
            "with support.running_kernel() as (manager, client):\n"
            "    support.execute(client, '1', timeout=support.COLD_START)\n"
            "    print(manager.provisioner.pid, flush=True)\n"
            "    time.sleep(600)\n"
        )
        folder = Path(__file__).parent
        with subprocess.Popen([sys.executable, "-c", script], cwd=folder, stdout=subprocess.PIPE, text=True) as front_end:
            kernel = psutil.Process(int(front_end.stdout.readline()))
            family = [kernel, *kernel.children(recursive=True)]
            front_end.kill()
        _, alive = psutil.wait_procs(family, timeout=10)
        self.assertEqual(alive, [])


class Notebooks(unittest.TestCase):
    """Programs that run whole notebooks."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def run_python(self, *arguments):
        done = subprocess.run([sys.executable, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=COLD_START)
        return done.returncode, done.stdout + done.stderr

    def test_nbclient_executes_a_notebook(self):
        made = notebook(SERIES, "%sdap plot sst", "sst.time.len()")
        NotebookClient(made, timeout=COLD_START).execute()
        self.assertEqual([cell.execution_count for cell in made.cells], [1, 2, 3])
        self.assertIn("image/png", made.cells[1].outputs[0].data)
        (result,) = [output for output in made.cells[2].outputs if output.output_type == "execute_result"]
        self.assertEqual(result.data["text/plain"], "12")

    def test_nbclient_stops_at_an_error_and_tells_its_words(self):
        with self.assertRaises(CellExecutionError) as raised:
            NotebookClient(notebook("%sdap describe NOTHING", "%sdap regions"), timeout=60).execute()
        self.assertIn("NOTHING", str(raised.exception))

    def test_nbconvert_executes_and_writes_a_page(self):
        nbformat.write(notebook("%sdap box nino34", "%sdap datasets"), self.folder / "small.ipynb")
        code, said = self.run_python("-m", "nbconvert", "--to", "html", "--execute", "small.ipynb")
        self.assertEqual(code, 0, said)
        page = (self.folder / "small.html").read_text()
        self.assertIn("data:image/", page)
        self.assertIn("OSTIA_SST_MONTHLY_TROPICS", page)

    def test_papermill_executes_the_tour(self):
        tour = REPOSITORY / "notebooks" / "tour.ipynb"
        code, said = self.run_python("-m", "papermill", "-k", KERNEL, str(tour), "out.ipynb")
        self.assertEqual(code, 0, said)
        cells = [cell for cell in json.loads((self.folder / "out.ipynb").read_text())["cells"] if cell["cell_type"] == "code"]
        self.assertTrue(all(cell["execution_count"] for cell in cells))
        outputs = [output for cell in cells for output in cell["outputs"]]
        self.assertNotIn("error", [output["output_type"] for output in outputs])
        pictures = [output for output in outputs if "image/png" in output.get("data", {})]
        self.assertGreaterEqual(len(pictures), 6)
        for output in outputs:
            if "data" in output:
                self.assertTrue("".join(output["data"].get("text/plain", "")).strip(), output["data"].keys())


class Console(unittest.TestCase):
    """jupyter console, in a pseudo-terminal."""

    def test_a_person_types_a_line_and_reads_the_answer(self):
        command = ["-m", "jupyter_console", "--kernel", KERNEL]
        console = pexpect.spawn(sys.executable, command, env=environment(TERM="xterm"), encoding="utf-8", timeout=60, dimensions=(40, 160))
        self.addCleanup(console.close, force=True)
        # prompt_toolkit asks the terminal where its cursor is, and waits for the answer.
        self.answer_until(console, re.escape("In ") + r".*\[.*1")
        console.send("%sdap version\r")
        self.answer_until(console, r"sdap-kernel \d+\.\d+\.\d+, asking")
        self.answer_until(console, re.escape("In ") + r".*\[.*2")
        console.sendeof()
        self.answer_until(console, r"\[y\]")
        console.send("y\r")
        self.answer_until(console, pexpect.EOF)
        console.wait()
        self.assertEqual(console.exitstatus, 0)

    def answer_until(self, console, expected):
        """Waits for a text, as a terminal that answers cursor questions."""
        question = re.escape("\x1b[6n")
        while console.expect([expected, question]) == 1:
            console.send("\x1b[1;1R")


if __name__ == "__main__":
    unittest.main()
