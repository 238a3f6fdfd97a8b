#!/usr/bin/env python3
"""Makes the sample rosters in this folder: the mess that clinics send, all of it invented.

    pip install openpyxl==3.1.5 xlwt==1.3.0 odfpy==1.4.1
    python3 samples/make_samples.py [FOLDER]

A rerun gives the same bytes: one fixed seed, fixed time stamps, and only `random.random`, whose sequence Python keeps.
`answers.csv` is the key: for each row who it is, what has to become of it, and what was planted in it.
The only people who are not invented here are the vendor's three published demo patients.
"""

import csv
import datetime as dt
import io
import random
import sys
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import openpyxl
import openpyxl.styles
import xlwt
from odf import meta as odf_meta
from odf import number as odf_number
from odf import style as odf_style
from odf import table as odf_table
from odf import text as odf_text
from odf.opendocument import OpenDocumentSpreadsheet

HERE = Path(__file__).resolve().parent
TABLES = HERE.parent / "rules" / "synthetic"
SEED = 20260215
STAMP = dt.datetime(2026, 2, 15, 9, 0, 0)
CREATOR = "onroll samples"

RIVERSIDE, LAKEVIEW = "Riverside Clinic", "Lakeview Family Medicine"
HARBOR, PINE, SPONSOR = "Harbor Tumor Registry", "Pine Street Medical", "Sponsor D"

STREETS = ["Maple Ave", "Oak Street", "2nd St", "Washington Blvd", "N Elm St", "Cedar Lane", "Lake Shore Dr", "Park Ave",
           "County Road 12", "Mill Rd", "Highland Ter", "Sunset Blvd", "W 5th Street", "Old Post Road", "Chestnut Ct",
           "Hillcrest Dr", "Broadway", "Spring Garden St", "Meadow Ln", "St. James Place"]
UNITS = ["Apt 4B", "Unit 12", "# 3", "Apt. 201", "Ste 5", "Fl 2"]
PROVIDERS = ["Osei, Abena MD", "Lindqvist, Per DO", "Castellano, Rita NP", "Whitcombe, Dale MD", "Iyer, Sunita MD"]
PLANS = ["Blue Plan PPO", "Evergreen HMO", "Medicare", "Medicaid", "Self pay", 'Union "Gold" Plan, Tier 2']
STATE_NAMES = {"MA": "Massachusetts", "NJ": "New Jersey", "CT": "Connecticut", "TX": "Texas", "CA": "California",
               "OH": "Ohio", "MN": "Minnesota", "NY": "New York", "PR": "Puerto Rico", "GA": "Georgia"}


class Dice:
    """Choices drawn from `random.random` only."""

    def __init__(self, seed):
        self.random = random.Random(seed).random

    def below(self, bound):
        return int(self.random() * bound)

    def pick(self, items):
        return items[self.below(len(items))]

    def chance(self, share):
        return self.random() < share

    def weighted(self, table):
        """A key of a list of (key, weight)."""
        ticket = self.random() * sum(weight for _, weight in table)
        for key, weight in table:
            ticket -= weight
            if ticket < 0:
                return key
        return table[-1][0]


def read_table(name):
    with open(TABLES / name, encoding="utf-8") as handle:
        return list(csv.DictReader(line for line in handle if not line.startswith("#")))


@dataclass(frozen=True)
class Person:
    """One invented human being."""

    key: str
    first: str
    last: str
    birth: dt.date | None
    sex: str
    middle: str = ""
    suffix: str = ""
    street: str = ""
    unit: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    phone: str = ""  # ten digits, exchange 555, line 0100-0199
    email: str = ""
    maiden: str = ""
    death: dt.date | None = None
    prior: tuple = ()  # street, city, state, zip
    mrn: int = 0


@dataclass
class Row:
    """One row of a roster: a person, and what is written differently from what is true."""

    person: Person
    expect: str = "accept"
    planted: list = field(default_factory=list)
    raw: dict = field(default_factory=dict)  # field -> what stands in the cell, whatever the person says
    plain: bool = False  # no random noise, so that what was planted is all there is
    extra_cell: bool = False
    cut_after: int | None = None


class People:
    """Invents people, no two of the same first and last name."""

    def __init__(self, dice):
        self.dice = dice
        self.surnames = [(row["name"], int(row["weight"])) for row in read_table("surnames.csv")]
        self.given = {sex: [(row["name"], int(row["weight"])) for row in read_table(f"given_{word}.csv")]
                      for sex, word in (("F", "female"), ("M", "male"))}
        self.places = read_table("places.csv")
        self.taken, self.count = set(), 0

    def place(self):
        row = self.dice.pick(self.places)
        return row["city"], row["state"], self.dice.pick(row["zips"].split()), row["area_codes"].split()[0]

    def street(self):
        return f"{self.dice.below(9800) + 100} {self.dice.pick(STREETS)}"

    def invent(self, **fixed):
        dice = self.dice
        sex = fixed.get("sex") or dice.pick("FM")
        while True:
            first = fixed.get("first") or dice.weighted(self.given[sex])
            last = fixed.get("last") or dice.weighted(self.surnames)
            if (first, last) not in self.taken or {"first", "last"} <= fixed.keys():
                break
        self.taken.add((first, last))
        self.count += 1
        birth = dt.date(1932, 1, 1) + dt.timedelta(days=dice.below(31000))
        city, state, zip_code, area = self.place()
        person = Person(
            key=f"P{self.count:04}", first=first, last=last, birth=birth, sex=sex,
            middle=dice.weighted(self.given[sex]) if dice.chance(0.5) else "",
            street=self.street(), unit=dice.pick(UNITS) if dice.chance(0.25) else "", city=city, state=state,
            zip=zip_code, phone=f"{area}5550{100 + dice.below(100)}",
            email=f"{ascii_word(first)}.{ascii_word(last)}@example.org" if dice.chance(0.7) else "",
            maiden=dice.weighted(self.surnames) if sex == "F" and dice.chance(0.2) else "",
            death=birth + dt.timedelta(days=18000 + dice.below(4000)) if birth.year < 1962 and dice.chance(0.08) else None,
            prior=(self.street(), *self.place()[:3]) if dice.chance(0.12) else (), mrn=10000 + 37 * self.count)
        return replace(person, **fixed)


def ascii_word(text):
    return "".join(letter for letter in text.lower() if "a" <= letter <= "z") or "patient"


# --- how people write things ---------------------------------------------------------------------------------------

def us_date(date, dice=None):
    """Month, day, year in the spellings of an office."""
    if date is None:
        return ""
    spellings = [f"{date.month}/{date.day}/{date.year}"] * 6 + [f"{date:%m/%d/%Y}"] * 4
    spellings += [f"{date:%m-%d-%Y}", f"{date:%Y-%m-%d}", f"{date.month}/{date.day}/{date:%y}"]
    return dice.pick(spellings) if dice else spellings[0]


def phone_text(digits, dice):
    if not digits:
        return ""
    area, exchange, line = digits[:3], digits[3:6], digits[6:]
    return dice.pick([f"({area}) {exchange}-{line}", f"{area}-{exchange}-{line}", f"{area}.{exchange}.{line}", digits,
                      f"+1 {area} {exchange} {line}", f"1-{area}-{exchange}-{line}", f"{area}/{exchange}-{line} x12"])


def sex_text(sex, dice):
    return dice.pick({"F": ["F", "F", "Female", "female", "FEMALE"], "M": ["M", "M", "Male", "male", "MALE"]}[sex])


def cells_of(row, dice, facility):
    """The row's fields as values: text, numbers and dates. Files differ in how they spell the dates."""
    person = row.person
    last = f"{person.last} {person.suffix}".strip()
    street, city, state, zip_code = (*person.prior, "", "", "", "")[:4]
    values = {
        "mrn": str(person.mrn), "facility": facility, "first": person.first, "middle": person.middle, "last": last,
        "birth": person.birth, "sex": sex_text(person.sex, dice), "street": person.street, "unit": person.unit,
        "city": person.city, "state": person.state, "zip": person.zip, "phone": phone_text(person.phone, dice),
        "email": person.email, "maiden": person.maiden, "death": person.death, "prior_street": street,
        "prior_city": city, "prior_state": state, "prior_zip": zip_code, "provider": dice.pick(PROVIDERS),
        "last_visit": STAMP.date() - dt.timedelta(days=dice.below(700)), "plan": dice.pick(PLANS),
    }
    if not row.plain:
        add_noise(values, person, dice)
    values.update(row.raw)
    return values


def add_noise(values, person, dice):
    """What does no harm to the identity: letter case, spaces, initials, ZIP+4, spelled-out states, empty cells."""
    if dice.chance(0.2):
        for name in ("first", "middle", "last", "street", "city", "maiden"):
            values[name] = values[name].upper()
    if dice.chance(0.08):
        values["first"] = f" {values['first']} "
    if dice.chance(0.06):
        values["last"] = f"{values['last']}  "
    if values["middle"] and dice.chance(0.5):
        values["middle"] = values["middle"][0] + dice.pick(["", "."])
    if dice.chance(0.1):
        values["zip"] = f"{values['zip']}-{1000 + dice.below(8999)}"
    if dice.chance(0.15):
        values["state"] = STATE_NAMES.get(person.state, values["state"])
    for name in ("phone", "email", "unit", "middle"):
        if dice.chance(0.06):
            values[name] = ""
    if dice.chance(0.03):
        values.update(street="", unit="", city="", state="", zip="")


# --- what is planted -------------------------------------------------------------------------------------------------

def demo_patients():
    """The vendor's published, de-identified demo patients."""
    return [Person("DEMO1", "Marissa", "Jones", dt.date(1971, 6, 29), "F", mrn=900001),
            Person("DEMO2", "Justin", "Williams", dt.date(1968, 5, 28), "M", mrn=900002),
            Person("DEMO3", "Helen", "Milliken", dt.date(2000, 11, 16), "F", mrn=900003)]


def special_names(people):
    """Names that break naive software."""
    names = [("Siobhán", "O'Brien", "F"), ("Ronald", "McDonald", "M"), ("Linh", "Nguyễn", "F"),
             ("María José", "De La Cruz", "F"), ("Søren", "Østergaard", "M"), ("Jean-Luc", "St. Pierre", "M"),
             ("Ana", "García-Muñoz", "F"), ("Wei", "Ng", "M"), ("Zoë", "van der Berg", "F"), ("D'Andre", "Mac Arthur", "M")]
    return [people.invent(first=first, last=last, sex=sex) for first, last, sex in names]


def families(people):
    """Father and son of one name, twins, a household with one phone: alike, and never the same."""
    father = people.invent(first="Robert", last="Castellanos", sex="M", suffix="Sr.", birth=dt.date(1951, 3, 17))
    home = {name: getattr(father, name) for name in ("last", "street", "unit", "city", "state", "zip", "phone")}
    son = people.invent(first="Robert", sex="M", suffix="Jr.", birth=dt.date(1979, 8, 24), **home)
    third = people.invent(first="Robert", sex="M", suffix="III", birth=dt.date(2004, 12, 30), **home)
    born = dt.date(1996, 1, 19)
    one = people.invent(first="Anna", last="Falk", sex="F", birth=born)
    home = {name: getattr(one, name) for name in ("last", "street", "unit", "city", "state", "zip", "phone")}
    other = people.invent(first="Hannah", sex="F", birth=born, **home)
    brother = people.invent(first="Jonas", sex="M", birth=born, **home)
    return [father, son, third, one, other, brother]


def bad_rows(people):
    """Rows that must be refused or held, and rows with one bad value that must not sink the patient."""
    def bad(planted, expect="accept", raw=None, **fixed):
        fixed.setdefault("death", None)
        return Row(people.invent(**fixed), expect, [planted], raw or {}, plain=True)

    born_late = dt.date(1985, 10, 21)
    return [
        bad("N102 no last name", "reject", {"last": ""}),
        bad("N102 last name is spaces", "reject", {"last": "   "}),
        bad("N101 no first name", "reject", {"first": ""}),
        bad("N103 first name UNKNOWN", "reject", {"first": "UNKNOWN"}),
        bad("N103 last name Unknown", "reject", {"last": "Unknown"}),
        bad("D102 birth date 13/45/1980", raw={"birth": "13/45/1980"}),
        bad("D102 birth date is a word", raw={"birth": "see chart"}),
        bad("D104 birth date in the future", raw={"birth": "07/19/2061"}),
        bad("D105 birth date 1850", raw={"birth": "01/31/1850"}),
        bad("D101 no birth date", raw={"birth": ""}),
        bad("S102 sex X", raw={"sex": "X"}),
        bad("S101 no sex", raw={"sex": ""}),
        bad("A104 ZIP 123", raw={"zip": "123"}),
        bad("A103 state ZZ", raw={"state": "ZZ"}),
        bad("A101 no address", raw={"street": "", "unit": "", "city": "", "state": "", "zip": ""}),
        bad("A102 no city", raw={"city": ""}),
        bad("C101 phone 123", raw={"phone": "123"}),
        bad("C102 e-mail without @", raw={"email": "front.desk.example.org"}),
        bad("I102 MRN in scientific notation", raw={"mrn": "1.23457E+12"}),
        bad("D107 death before birth", "hold", birth=born_late, death=dt.date(1958, 10, 21)),
        bad("D106 death date unreadable", raw={"death": "unsure"}),
    ]


def conflict(people, facility):
    """One MRN of one system, two birth dates: a person has to look."""
    person = people.invent(birth=dt.date(1962, 4, 23))
    other = replace(person, birth=dt.date(1974, 9, 18))
    planted = [f"M102 one MRN of {facility}, two birth dates"]
    return [Row(person, "hold", planted, plain=True), Row(other, "hold", planted, plain=True)]


def indistinguishable(people):
    """Two rows of one name with nothing else: nobody can say whether they are one person."""
    blank = {"birth": "", "sex": "", "street": "", "unit": "", "city": "", "state": "", "zip": "", "phone": "",
             "email": "", "mrn": "", "middle": "", "maiden": "", "facility": "", "death": "", "prior_street": "",
             "prior_city": "", "prior_state": "", "prior_zip": ""}
    person = people.invent(first="Pat", last="Murphy", sex="F")
    planted = ["M103 nothing but a name, twice"]
    return [Row(person, "hold", planted, dict(blank), plain=True), Row(person, "hold", planted, dict(blank), plain=True)]


def again(row_person, planted, **raw):
    return Row(row_person, "accept", [planted], raw)


def shuffled(rows, dice):
    rows = list(rows)
    for last in range(len(rows) - 1, 0, -1):
        other = dice.below(last + 1)
        rows[last], rows[other] = rows[other], rows[last]
    return rows


# --- writing ----------------------------------------------------------------------------------------------------------

class Answers:
    """Collects the key of all files."""

    def __init__(self):
        self.lines = []

    def note(self, file, sheet, number, row):
        self.lines.append([file, sheet, number, row.person.key, row.expect, "; ".join(row.planted)])

    def write(self, path):
        with open(path, "w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle, lineterminator="\n")
            writer.writerow(["file", "sheet", "row", "person", "expect", "planted"])
            writer.writerows(self.lines)


def delimited(path, columns, rows, dice, answers, *, facility, delimiter, encoding, line_end, date, blank_after=()):
    """Writes a delimited file. `date` spells a date; blank lines come after the given data rows."""
    out, number = io.StringIO(), 1
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end)
    writer.writerow([header for header, _ in columns])
    for index, row in enumerate(rows):
        values = cells_of(row, dice, facility)
        cells = [date(value, dice) if isinstance(value, dt.date) else value or ""
                 for value in (values.get(name, "") for _, name in columns)]
        if row.extra_cell:  # a comma that nobody quoted
            cells = [str(cell) or "-" for cell in cells] + ["Rear"]
        writer.writerow(cells[:row.cut_after])
        number += 1
        answers.note(path.name, "", number, row)
        if index in blank_after:
            out.write(line_end)
            number += 1
    path.write_bytes(out.getvalue().encode(encoding))


def workbook_value(row, name, value):
    """What a spreadsheet program makes of typed text: numbers where it can, with the leading zero gone."""
    if name not in row.raw and name in ("zip", "prior_zip", "mrn") and isinstance(value, str) and value.isdigit():
        return int(value)
    return None if value == "" else value


def clinic_b(path, rows, dice, answers):
    """Banner rows above the header, real date cells beside typed ones, numbers for ZIP and MRN, blank rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Patients"
    sheet.append([f"{LAKEVIEW}: active patients"])
    sheet.append(["Exported 02/15/2026 by the front desk. Confidential."])
    sheet.append([])
    sheet.append([header for header, _ in CLINIC_B])
    sheet.merge_cells("A1:F1")
    sheet["A1"].font = openpyxl.styles.Font(bold=True, size=14)
    number = 4
    for index, row in enumerate(rows):
        number += 2 if index and index % 60 == 0 else 1
        values = cells_of(row, dice, LAKEVIEW)
        for column, (_, name) in enumerate(CLINIC_B, 1):
            value = workbook_value(row, name, values.get(name))
            if isinstance(value, dt.date):
                typed = not row.plain and name == "birth" and dice.chance(0.2)
                value = us_date(value) if typed else dt.datetime.combine(value, dt.time())
            cell = sheet.cell(number, column, value)
            if isinstance(value, dt.datetime):
                cell.number_format = "mm/dd/yyyy"
        answers.note(path.name, sheet.title, number, row)
    for column, width in zip("ABCDEFG", (12, 16, 16, 10, 12, 10, 24)):
        sheet.column_dimensions[column].width = width
    book.properties.creator = book.properties.lastModifiedBy = CREATOR
    book.properties.created = STAMP
    book.save(path)
    repack(path)


def legacy(path, sheets, dice, answers):
    """An old workbook of two sheets of the same layout."""
    book = xlwt.Workbook(encoding="utf-8")
    book.set_owner(CREATOR)
    dates = xlwt.easyxf(num_format_str="M/D/YYYY")
    for title, rows in sheets:
        sheet = book.add_sheet(title)
        for column, (header, _) in enumerate(LEGACY):
            sheet.write(0, column, header, xlwt.easyxf("font: bold on"))
        for number, row in enumerate(rows, 1):
            values = cells_of(row, dice, PINE)
            for column, (_, name) in enumerate(LEGACY):
                value = workbook_value(row, name, values.get(name))
                if isinstance(value, dt.date):
                    sheet.write(number, column, dt.datetime.combine(value, dt.time()), dates)
                elif value is not None:
                    sheet.write(number, column, value)
            answers.note(path.name, title, number + 1, row)
    book.save(str(path))


def sponsor_d(path, rows, dice, answers):
    """An OpenDocument workbook with typed cells."""
    book = OpenDocumentSpreadsheet()
    book.meta.addElement(odf_meta.InitialCreator(text=CREATOR))
    book.meta.addElement(odf_meta.CreationDate(text=STAMP.isoformat()))
    shape = odf_number.DateStyle(name="UsDate")
    for part in (odf_number.Month(style="long"), odf_number.Text(text="/"), odf_number.Day(style="long"),
                 odf_number.Text(text="/"), odf_number.Year(style="long")):
        shape.addElement(part)
    book.automaticstyles.addElement(shape)
    book.automaticstyles.addElement(odf_style.Style(name="DateCell", family="table-cell", datastylename="UsDate"))
    sheet = odf_table.Table(name="Enrolled")
    lines = [[header for header, _ in SPONSOR_D]]
    for number, row in enumerate(rows, 2):
        values = cells_of(row, dice, SPONSOR)
        lines.append([workbook_value(row, name, values.get(name)) for _, name in SPONSOR_D])
        answers.note(path.name, "Enrolled", number, row)
    for line in lines:
        sheet_row = odf_table.TableRow()
        for value in line:
            sheet_row.addElement(ods_cell(value))
        sheet.addElement(sheet_row)
    book.spreadsheet.addElement(sheet)
    book.save(str(path))
    repack(path)


def ods_cell(value):
    if value is None:
        return odf_table.TableCell()
    if isinstance(value, dt.date):
        cell = odf_table.TableCell(valuetype="date", datevalue=value.isoformat(), stylename="DateCell")
        shown = f"{value:%m/%d/%Y}"
    elif isinstance(value, int):
        cell, shown = odf_table.TableCell(valuetype="float", value=str(value)), str(value)
    else:
        cell, shown = odf_table.TableCell(valuetype="string"), value
    cell.addElement(odf_text.P(text=shown))
    return cell


def repack(path):
    """Writes a zipped workbook again with fixed time stamps, so that a rerun gives the same bytes."""
    stamp = STAMP.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(path) as old:
        parts = [(item.filename, old.read(item.filename)) for item in old.infolist()]
    with zipfile.ZipFile(path, "w") as new:
        for name, data in parts:
            if name == "docProps/core.xml":
                head, _, rest = data.partition(b'<dcterms:modified xsi:type="dcterms:W3CDTF">')
                data = head + b'<dcterms:modified xsi:type="dcterms:W3CDTF">' + stamp + rest[rest.index(b"<"):]
            info = zipfile.ZipInfo(name, STAMP.timetuple()[:6])
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            new.writestr(info, data)


# --- the files --------------------------------------------------------------------------------------------------------

CLINIC_A = [("MRN", "mrn"), ("Facility", "facility"), ("Patient Last Name", "last"), ("Patient First Name", "first"),
            ("MI", "middle"), ("DOB (mm/dd/yyyy)", "birth"), ("Sex at Birth", "sex"), ("Street Address", "street"),
            ("Apt/Unit", "unit"), ("City", "city"), ("ST", "state"), ("Zip+4", "zip"), ("Home Phone", "phone"),
            ("E-mail", "email"), ("Maiden Name", "maiden"), ("Date of Death", "death"), ("Provider", "provider"),
            ("Last Visit", "last_visit"), ("Insurance Plan", "plan")]
CLINIC_B = [("Med Rec #", "mrn"), ("Pt Last Nm", "last"), ("Pt First Nm", "first"), ("Middle Name", "middle"),
            ("Birth Date", "birth"), ("Gender", "sex"), ("Address 1", "street"), ("Address 2", "unit"), ("City", "city"),
            ("State", "state"), ("ZIP", "zip"), ("Cell Phone", "phone"), ("Email Address", "email"),
            ("Previous Last Name", "maiden"), ("Deceased Date", "death"), ("Previous Address", "prior_street"),
            ("Previous City", "prior_city"), ("Previous State", "prior_state"), ("Previous Zip", "prior_zip"),
            ("Facility", "facility"), ("PCP", "provider"), ("Last Seen", "last_visit"), ("Plan", "plan")]
REGISTRY_C = [("Subject ID", "subject_id"), ("Registry Number", "registry"), ("last_name", "last"), ("first_name", "first"),
              ("middle_name", "middle"), ("date_of_birth", "birth"), ("date_of_death", "death"), ("sex", "sex"),
              ("address", "street"), ("city", "city"), ("state", "state"), ("zip_code", "zip"), ("phone", "phone"),
              ("tumor_site", "site")]
SITE_E = [("Patient ID", "mrn"), ("Surname", "last"), ("Given Name", "first"), ("Date of Birth", "birth"), ("Sex", "sex"),
          ("Street", "street"), ("Town", "city"), ("State", "state"), ("Postal Code", "zip"), ("Telephone", "phone"),
          ("Comment", "comment")]
LEGACY = [("Chart No", "mrn"), ("LAST NAME", "last"), ("FIRST NAME", "first"), ("M.I.", "middle"), ("D.O.B.", "birth"),
          ("SEX", "sex"), ("ADDRESS", "street"), ("CITY", "city"), ("STATE", "state"), ("ZIP CODE", "zip"),
          ("PHONE #", "phone"), ("BALANCE DUE", "balance")]
SPONSOR_D = [("Patient MRN", "mrn"), ("First Name", "first"), ("Last Name", "last"), ("Date of Birth", "birth"),
             ("Sex Assigned at Birth", "sex"), ("Address Line 1", "street"), ("Address Line 2", "unit"), ("City", "city"),
             ("State", "state"), ("Zip", "zip"), ("Phone Number", "phone"), ("Email", "email"), ("Date of Death", "death"),
             ("Cohort", "cohort")]


def make_clinics(folder, dice, people, answers):
    """clinic-a.csv and clinic-b.xlsx, which share patients."""
    demos, special, family = demo_patients(), special_names(people), families(people)
    both = [people.invent() for _ in range(28)]
    only_a, only_b = [people.invent() for _ in range(120)], [people.invent() for _ in range(115)]
    rows_a = [Row(person) for person in (*demos, *special, *family, *both, *only_a)]
    rows_b = [Row(person) for person in (*demos, *special[:4], *both, *only_b)]
    for row in rows_b:
        if row.person in both or row.person in special:
            row.planted.append("same person in clinic-a.csv")
    for person in only_a[:7]:
        rows_a.append(again(person, "same person twice in the file, same MRN"))
    for person in only_a[7:14]:
        rows_a.append(again(person, "same person twice in the file, two MRNs", mrn=str(person.mrn + 500000)))
    for person in only_b[:12]:
        rows_b.append(again(person, "same person twice in the file, two MRNs", mrn=str(person.mrn + 500000)))
    for person in only_a[14:20]:
        rows_a.append(again(person, "same MRN of the same facility, no birth date", birth=""))
    for person in only_a[20:26]:  # seen by the other clinic, filed under the first one's number
        rows_b.append(again(person, f"same MRN of {RIVERSIDE}, no sex", facility=RIVERSIDE, sex=""))
    moved = people.invent()
    rows_a += [Row(moved), again(moved, "same person, moved", street="18 Harbour Walk", unit="", city="Portland",
                                 state="ME", zip="04101")]
    rows_a += bad_rows(people) + conflict(people, RIVERSIDE) + indistinguishable(people)
    rows_b += bad_rows(people)
    rows_a.append(Row(people.invent(), "reject", ["R101 a comma that nobody quoted"], plain=True, extra_cell=True))
    rows_b.append(Row(people.invent(), "accept", ["R103 phone is #N/A"], {"phone": "#N/A"}, plain=True))
    massachusetts = people.invent(city="Boston", state="MA", zip="02108")
    rows_b.append(Row(massachusetts, planted=["ZIP typed as the number 2108"], plain=True))
    delimited(folder / "clinic-a.csv", CLINIC_A, shuffled(rows_a, dice), dice, answers, facility=RIVERSIDE, delimiter=",",
              encoding="utf-8-sig", line_end="\r\n", date=us_date, blank_after=(40, 41, 130))
    clinic_b(folder / "clinic-b.xlsx", shuffled(rows_b, dice), dice, answers)


def make_registry(folder, dice, people, answers):
    """registry-c.tsv: tabs, Windows-1252, ISO dates, the project's own subject ids."""
    def registered(person, number, **raw):
        raw = {"registry": f"HTR-{number:06}", "site": dice.pick(["Breast", "Colon", "Lung", "Prostate"]), **raw}
        return Row(person, raw={"subject_id": subject_id(dice), **raw}, plain=True)

    rows = [registered(people.invent(), 1000 + index) for index in range(34)]
    rows.append(registered(people.invent(first="Zoë", last="Muñoz", sex="F"), 1100))
    broken = registered(people.invent(), 1101, subject_id="HTR-1101")
    broken.planted = ["I101 subject id is no UUID"]
    twice = people.invent(birth=dt.date(1969, 2, 27))
    pair = [registered(twice, 1102), registered(twice, 1103)]
    for row in pair:
        row.expect, row.planted = "hold", ["M104 one person, two subject ids"]
    cut = registered(people.invent(), 1104)
    cut.expect, cut.planted, cut.cut_after = "reject", ["R101 the row ends early"], 6
    delimited(folder / "registry-c.tsv", REGISTRY_C, shuffled([*rows, broken, *pair, cut], dice), dice, answers,
              facility=HARBOR, delimiter="\t", encoding="cp1252", line_end="\n",
              date=lambda value, _: value.isoformat())


def subject_id(dice):
    """A UUID of version 4 from the dice."""
    digits = "".join(dice.pick("0123456789abcdef") for _ in range(30))
    return f"{digits[:8]}-{digits[8:12]}-4{digits[12:15]}-{dice.pick('89ab')}{digits[15:18]}-{digits[18:30]}"


def make_others(folder, dice, people, answers):
    """site-e.csv (semicolons, day first), legacy.xls (two sheets), sponsor-d.ods."""
    rows = [Row(people.invent(), raw={"comment": dice.pick(["", "", "call first; then mail", "interpreter"])})
            for _ in range(30)]
    rows.append(again(rows[3].person, "same person twice in the file", comment=""))
    for row in rows:
        row.plain = True
    delimited(folder / "site-e.csv", SITE_E, rows, dice, answers, facility="", delimiter=";", encoding="utf-8",
              line_end="\n", date=lambda value, _: f"{value:%d/%m/%Y}")
    old = [Row(people.invent(), raw={"balance": float(dice.below(40000)) / 100}) for _ in range(34)]
    old.append(again(old[2].person, "same person on the other sheet", balance=0.0))
    legacy(folder / "legacy.xls", [("2024", old[:18]), ("2025", old[18:])], dice, answers)
    enrolled = [Row(people.invent(), raw={"cohort": dice.pick(["Arm 1", "Arm 2"])}) for _ in range(30)]
    enrolled += [Row(person, raw={"cohort": "Demo"}, plain=True) for person in demo_patients()]
    enrolled.append(Row(people.invent(), "reject", ["N102 no last name"], {"last": "", "cohort": "Arm 1"}, plain=True))
    sponsor_d(folder / "sponsor-d.ods", enrolled, dice, answers)


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    dice, answers = Dice(SEED), Answers()
    people = People(dice)
    make_clinics(folder, dice, people, answers)
    make_registry(folder, dice, people, answers)
    make_others(folder, dice, people, answers)
    answers.write(folder / "answers.csv")


if __name__ == "__main__":
    main()
