#!/usr/bin/env python3
"""Sets onroll beside Splink (DuckDB backend) on the same rosters of the same machine: quality, seconds and memory.

    python3 benches/febrl.py target/febrl
    python3 benches/pseudopeople.py target/pseudopeople
    python3 benches/splink_compare.py target/splink --febrl target/febrl --pseudopeople target/pseudopeople --rows 100000

Rosters are those that the first two commands leave, and office registers of `onroll generate`. Splink (MIT licence) is
installed into a virtual environment in the folder. Its model is made as its documentation advises: values in one case and
without punctuation, its own comparisons of names, birth dates, addresses and contacts with term frequencies, u by random
sampling, m by expectation maximisation over two blocking rules; of the five models tried on FEBRL 3 the best was taken. Both
close pairs to clusters; F1 is over all pairs of rows. Splink's figure is at its usual threshold of 0.95, and at the best of
several, chosen with the truth in hand. onroll has no setting to choose. Seconds and peak memory are of the whole process from
the file to the clusters of the first threshold; onroll writes all its reports in them.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import time
import venv
from collections import Counter
from pathlib import Path

INSIDE = "--with-splink"
USUAL, THRESHOLDS = 0.95, [0.01, 0.1, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 0.9999]

# What each column of a roster is; a column that a roster does not have is left out of the model.
COLUMNS = {
    "first": ["First Name", "given_name", "first_name"],
    "middle": ["Middle Name", "middle_name"],
    "last": ["Last Name", "surname", "last_name"],
    "birth": ["Date of Birth", "date_of_birth", "birth_date"],
    "sex": ["Sex at Birth", "sex"],
    "street": ["Address 1", "street", "address_1"],
    "city": ["City", "suburb", "city"],
    "zip": ["ZIP", "postcode", "zip"],
    "phone": ["Phone"],
    "email": ["Email"],
}


def standardised(column, header):
    """The SQL of a column in one case and without punctuation; nothing where it is empty."""
    text = f"lower(trim(\"{header}\"))"
    if column == "phone":
        text = f"right(regexp_replace({text}, '[^0-9]', '', 'g'), 10)"
    elif column == "zip":
        text = f"left(regexp_replace({text}, '[^0-9]', '', 'g'), 5)"
    elif column == "birth":
        text = (
            f"strftime(coalesce(try_strptime(\"{header}\", '%Y-%m-%d'), try_strptime(\"{header}\", '%m/%d/%Y'), "
            f"try_strptime(\"{header}\", '%Y%m%d'), try_strptime(\"{header}\", '%m-%d-%Y')), '%Y-%m-%d')"
        )
    elif column != "email":
        text = f"regexp_replace(strip_accents({text}), '[^a-z0-9 ]', '', 'g')"
    return f"nullif({text}, '') as {column}"


def settings(columns):
    """The model for the columns that a roster has."""
    import splink.comparison_library as cl
    from splink import SettingsCreator, block_on

    frequent = {"term_frequency_adjustments": True}
    comparisons = [
        cl.NameComparison("first").configure(**frequent),
        cl.NameComparison("last").configure(**frequent),
        cl.DateOfBirthComparison("birth", input_is_string=True),
        cl.JaroWinklerAtThresholds("street", [0.95, 0.88]).configure(**frequent),
        cl.LevenshteinAtThresholds("zip", [1]),
        cl.JaroWinklerAtThresholds("city", [0.9]).configure(**frequent),
    ]
    further = {
        "middle": cl.JaroWinklerAtThresholds("middle", [0.9]),
        "sex": cl.ExactMatch("sex"),
        "phone": cl.ExactMatch("phone"),
        "email": cl.ExactMatch("email"),
    }
    comparisons += [comparison for column, comparison in further.items() if column in columns]
    rules = [
        block_on("first", "last"),
        block_on("birth", "substr(first, 1, 1)"),
        block_on("birth", "substr(last, 1, 3)"),
        block_on("birth", "zip"),
        block_on("last", "zip"),
        block_on("street", "substr(first, 1, 1)"),
    ]
    rules += [block_on(column) for column in ("phone", "email") if column in columns]
    return SettingsCreator(link_type="dedupe_only", comparisons=comparisons, blocking_rules_to_generate_predictions=rules)


def splink(roster, truth):
    """Trains, predicts and clusters; prints the figures as JSON."""
    import logging

    import duckdb
    from splink import Linker, block_on
    from splink.backends.duckdb import DuckDBAPI

    logging.disable(logging.WARNING)
    started = time.perf_counter()
    connection = duckdb.connect()
    raw = f"read_csv('{roster}', all_varchar = true, header = true)"
    headers = [row[0] for row in connection.execute(f"describe select * from {raw}").fetchall()]
    columns = {name: next((header for header in known if header in headers), None) for name, known in COLUMNS.items()}
    columns = {name: header for name, header in columns.items() if header}
    select = ", ".join(standardised(column, header) for column, header in columns.items())
    connection.execute(f"create table roster as select row_number() over () + 1 as unique_id, {select} from {raw}")
    linker = Linker(DuckDBAPI(connection).register("roster"), settings(columns))
    training = linker.training
    training.estimate_probability_two_random_records_match([block_on("first", "last", "birth")], recall=0.7)
    training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    training.estimate_parameters_using_expectation_maximisation(block_on("first", "last"))
    training.estimate_parameters_using_expectation_maximisation(block_on("birth"))
    predicted = linker.inference.predict(threshold_match_probability=0.001)
    scores, seconds = {}, None
    for threshold in [USUAL, *THRESHOLDS]:
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold)
        found = connection.execute(f"select unique_id, cluster_id from {clusters.physical_name}").fetchall()
        seconds = seconds or time.perf_counter() - started
        scores[threshold] = quality(dict(found), truth)
    best = max(scores, key=lambda threshold: scores[threshold][2])
    print(json.dumps({"seconds": seconds, "usual": scores[USUAL], "best": scores[best], "threshold": best}))


def quality(cluster_of, truth):
    """Precision, recall and F1 over all pairs of rows."""
    with open(truth, newline="") as lines:
        person_of = {int(line["row"]): line["person"] for line in csv.DictReader(lines)}
    pairs = lambda groups: sum(count * (count - 1) // 2 for count in Counter(groups).values())
    found = pairs(cluster_of[row] for row in person_of)
    right = pairs((cluster_of[row], person) for row, person in person_of.items())
    precision, recall = right / max(found, 1), right / max(pairs(person_of.values()), 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def measured(command):
    """What a command prints, its wall seconds and its peak memory in GB."""
    started = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1):
        raise SystemExit(f"{command[0]} ended with {code}")
    return said, time.perf_counter() - started, usage.ru_maxrss / 1024 / 1024


def environment_python(folder):
    """A Python that has Splink."""
    environment = folder / "environment"
    if not environment.exists():
        venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "splink==5.0.0", "duckdb==2.0.1"], check=True)
    return python


def rosters(arguments):
    """Name, roster, truth and the mapping that onroll needs, of each set."""
    for number in (1, 2, 3, 4) if arguments.febrl else ():
        roster = arguments.febrl / f"febrl{number}.csv"
        mapping = ["--map", Path(__file__).parent / "febrl.map.toml"]
        yield f"FEBRL {number}", roster, roster.with_suffix(".truth.csv"), mapping
    for name in ("usual", "noisy", "thin") if arguments.pseudopeople else ():
        roster = arguments.pseudopeople / f"{name}.csv"
        yield f"pseudopeople, {name}", roster, roster.with_suffix(".truth.csv"), []
    for rows in arguments.rows:
        roster = arguments.folder / f"office{rows}.csv"
        truth = roster.with_suffix(".truth.csv")
        make = ["generate", "--rows", rows, "--seed", 7, "--out", roster, "--truth", truth, "--quiet"]
        subprocess.run([str(part) for part in [arguments.onroll, *make]], check=True)
        yield f"office register, {rows:,} rows", roster, truth, []


def main():
    if sys.argv[1:2] == [INSIDE]:
        splink(*sys.argv[2:4])
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where rosters, the environment and reports go")
    parser.add_argument("--onroll", type=Path, default=Path("target/release/onroll"), help="the binary to measure")
    parser.add_argument("--febrl", type=Path, help="the folder of benches/febrl.py")
    parser.add_argument("--pseudopeople", type=Path, help="the folder of benches/pseudopeople.py")
    parser.add_argument("--rows", type=int, nargs="*", default=[], help="sizes of office registers")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    python = environment_python(arguments.folder)
    print("| data | Splink F1 at 0.95 | at its best threshold | seconds, GB | onroll F1 | precision | seconds, GB |")
    print("|---|---|---|---|---|---|---|")
    for name, roster, truth, mapping in rosters(arguments):
        said, whole, memory = measured([python, __file__, INSIDE, roster, truth])
        theirs = json.loads(said.splitlines()[-1])
        out = arguments.folder / "report"
        judge = [arguments.onroll, "--quiet", "evaluate", roster, "--truth", truth, "--out", out, *mapping]
        subprocess.run([str(part) for part in judge], check=True, stdout=subprocess.DEVNULL)
        ours = json.loads((out / "evaluation.json").read_text())["pairwise"]
        check = [arguments.onroll, "--quiet", "check", roster, "--out", arguments.folder / "check", *mapping]
        _, seconds, our_memory = measured(check)
        print(
            f"| {name} | {theirs['usual'][2]:.4f} | {theirs['best'][2]:.4f} ({theirs['threshold']}) | "
            f"{theirs['seconds']:.1f}, {memory:.2f} | {ours['f1']:.4f} | {ours['precision']:.4f} | "
            f"{seconds:.1f}, {our_memory:.2f} |",
            flush=True,
        )


main()
