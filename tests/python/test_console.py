"""`jupyter console`, which shows figures and tables by their text twins."""

import re
import subprocess
import sys
import unittest

from support import KERNEL

# Each cell, and what its text says.
CELLS = {
    "let sst = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009": "sst · TimeSeries · OSTIA_SST_MONTHLY_TROPICS",
    "let rain = %sdap timeseries NCLIMDIV_PRECIP_MONTHLY --bbox virginia --time 2009": "rain · TimeSeries",
    "%sdap plot sst": "▁▂▄▆██▇▆▆▆██",
    "%sdap plot sst --band": "band from",
    "%sdap plot sst --kind errorbars": "error bars of ±",
    "%sdap plot sst rain": "(right axis)",
    "%sdap plot sst rain --kind scatter": "matched by month",
    "%sdap plot sst --kind histogram": "mean ± standard deviation",
    "%sdap plot sst --kind year": "year by year",
    "%sdap plot sst --kind heatmap": "1 row × 12 columns",
    "%sdap map OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009": "18 × 61 cells",
    "%sdap hovmoller OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009": "12 times by 61 longitudes",
    "%sdap box nino34": "5°S–5°N 170°W–120°W",
    "%sdap plot nothing": "UnknownName",
    "%sdap table sst": "standard deviation (°C)",
    "%sdap describe sst": "Where it comes from",
    "%sdap datasets": "12 datasets at embedded",
}


class Console(unittest.TestCase):
    def test_every_kind_of_figure_and_table_is_told_in_text(self):
        # Where Pillow is installed, the console would rather open a window with the picture.
        options = ["--simple-prompt", "--kernel", KERNEL, "--ZMQTerminalInteractiveShell.image_handler=None"]
        options.append("--ZMQTerminalInteractiveShell.kernel_timeout=120")
        # Errors go to the other stream; without buffers both come in their order.
        command = [sys.executable, "-u", "-m", "jupyter_console", *options]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        console = subprocess.run(command, input="\n".join(CELLS), text=True, encoding="utf-8", timeout=600, **streams)
        told = re.split(r"In \[\d+\]: ", console.stdout)[1:]
        self.assertGreaterEqual(len(told), len(CELLS), console.stdout)
        for (cell, expected), text in zip(CELLS.items(), told):
            self.assertIn(expected, text, cell)
            self.assertNotIn("<", text, f"{cell} is text alone")


if __name__ == "__main__":
    unittest.main()
