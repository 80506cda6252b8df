"""Times the kernel beside ipykernel, in the same run: start, a figure, memory. Prints a table.

Usage: latency.py KERNEL [ROUNDS]    KERNEL is the sdap-kernel program
"""

import sys
import tempfile

from kernels import row, start

FIGURE = "%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34"


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
