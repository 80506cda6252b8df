"""What `%sdap` commands show while they run, as front ends receive it."""

import socket
import unittest

import nbformat
from nbclient import NotebookClient

from support import KERNEL, execute, iopub_until_idle, reply_to, running_kernel, shown

BATCH = """%%sdap batch
# two series and a figure of both
let east = timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino3
let west = timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino4
plot east west --static
"""


def lines(messages):
    """The lines that change: for each display id, all its texts in order."""
    found = {}
    for message in messages:
        display_id = message["content"].get("transient", {}).get("display_id")
        if display_id:
            found.setdefault(display_id, []).append(message["content"]["data"]["text/plain"])
    return list(found.values())


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        kernel = running_kernel()
        cls.manager, cls.client = kernel.__enter__()
        cls.addClassCleanup(kernel.__exit__, None, None, None)

    def test_a_batch_has_a_line_for_each_command_and_results_in_order(self):
        reply, messages = execute(self.client, BATCH)
        self.assertEqual(reply["status"], "ok", reply)
        states = lines(messages)
        self.assertEqual([line[0].split()[0] for line in states], ["1", "2", "3"])
        for line in states:
            self.assertIn(": done in ", line[-1])
        results = [m["content"]["data"] for m in messages if m["msg_type"] == "display_data" and not m["content"]["transient"]]
        self.assertTrue(results[0]["text/plain"].startswith("east · TimeSeries"))
        self.assertTrue(results[1]["text/plain"].startswith("west · TimeSeries"))
        self.assertIn("image/png", results[2])

    def test_a_batch_that_fails_in_part_ends_in_one_error(self):
        reply, messages = execute(self.client, "%%sdap batch\ntable nothing\nlet a = timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino3")
        self.assertEqual(reply["ename"], "BatchFailed")
        self.assertEqual([m["msg_type"] for m in messages].count("error"), 1)
        self.assertIn("failed after", lines(messages)[0][-1])
        self.assertIn("a · TimeSeries", shown(messages))

    def test_a_saved_notebook_keeps_the_last_state_alone(self):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(BATCH)])
        NotebookClient(notebook, kernel_name=KERNEL).execute()
        texts = [output["data"]["text/plain"] for output in notebook.cells[0].outputs]
        self.assertEqual(len([t for t in texts if ": done in " in t]), 3)
        self.assertEqual([t for t in texts if "waiting" in t or "at work" in t], [])

    def test_a_command_that_is_interrupted_leaves_a_line_that_says_so(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            message_id = self.client.execute(f"%sdap target http://127.0.0.1:{silent.getsockname()[1]}")
            connection, _ = silent.accept()
            with connection:
                started = []
                while not lines(started):
                    started.append(self.client.get_iopub_msg(timeout=30))
                self.manager.interrupt_kernel()
                reply = reply_to(self.client, message_id)["content"]
                messages = started + iopub_until_idle(self.client, message_id)
        self.assertEqual(reply["ename"], "Interrupted")
        ((first, *_, last),) = lines(messages)
        self.assertIn("asking http://127.0.0.1", first)
        self.assertIn("cancelled after", last)

    def test_status_tells_of_rust_cells_and_folders(self):
        _, messages = execute(self.client, "%sdap status")
        for part in ["Rust cells", "folder of this session", "the engine inside the kernel"]:
            self.assertIn(part, shown(messages))

    def test_completions_say_what_they_are(self):
        kinds = {}
        for text in ["%sdap ti", "%sdap map --st", "%sdap describe COADS", "%sdap box nino3", "%sdap set bo"]:
            reply = reply_to(self.client, self.client.complete(text, len(text)))["content"]
            kinds[text] = reply["metadata"]["_jupyter_types_experimental"][0]["type"]
        self.assertEqual(list(kinds.values()), ["verb", "option", "dataset", "region", "setting"])
