#!/usr/bin/env python3
"""How well persons on the roll are recognised in a later roster: a generated clinic's register, of which every second row is
uploaded to the embedded sandbox and the others are checked against the ledger.

    python3 benches/roll.py target/roll [path of the onroll binary] [rows]

Prints precision (of the rows said to be on the roll, those that are, under the right subject), recall (of the rows whose person
is on the roll, those that are recognised), recall with those that wait for a person, and seconds."""

import csv
import pathlib
import shutil
import subprocess
import sys
import time

folder = pathlib.Path(sys.argv[1]).resolve()
binary = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "target/release/onroll").resolve()
rows = sys.argv[3] if len(sys.argv) > 3 else "20000"
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir(parents=True)


def onroll(*arguments):
    began = time.monotonic()
    ended = subprocess.run([binary, "--quiet", *arguments], cwd=folder, capture_output=True, text=True)
    if ended.returncode not in (0, 1):
        sys.exit(f"{' '.join(arguments)}: exit {ended.returncode}\n{ended.stderr}")
    return time.monotonic() - began


def lines(name):
    with open(folder / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


onroll("generate", "--kind", "clinic", "--rows", rows, "--duplicates", "0.4", "--seed", "11",
       "--out", "all.csv", "--truth", "truth.csv")
person = {int(line["row"]): line["person"] for line in lines("truth.csv")}
header, *body = (folder / "all.csv").read_text(encoding="utf-8").splitlines()
first, later = body[0::2], body[1::2]
(folder / "first.csv").write_text("\n".join([header, *first]) + "\n", encoding="utf-8")
(folder / "later.csv").write_text("\n".join([header, *later]) + "\n", encoding="utf-8")
of_first = lambda row: person[2 + 2 * (row - 2)]
of_later = lambda row: person[3 + 2 * (row - 2)]

uploaded = onroll("upload", "first.csv", "--sandbox", "--out", "first")
alone = onroll("check", "later.csv", "--out", "alone")
checked = onroll("check", "later.csv", "--ledger", "onroll-out/sandbox/ledger.sqlite", "--out", "later")

subjects = {}
for line in lines("first/rows.csv"):
    if line["outcome"] in ("created", "merged"):
        subjects.setdefault(line["subject_id"], set()).add(of_first(int(line["row"])))
on_roll = set().union(*subjects.values())
right = wrong = missed = waiting = new = 0
for line in lines("later/rows.csv"):
    truth = of_later(int(line["row"]))
    if line["outcome"] == "already_on_roll" or (line["outcome"] == "merged" and line["subject_id"]):
        if truth in subjects.get(line["subject_id"], ()):
            right += 1
        else:
            wrong += 1
    elif line["outcome"] == "rejected":
        continue
    elif truth in on_roll and line["outcome"] == "held":
        waiting += 1
    elif truth in on_roll:
        missed += 1
    else:
        new += 1
found = right + missed + waiting
print(f"rows first {len(first)}, later {len(later)}; subjects {len(subjects)}")
print(f"on the roll: right {right}, wrong {wrong}, missed {missed}, held {waiting}; new {new}")
print(f"precision {right / max(right + wrong, 1):.4f}  recall {right / max(found, 1):.4f}  "
      f"with held {(right + waiting) / max(found, 1):.4f}")
print(f"seconds: upload {uploaded:.2f}, check {alone:.2f}, check with the ledger {checked:.2f}")
