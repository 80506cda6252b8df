"""Completion and inspection as a front end asks for them, in cells that mix Rust and %sdap."""

import time
import unittest

from support import COLD_START, execute, reply_to, running_kernel

BIND = "let sst = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009"
# The analysis loads in the background, and is not optimised in a kernel that is built for tests.
LOADING = 300


class CompletionTests(unittest.TestCase):
    def setUp(self):
        _, self.client = self.enterContext(running_kernel())

    def complete(self, marked):
        """The completions where `¦` stands, each with its type and signature, and what they replace."""
        code, at = marked.replace("¦", ""), marked.index("¦")
        content = reply_to(self.client, self.client.complete(code, at))["content"]
        types = content["metadata"]["_jupyter_types_experimental"]
        self.assertEqual([one["text"] for one in types], content["matches"])
        found = {one["text"]: (one["type"], one["signature"]) for one in types}
        return found, code[content["cursor_start"] : content["cursor_end"]]

    def inspect(self, marked):
        code, at = marked.replace("¦", ""), marked.index("¦")
        content = reply_to(self.client, self.client.inspect(code, at))["content"]
        self.assertTrue(content["found"], marked)
        return content["data"]

    def eventually(self, marked, name):
        end = time.monotonic() + LOADING
        while name not in (answer := self.complete(marked))[0]:
            self.assertLess(time.monotonic(), end, f"{marked} is not completed by {name}: {answer}")
            time.sleep(0.2)
        return answer

    def test_one_request_answers_rust_and_sdap_before_and_after_the_analysis_has_loaded(self):
        reply, _ = execute(self.client, BIND)
        self.assertEqual(reply["status"], "ok")
        # At once, before the analysis can have loaded, and before any Rust cell.
        self.assertEqual(self.complete("let x = ss¦")[0], {"sst": ("instance", "sdap::TimeSeries")})
        self.assertEqual(list(self.complete("let x = 1;\n%sdap vers¦")[0]), ["version"])
        self.assertEqual(self.inspect("ss¦t")["text/plain"], "let sst: sdap::TimeSeries")

        found, replaced = self.eventually('let größe = "𝐚"; let x = sst.me¦', "mean")
        self.assertEqual(found["mean"][0], "property")
        self.assertIn("f64", found["mean"][1])
        self.assertEqual(replaced, "me")
        self.assertIn("sum", self.complete("%sdap version\nlet total = [1].map(move |_| sst.mean.su¦")[0])
        data = self.inspect("sst.mean.sum(¦")
        self.assertIn("sum", data["text/plain"])
        self.assertIn("<code", data["text/html"])

        reply, _ = execute(self.client, "struct Buoy;\n/// Twice as much.\nfn double(x: f64) -> f64 {\n    2.0 * x\n}", COLD_START)
        self.assertEqual(reply["status"], "ok")
        self.assertIn("Twice as much.", self.inspect("let y = double(¦")["text/plain"])

    def test_braces_of_a_command_are_completed_by_variables_of_rust(self):
        reply, _ = execute(self.client, "let year = 2009;\nlet yearly = true;", COLD_START)
        self.assertEqual(reply["status"], "ok")
        found, replaced = self.complete("%sdap map OSTIA_SST_MONTHLY_TROPICS --time {ye¦}/2010")
        self.assertEqual((found["year"], replaced), (("instance", "i32"), "ye"))
        self.assertEqual(set(found), {"year", "yearly"})
        self.assertLessEqual({"year", "yearly"}, set(self.complete("1 + 1;\n%sdap map {¦")[0]))
        self.assertIn("let year: i32", self.inspect("%sdap map --time {yea¦r}")["text/plain"])
        self.assertEqual(self.complete("%sdap map {{ye¦")[0], {})


if __name__ == "__main__":
    unittest.main()
