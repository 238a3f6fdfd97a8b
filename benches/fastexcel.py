#!/usr/bin/env python3
"""Compares onroll with fastexcel (PyPI) on xlsx rosters of 16 columns: seconds, processor seconds and peak memory of whole
processes, in turn. Three are compared: fastexcel's `load_sheet`, onroll reading, splitting and mapping every row and no more
(`benches/read_workbook.rs`), and `onroll check`, which also normalises, scores, matches and writes its reports.

    pip install fastexcel && python3 benches/fastexcel.py [ROWS ...] [--rounds N]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

LOAD = "import fastexcel,sys; fastexcel.read_excel(sys.argv[1]).load_sheet(0)"


def built():
    """The release binary and the executable of the benchmark."""
    command = ["cargo", "build", "--release", "--locked", "--bin", "onroll"]
    subprocess.run(command, check=True)
    command = ["cargo", "bench", "--locked", "--bench", "read_workbook", "--no-run", "--message-format=json"]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    messages = (json.loads(line) for line in lines if line.startswith("{"))
    bench = [m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == "read_workbook"]
    target = os.environ.get("CARGO_TARGET_DIR", "target")
    return f"{target}/release/onroll", bench[-1]


def run(command, **told):
    """Wall seconds, processor seconds and peak megabytes of a process."""
    started = time.time()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, **told})
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.time() - started
    if os.waitstatus_to_exitcode(status) > 1:
        sys.exit(f"{command[0]} failed")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", type=int, default=[100_000, 500_000])
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    onroll, bench = built()
    print("| rows | | seconds | processor seconds | peak MB |\n|---|---|---|---|---|")
    for rows in given.rows:
        with tempfile.TemporaryDirectory() as folder:
            roster = f"{folder}/roster.xlsx"
            run([bench], ONROLL_BENCH_WRITE=roster, ONROLL_BENCH_ROWS=str(rows))
            compared = {
                "fastexcel": lambda: run([sys.executable, "-c", LOAD, roster]),
                "onroll, read and mapped": lambda: run([bench], ONROLL_BENCH_SURVEY=roster),
                "onroll check": lambda: run([onroll, "check", roster, "--out", f"{folder}/out", "-q"]),
            }
            figures = {what: [] for what in compared}
            for _ in range(given.rounds):
                for what, measure in compared.items():
                    figures[what].append(measure())
            for what, measured in figures.items():
                spans = [f"{min(column):.2f} to {max(column):.2f}" for column in list(zip(*measured))[:2]]
                peak = max(figure[2] for figure in measured)
                print(f"| {rows:,} | {what} | {spans[0]} | {spans[1]} | {peak:.0f} |", flush=True)


main()
