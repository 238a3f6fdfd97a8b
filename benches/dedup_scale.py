#!/usr/bin/env python3
"""Measures the whole process of onroll check, file to every report file, over sizes: time and peak memory.

    python3 benches/dedup_scale.py target/scale --onroll target/release/onroll --rows 100000 1000000

Rosters are those of `onroll generate --kind clinic`, kept in the folder with their truths. Every measurement is the best
of --runs; one row with one thread and one with all, because near-linear growth and the worth of a second thread are
what is asked. Linux: peak memory is the largest resident set of the process.
"""

import argparse
import os
import shutil
import subprocess
import time
from pathlib import Path


def measured(command):
    """Seconds and peak MB of a command that may end with 1 (some rows need attention)."""
    started = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1):
        raise SystemExit(f"{command[0]} ended with {code}")
    return seconds, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where rosters and reports go")
    parser.add_argument("--onroll", type=Path, default=Path("target/release/onroll"), help="the binary to measure")
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--runs", type=int, default=2)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    print("| rows | threads | check, s | peak, MB | generate, s | generate peak, MB |")
    print("|---|---|---|---|---|---|")
    for rows in arguments.rows:
        roster = arguments.folder / f"clinic-{rows}.csv"
        generate = [arguments.onroll, "--quiet", "generate", "--kind", "clinic", "--rows", rows, "--duplicates", 0.2]
        generate += ["--out", roster, "--truth", arguments.folder / f"clinic-{rows}.truth.csv"]
        generated = measured(generate)
        for threads in arguments.threads:
            best = []
            for _ in range(arguments.runs):
                out = arguments.folder / "report"
                best.append(measured([arguments.onroll, "-q", "check", roster, "--threads", threads, "--out", out]))
                shutil.rmtree(out)
            seconds, peak = min(run[0] for run in best), max(run[1] for run in best)
            print(f"| {rows} | {threads} | {seconds:.2f} | {peak:.0f} | {generated[0]:.2f} | {generated[1]:.0f} |")


main()
