#!/usr/bin/env python3
"""Measures the matching on the simulated population that ships with the Python package pseudopeople, and prints the table.

The package (BSD licence) holds a small simulated population of the United States, and writes censuses, surveys and registers
of it with the errors that such files have. Three rosters are made of it, truth included: two censuses, the social security
register and the surveys between them, with the usual errors; the same with five times the errors; and the usual one with tax
forms beside, which have neither birth date nor sex. Social security numbers are left out: they would give the answer away.

    python3 benches/pseudopeople.py target/pseudopeople --onroll target/release/onroll

leaves rosters (usual.csv, noisy.csv, thin.csv), truths and onroll's reports in the folder.
"""

import argparse
import csv
import json
import subprocess
import sys
import venv
from datetime import datetime
from pathlib import Path

COLUMNS = ["first_name", "middle_name", "last_name", "birth_date", "sex", "address_1", "address_2", "city", "state", "zip"]
SETS = ["usual", "noisy", "thin"]
NOISE = {"usual": 1, "noisy": 5, "thin": 1}
INSIDE = "--with-pseudopeople"
# How each file writes dates.
DATES = {"decennial_census": "%m/%d/%Y", "social_security": "%Y%m%d", "women_infants_and_children": "%m%d%Y"}


def inside_environment(folder):
    """Starts this script again in an environment that has the package."""
    environment = folder / "environment"
    python = environment / "bin" / "python"
    if not python.exists():
        venv.create(environment, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "pseudopeople==1.3.1"], check=True)
    # Not from this folder: a script of the package's name would stand in its way.
    program = f"import runpy, sys; sys.path.pop(0); sys.argv = {['', INSIDE, str(folder)]!r}; runpy.run_path({__file__!r})"
    subprocess.run([python, "-c", program], check=True)


def noisier(config, times):
    """The package's configuration with every probability of an error in a cell multiplied."""
    if isinstance(config, dict):
        return {
            name: min(1.0, value * times) if name == "cell_probability" else noisier(value, times)
            for name, value in config.items()
        }
    return config


def iso(text, form):
    """A date in ISO form; as it stands where it is no date."""
    try:
        return datetime.strptime(text, form).date().isoformat()
    except ValueError:
        return text


def rows_of(name, frame):
    """The rows of one file in the columns of the roster, each with the person."""
    prefix = "mailing_address_" if name.startswith("taxes") else ""
    form = DATES.get(name, "%m/%d/%Y")
    for _, values in frame.astype(object).where(frame.notna(), "").iterrows():
        cell = lambda column: str(values.get(column, "")).strip()
        street = f"{cell(prefix + 'street_number')} {cell(prefix + 'street_name')}".strip()
        box = cell(prefix + "po_box")
        yield cell("simulant_id"), [
            cell("first_name"),
            cell("middle_name") or cell("middle_initial"),
            cell("last_name"),
            iso(cell("date_of_birth"), form),
            cell("sex"),
            street or (f"PO Box {box}" if box else ""),
            cell(prefix + "unit_number"),
            cell(prefix + "city"),
            cell(prefix + "state"),
            cell(prefix + "zipcode"),
        ]


def write_rosters(folder):
    """Writes every roster with its truth, from the package."""
    import pseudopeople

    registers = [("decennial_census", 2020), ("decennial_census", 2030), ("social_security", 2030)]
    surveys = ["american_community_survey", "current_population_survey", "women_infants_and_children"]
    registers += [(survey, year) for survey in surveys for year in range(2020, 2030, 2)]
    taxes = [("taxes_w2_and_1099", 2020), ("taxes_w2_and_1099", 2030)]
    for name in SETS:
        config = noisier(pseudopeople.get_config(), NOISE[name])
        with open(folder / f"{name}.csv", "w", newline="") as roster, open(
            folder / f"{name}.truth.csv", "w", newline=""
        ) as truth:
            roster_writer, truth_writer = csv.writer(roster), csv.writer(truth)
            roster_writer.writerow(COLUMNS)
            truth_writer.writerow(["row", "person"])
            row = 1
            for file, year in registers + (taxes if name == "thin" else []):
                frame = getattr(pseudopeople, f"generate_{file}")(year=year, seed=1, config=config)
                for person, cells in rows_of(file, frame):
                    row += 1
                    roster_writer.writerow(cells)
                    truth_writer.writerow([row, person])


def measure(folder, onroll):
    """Runs onroll over every roster and prints the table."""
    print("| data | rows | precision | recall | F1 | recall with review | recall of blocking | pairs compared |")
    print("|---|---|---|---|---|---|---|---|")
    for name in SETS:
        out = folder / name
        command = [onroll, "--quiet", "evaluate", folder / f"{name}.csv", "--truth", folder / f"{name}.truth.csv"]
        subprocess.run([*command, "--out", out], check=True, stdout=subprocess.DEVNULL)
        found = json.loads((out / "evaluation.json").read_text())
        shares = [found["pairwise"][share] for share in ("precision", "recall", "f1")]
        shares += [found["recall_with_review"], found["blocking_recall"]]
        cells = ["-" if share is None else f"{share:.4f}" for share in shares]
        print(f"| {name} | {found['truth']['rows']} | {' | '.join(cells)} | {found['candidate_pairs']} |")


def main():
    if sys.argv[1:2] == [INSIDE]:
        write_rosters(Path(sys.argv[2]))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where rosters, truths and reports go")
    parser.add_argument("--onroll", type=Path, default=Path("target/release/onroll"), help="the binary to measure")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    if not (arguments.folder / "thin.truth.csv").exists():
        inside_environment(arguments.folder.resolve())
    measure(arguments.folder, arguments.onroll)


main()
