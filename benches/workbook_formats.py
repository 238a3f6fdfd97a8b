#!/usr/bin/env python3
"""Holds `onroll check` of xlsx workbooks of many traits against the same workbooks saved by LibreOffice as ods and xls: every
row has to come to the same.

    pip install xlsxwriter && python3 benches/workbook_formats.py        # needs soffice; ONROLL names another binary
"""

import csv
import datetime
import os
import subprocess
import sys
import tempfile

import xlsxwriter

HEADER = ["MRN", "Last Name", "First Name", "Date of Birth", "Sex", "Address 1", "City", "State", "ZIP", "Phone"]
NAMES = zip("Ng Hale Ortiz Lund Falk Ruiz Ito Moss Kerr Dahl Beck Cole".split(), "Ann Bo Cy Di Ed Fay Gus Hana Ivo Jan Kim Lou".split())
ROWS = [
    [700100 + i, last, first, datetime.datetime(1930 + i * 3, 1 + i % 12, 1 + i * 7 % 28), "FM"[i % 2],
     f"{100 + i * 7} Oak St", "Duluth", "MN", 55801 + i, 2185550100 + i]
    for i, (last, first) in enumerate(NAMES)
]
TRAITS = {}


def trait(function):
    TRAITS[function.__name__] = function


def table(book, sheet, top=0, left=0, rows=ROWS, formats=None):
    """Writes the roster with these number formats by column."""
    day = book.add_format({"num_format": "mm/dd/yyyy"})
    formats = {column: book.add_format({"num_format": code}) for column, code in (formats or {}).items()}
    sheet.write_row(top, left, HEADER)
    for number, row in enumerate(rows, top + 1):
        for column, value in enumerate(row):
            is_day = isinstance(value, datetime.datetime)
            sheet.write(number, left + column, value, formats.get(column, day if is_day else None))


def with_ids(change):
    return [[change(row[0])] + row[1:] for row in ROWS]


@trait
def plain(book, sheet):
    table(book, sheet)


@trait
def calendar_1904(book, sheet):
    table(book, sheet)


@trait
def titles_and_totals(book, sheet):
    sheet.write(0, 0, "Roster of Clinic North")
    sheet.write(1, 0, "Printed 2026")
    table(book, sheet, 4, 2)
    sheet.write_row(20, 2, ["Total", 12])


@trait
def hidden(book, sheet):
    table(book, sheet)
    sheet.set_row(3, None, None, {"hidden": True})
    sheet.set_column(5, 5, None, None, {"hidden": True})


@trait
def merged_header(book, sheet):
    table(book, sheet, 1)
    sheet.merge_range(0, 1, 0, 2, "Patient")


@trait
def formulas_errors_and_booleans(book, sheet):
    table(book, sheet)
    sheet.write_formula(2, 6, '=CONCATENATE("Du","luth")', None, "Duluth")
    sheet.write_formula(3, 6, "=NA()", None, "#N/A")
    sheet.write_boolean(4, 10, True)


@trait
def zips_shown_with_zeros(book, sheet):
    rows = [row[:7] + ["MA", 2134 + number, row[9]] for number, row in enumerate(ROWS)]
    table(book, sheet, rows=rows, formats={8: "00000"})


@trait
def long_identifiers(book, sheet):
    table(book, sheet, rows=with_ids(lambda number: number + 1234567890123))


@trait
def identifiers_shortened_to_an_exponent(book, sheet):
    table(book, sheet, rows=with_ids(lambda number: number + 1234567890123), formats={0: "0.00E+00"})


@trait
def rosters_side_by_side(book, sheet):
    table(book, sheet)
    table(book, sheet, 0, 12, [[row[0] + 5000, row[1] + "son"] + row[2:] for row in ROWS])


@trait
def several_sheets(book, sheet):
    table(book, sheet)
    book.add_worksheet("Legend").write_column(0, 0, ["Code", "A"])
    hidden_sheet = book.add_worksheet("South")
    table(book, hidden_sheet, rows=[[row[0] + 900, "Mc" + row[1]] + row[2:] for row in ROWS])
    hidden_sheet.hide()


@trait
def moments_and_rich_text(book, sheet):
    rows = [row[:3] + [datetime.datetime(1950 + number, 3, 4, 13, 30)] + row[4:] for number, row in enumerate(ROWS)]
    table(book, sheet, rows=rows, formats={3: "yyyy-mm-dd hh:mm"})
    sheet.write_rich_string(2, 1, "O", book.add_format({"bold": True}), "Hal", "e")


def checked(path, folder):
    """What each row of a workbook comes to; the refusal where it is refused."""
    out = os.path.join(folder, "out")
    onroll = os.environ.get("ONROLL", "target/release/onroll")
    ended = subprocess.run([onroll, "check", path, "--out", out, "-q", "--system", "A"], capture_output=True, text=True)
    if ended.returncode > 1:
        return ended.stderr.replace(path, "")
    columns = ["sheet", "row", "external_id", "outcome", "completeness", "findings", "person"]
    with open(os.path.join(out, "rows.csv"), newline="", encoding="utf-8") as rows:
        return [[row[column] for column in columns] for row in csv.DictReader(rows)]


def main():
    different = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, write in TRAITS.items():
            path = os.path.join(folder, f"{name}.xlsx")
            book = xlsxwriter.Workbook(path, {"date_1904": name == "calendar_1904"})
            write(book, book.add_worksheet("Roster"))
            book.close()
            expected = checked(path, folder)
            for kind in ["ods", "xls:MS Excel 97"]:
                subprocess.run(["soffice", "--headless", "--convert-to", kind, "--outdir", folder, path], capture_output=True, check=True)
                found = checked(os.path.join(folder, f"{name}.{kind[:3]}"), folder)
                different += found != expected
                print(f"{name:38} {kind[:3]}  {'the same' if found == expected else 'DIFFERENT'}, {len(found)} rows")
    sys.exit(different > 0)


main()
