"""Rust cells that ask the kernel: what %sdap answers, and figures and tables of their own values."""

import os
import re
import tempfile
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from support import COLD_START, execute, iopub_until_idle, reply_to, running_kernel, shown

SST = "timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34"


class SlowServer(BaseHTTPRequestHandler):
    """A server that lists its datasets after three seconds."""

    def do_GET(self):
        time.sleep(3)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, *arguments):
        pass


class RustCells(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = running_kernel()
        cls.manager, cls.client = cls.stack.__enter__()
        execute(cls.client, "1", timeout=COLD_START)

    @classmethod
    def tearDownClass(cls):
        cls.stack.__exit__(None, None, None)

    def runs(self, code):
        reply, messages = execute(self.client, code, timeout=120)
        self.assertEqual(reply["status"], "ok", "\n".join(reply.get("traceback", [])))
        return messages

    def fails(self, code):
        reply, messages = execute(self.client, code, timeout=120)
        self.assertEqual(reply["status"], "error", shown(messages))
        self.assertEqual([m["msg_type"] for m in messages].count("error"), 1)
        return reply

    def bundles(self, messages, kind="display_data"):
        return [m["content"]["data"] for m in messages if m["msg_type"] == kind]

    def value(self, messages):
        [bundle] = self.bundles(messages, "execute_result")
        return bundle

    def test_an_answer_is_the_one_that_a_line_gives(self):
        self.runs(f"let line = %sdap {SST} --time 2007")
        messages = self.runs(
            f'let asked: TimeSeries = sdap::query("{SST} --time 2007")?;\n'
            "(asked.mean == line.mean, asked.time == line.time, asked.origin.request == line.origin.request, asked.len())"
        )
        self.assertEqual(self.value(messages)["text/plain"], "(true, true, true, 12)")
        messages = self.runs(f'sdap::query::<sdap::Value>("{SST} --time 2007")?')
        self.assertIn("TimeSeries OSTIA_SST_MONTHLY_TROPICS", self.value(messages)["text/plain"])

    def test_loops_and_threads_ask(self):
        messages = self.runs(
            "let mut times = 0;\n"
            "for year in 2007..2010 {\n"
            f'    let sst: TimeSeries = sdap::query(format!("{SST} --time {{year}}"))?;\n'
            "    times += sst.len();\n"
            "}\n"
            "let asking: Vec<_> = (2007..2011)\n"
            f'    .map(|year| std::thread::spawn(move || sdap::query::<TimeSeries>(format!("{SST} --time {{year}}"))))\n'
            "    .collect();\n"
            "for thread in asking { times += thread.join().unwrap()?.len(); }\n"
            "times"
        )
        self.assertEqual(self.value(messages)["text/plain"], "81")

    def test_a_wrong_command_fails_with_its_caret_and_the_line_of_the_cell(self):
        reply = self.fails('let n = 1;\nlet sst: TimeSeries = sdap::query("timeseries NO_SUCH --bbox nino34")?;')
        self.assertEqual(reply["ename"], "AskError")
        self.assertEqual(reply["evalue"], "UnknownDataset: embedded has no dataset NO_SUCH (line 2)")
        lines = "\n".join(reply["traceback"])
        self.assertIn("AskError at line 2:", lines)
        self.assertIn("  timeseries NO_SUCH --bbox nino34\n             ^^^^^^^", lines)
        reply = self.fails(f'let map: Grid = sdap::query("{SST} --time 2007")?;')
        self.assertIn("answers with a TimeSeries, not a Grid (line 1)", reply["evalue"])
        reply = self.fails('let n: sdap::Value = sdap::query("regions")?;')
        self.assertIn("answers with nothing that a name could hold", reply["evalue"])

    def test_a_figure_is_the_one_that_a_line_draws(self):
        self.runs(f"let sst = %sdap {SST} --time 2007/2009")
        [line] = self.bundles(self.runs("%sdap plot sst --band --title 'Niño 3.4'"))
        figure = self.value(self.runs('sdap::plot(&sst).band().title("Niño 3.4")'))
        self.assertEqual(figure, line)
        self.assertEqual(
            set(figure), {"application/vnd.vegalite.v5+json", "image/svg+xml", "image/png", "text/plain"}
        )
        [line] = self.bundles(self.runs("%sdap table sst"))
        self.assertEqual(self.value(self.runs("sdap::table(&sst)")), line)
        [line, _] = self.bundles(self.runs("%sdap map OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009"))
        drawn = self.value(
            self.runs(
                'let mean: Grid = sdap::query("map OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009")?;\nsdap::map(&mean)'
            )
        )
        self.assertEqual(drawn, line)

    def test_figures_are_shown_in_a_loop_between_what_is_printed(self):
        messages = self.runs(
            "for year in 2007..2009 {\n"
            '    print!("{year}: ");\n'
            f'    let sst: TimeSeries = sdap::query(format!("{SST} --time {{year}}"))?;\n'
            '    sdap::plot(&sst).title(year.to_string()).show()?;\n'
            '    println!("drawn");\n'
            "}"
        )
        order = []
        for message in messages:
            if message["msg_type"] == "stream":
                order.append(message["content"]["text"])
            elif message["msg_type"] == "display_data":
                order.append(message["content"]["data"]["text/plain"].splitlines()[0][:4])
        self.assertEqual(order, ["2007: ", "2007", "drawn\n2008: ", "2008", "drawn\n"])

    def test_a_figure_that_cannot_be_drawn_is_the_error_of_its_cell(self):
        self.runs(f"let sst = %sdap {SST} --time 2007")
        reply = self.fails('sdap::plot(&sst).options("--kind bnad")')
        self.assertEqual(reply["evalue"], "BadValue: --kind cannot be `bnad`")
        self.assertIn("  plot 1 --kind bnad\n                ^^^^", "\n".join(reply["traceback"]))
        reply = self.fails("1;\nsdap::plot(&sst).size(1, 1).show()?;")
        self.assertIn("(line 2)", reply["evalue"])

    def test_a_file_is_the_one_that_a_line_saves(self):
        with tempfile.TemporaryDirectory() as folder:
            line, cell = os.path.join(folder, "line.csv"), os.path.join(folder, "cell.csv")
            # The history in a file says the second in which it was saved.
            read = lambda path: re.sub(r"\d{2}:\d{2}:\d{2}Z sdap-kernel", "sdap-kernel", Path(path).read_text(encoding="utf-8"))
            self.runs(f"let sst = %sdap {SST} --time 2007\n%sdap save sst {line}")
            self.runs(f'sdap::save(&sst, "{cell}")?;')
            self.assertIn("sea surface temperature", read(cell))
            self.assertEqual(read(cell), read(line))
            self.assertIn("CannotSave", self.fails(f'sdap::save(&sst, "{cell}")?;')["evalue"])
            self.runs(f'sdap::overwrite(sdap::query::<TimeSeries>("{SST} --time 2008")?, "{cell}")?;')
            self.assertIn("2008-", read(cell))
            self.assertIn("UnknownFormat", self.fails(f'sdap::save(&sst, "{folder}/cell.xyz")?;')["evalue"])
            self.assertEqual(sorted(os.listdir(folder)), ["cell.csv", "line.csv"])

    def test_a_wait_is_told_and_ends_with_an_interrupt(self):
        server = ThreadingHTTPServer(("127.0.0.1", 0), SlowServer)
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def ask(host):
            # Each name is a server of its own, whose datasets are not known yet.
            return f'let sst: TimeSeries = sdap::query("{SST} --target http://{host}:{server.server_port}")?;'

        self.runs("let kept = vec![1, 2, 3];")
        reply, messages = execute(self.client, ask("127.0.0.1"), timeout=60)
        self.assertEqual(reply["ename"], "AskError")
        told = [m for m in messages if m["msg_type"] in ("display_data", "update_display_data")]
        self.assertGreaterEqual(len(told), 4)
        self.assertRegex(told[0]["content"]["data"]["text/plain"], r"^timeseries: asked, waiting for \d\.\d s$")
        self.assertRegex(told[-1]["content"]["data"]["text/plain"], r"^timeseries: answered after \d\.\d s$")
        self.assertEqual(len({m["content"]["transient"]["display_id"] for m in told}), 1)

        message_id = self.client.execute(ask("localhost"))
        while self.client.get_iopub_msg(timeout=60)["msg_type"] != "display_data":
            pass
        at = time.monotonic()
        self.manager.interrupt_kernel()
        reply = reply_to(self.client, message_id)["content"]
        waited = time.monotonic() - at
        iopub_until_idle(self.client, message_id)
        self.assertEqual(reply["ename"], "Interrupted")
        self.assertLess(waited, 1.5)
        self.assertEqual(self.value(self.runs("kept.len()"))["text/plain"], "3")
        server.shutdown()


if __name__ == "__main__":
    unittest.main()
