#!/usr/bin/env python3
"""Compares `onroll check` with fastexcel (PyPI) on one xlsx: seconds and peak memory, each in a process of its own, in turn.

    pip install fastexcel && python3 benches/fastexcel.py ROSTER.xlsx [ROUNDS]
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time

LOAD = "import fastexcel,sys; fastexcel.read_excel(sys.argv[1]).load_sheet(0)"


def run(command):
    """Wall seconds, user seconds and peak megabytes of a command."""
    started = time.time()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) > 1:
        sys.exit(f"{command[0]} failed")
    return time.time() - started, usage.ru_utime, usage.ru_maxrss / 1024


def main():
    roster, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    onroll = os.environ.get("ONROLL", "target/release/onroll")
    for _ in range(rounds):
        wall, user, peak = run([sys.executable, "-c", LOAD, roster])
        print(f"fastexcel    {wall:6.2f} s, {user:6.2f} s of CPU, {peak:5.0f} MB")
        with tempfile.TemporaryDirectory() as out:
            wall, user, peak = run([onroll, "check", roster, "--out", out, "-q"])
            stages = json.load(open(f"{out}/report.json"))["timings_ms"]
        print(f"onroll check {wall:6.2f} s, {user:6.2f} s of CPU, {peak:5.0f} MB; reading stage {stages['read'] / 1000:.2f} s")


main()
