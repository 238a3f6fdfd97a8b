#!/usr/bin/env python3
"""Measures the whole process of onroll check, file to every report file, over sizes: time by stage, and peak memory.

    python3 benches/dedup_scale.py target/scale --rows 100000 1000000 10000000 --threads 1 2

Rosters are those of `onroll generate`, made in the folder and deleted again; --keep keeps them. Each line is the best of
--runs by wall time. Growth is time against rows: 1.00 where ten times the rows take ten times the time. The worth of the
threads is the time of the first of --threads against that of the last. --duckdb also groups the same roster by first name,
last name and birth date, letter for letter, with the Python package duckdb (MIT licence), installed into a virtual
environment in the folder. Linux: peak memory is the largest resident set of the process.
"""

import argparse
import json
import os
import shutil
import subprocess
import time
import venv
from pathlib import Path

STAGES = ["read", "discount", "match", "plan", "report"]

# What a plain comparison costs: rows of one name and one birth date as they are written, nothing found and nothing explained.
EXACT = """
import sys, duckdb
found = duckdb.sql(f'''
    select count(*) from (
        select lower(trim("First Name")), lower(trim("Last Name")), "Date of Birth"
        from read_csv('{sys.argv[1]}', all_varchar = true)
        group by all)
''').fetchall()
print(found[0][0])
"""


def measured(command, well=(0, 1)):
    """Wall seconds, seconds of the processors and peak MB of a command. onroll may end with 1: some rows need attention."""
    started = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    code = os.waitstatus_to_exitcode(status)
    if code not in well:
        raise SystemExit(f"{command[0]} ended with {code}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def check(arguments, roster, threads):
    """One run of onroll check, with its stages in seconds."""
    out = arguments.folder / "report"
    found = measured([arguments.onroll, "-q", "check", roster, "--threads", threads, "--out", out])
    stages = json.loads((out / "report.json").read_text())["timings_ms"]
    shutil.rmtree(out)
    return *found, [stages.get(stage, 0) / 1000 for stage in STAGES]


def duckdb_python(folder):
    """A Python that has duckdb."""
    environment = folder / "environment"
    python = environment / "bin" / "python"
    if not python.exists():
        venv.create(environment, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "duckdb"], check=True)
    return python


def row(cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where rosters and reports go")
    parser.add_argument("--onroll", type=Path, default=Path("target/release/onroll"), help="the binary to measure")
    parser.add_argument("--kind", default="office", help="what the rosters are like, see onroll generate")
    parser.add_argument("--duplicates", default="0.1", help="share of rows that describe a person again")
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--keep", action="store_true", help="keep the rosters")
    parser.add_argument("--duckdb", action="store_true", help="measure exact grouping with duckdb beside it")
    arguments = parser.parse_args()
    arguments.onroll = arguments.onroll.resolve()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    python = duckdb_python(arguments.folder.resolve()) if arguments.duckdb else None
    row(["rows", "threads", "wall, s", "processors, s", "peak, MB", *(f"{stage}, s" for stage in STAGES), "growth", "threads' worth"])
    row(["---"] * (7 + len(STAGES)))
    smallest = {}
    for rows in arguments.rows:
        roster = arguments.folder / f"{arguments.kind}-{rows}.csv"
        if not roster.exists():
            generate = [arguments.onroll, "-q", "generate", "--kind", arguments.kind, "--rows", rows, "--seed", 1]
            measured([*generate, "--duplicates", arguments.duplicates, "--out", roster])
        of_size = {}
        for threads in arguments.threads:
            runs = [check(arguments, roster, threads) for _ in range(arguments.runs)]
            seconds, processors, _, stages = min(runs, key=lambda run: run[0])
            peak = max(run[2] for run in runs)
            of_size[threads] = seconds
            first_rows, first_seconds = smallest.setdefault(threads, (rows, seconds))
            growth = (seconds / first_seconds) / (rows / first_rows)
            worth = f"{of_size[arguments.threads[0]] / seconds:.2f}" if len(of_size) > 1 else ""
            times = [f"{stage:.2f}" for stage in stages]
            row([rows, threads, f"{seconds:.2f}", f"{processors:.2f}", f"{peak:.0f}", *times, f"{growth:.2f}", worth])
        if python:
            seconds, processors, peak = min(measured([python, "-c", EXACT, roster], well=(0,)) for _ in range(arguments.runs))
            row([rows, "duckdb", f"{seconds:.2f}", f"{processors:.2f}", f"{peak:.0f}", *[""] * (len(STAGES) + 2)])
        if not arguments.keep:
            roster.unlink()


main()
