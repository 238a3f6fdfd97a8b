#!/usr/bin/env python3
"""Makes the xlsx and ods workbooks of this folder again, part by part, and what only pretends to be one: three made-up people,
one trait each. `make_binary_workbooks.mjs` makes those in the binary formats.

    python3 samples/hostile/make_workbooks.py
"""

import io
import os
import zipfile

folder = os.path.dirname(os.path.abspath(__file__))
HEADER = ["First Name", "Last Name", "Date of Birth", "Sex", "Address", "City", "State", "ZIP", "MRN"]
PEOPLE = [
    ["Ann", "Larsen", "1980-03-14", "F", "12 Lake St", "Duluth", "MN", "55802", "480013"],
    ["Omar", "Falk", "1971-11-25", "M", "7 Oak Ave", "Boston", "MA", "02134", "480027"],
    ["Grace", "Ito", "1992-07-19", "F", "400 Summit Blvd", "Provo", "UT", "84601", "480031"],
]
NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def letters(column):
    return chr(65 + column) if column < 26 else letters(column // 26 - 1) + chr(65 + column % 26)


def text(row, column, value):
    return f'<c r="{letters(column)}{row}" t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'


def number(row, column, value, style=0):
    return f'<c r="{letters(column)}{row}" s="{style}"><v>{value}</v></c>'


def row(index, cells, attributes=""):
    return f'<row r="{index}"{attributes}>{"".join(cells)}</row>'


def plain(first=1, people=PEOPLE, header=HEADER, changes=None, hidden=()):
    """Rows of a roster; `changes` maps (person, column) to a cell."""
    rows = [row(first, [text(first, c, h) for c, h in enumerate(header)])]
    for p, person in enumerate(people):
        at = first + 1 + p
        cells = [(changes or {}).get((p, c), lambda r, c, v=v: text(r, c, v))(at, c) for c, v in enumerate(person)]
        rows.append(row(at, cells, ' hidden="1"' if p in hidden else ""))
    return "".join(rows)


def part(name):
    return zipfile.ZipInfo(name, (2026, 3, 1, 0, 0, 0))


def archive(name, parts, packed=True):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as file:
        for path, content in parts:
            file.writestr(part(path), content, zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED)
    open(f"{folder}/{name}", "wb").write(out.getvalue())
    return out.getvalue()


def workbook(name, sheets, properties="", calculation="", before="", after=""):
    """Sheets as (name, state, rows)."""
    listed = "".join(
        f'<sheet name="{s[0]}" sheetId="{i}"{s[1]} r:id="rId{i}"/>' for i, s in enumerate(sheets, 1)
    )
    related = "".join(
        f'<Relationship Id="rId{i}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i, _ in enumerate(sheets, 1)
    )
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = [
        ("[Content_Types].xml", f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'),
        ("_rels/.rels", f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'),
        ("xl/workbook.xml", f'<workbook {NAMESPACE} xmlns:r="{RELATIONS}">{properties}<sheets>{listed}</sheets>{calculation}</workbook>'),
        ("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}/relationships">{related}<Relationship Id="rId99" Type="{RELATIONS}/styles" Target="styles.xml"/></Relationships>'),
        ("xl/styles.xml", f'<styleSheet {NAMESPACE}><numFmts count="1"><numFmt numFmtId="164" formatCode="00000"/></numFmts><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="11"/></cellXfs></styleSheet>'),
    ]
    for i, (_, _, rows) in enumerate(sheets, 1):
        parts.append((f"xl/worksheets/sheet{i}.xml", f"<worksheet {NAMESPACE}>{before}<sheetData>{rows}</sheetData>{after}</worksheet>"))
    return archive(name, parts)


def one(name, rows, **more):
    return workbook(name, [("Roster", "", rows)], **more)


one("calendar-1904.xlsx", plain(changes={(0, 2): lambda r, c: number(r, c, 29294 - 1462, 1)}), properties='<workbookPr date1904="1"/>')
one("zip-without-its-zero.xlsx", plain(changes={(1, 7): lambda r, c: number(r, c, 2134)}))
one("zip-shown-with-its-zero.xlsx", plain(changes={(1, 7): lambda r, c: number(r, c, 2134, 2)}))
one("identifier-in-scientific-notation.xlsx", plain(changes={(1, 8): lambda r, c: number(r, c, 1234570000000, 3)}))
one("identifier-of-sixteen-digits.xlsx", plain(changes={(1, 8): lambda r, c: number(r, c, 1234567890123450)}))
one("formula-without-value.xlsx", plain(changes={(1, 5): lambda r, c: f'<c r="F{r}"><f>VLOOKUP(A{r},Codes!A:B,2)</f></c>'}))
one("error-cell.xlsx", plain(changes={(1, 5): lambda r, c: f'<c r="F{r}" t="e"><v>#REF!</v></c>'}))
one("hidden-rows-and-columns.xlsx", plain(hidden=(1,)), before='<cols><col min="5" max="5" hidden="1"/></cols>')
workbook("hidden-sheet.xlsx", [("Notes", "", row(1, [text(1, 0, "Version 3")])), ("Old", ' state="veryHidden"', plain())])
banded = row(1, [text(1, 0, "Patient"), text(1, 4, "Home"), text(1, 8, "Chart")]) + plain(first=2)
one("merged-header.xlsx", banded, after='<mergeCells count="2"><mergeCell ref="A1:D1"/><mergeCell ref="E1:H1"/></mergeCells>')
one("total-and-footnote-below.xlsx", plain() + row(5, [text(5, 0, "Total"), number(5, 1, 3)]) + row(7, [text(7, 0, "* preliminary")]))
one("small-table-below.xlsx", plain() + row(7, [text(7, 0, "State"), text(7, 1, "Patients")]) + row(8, [text(8, 0, "MN"), number(8, 1, 1)]))
other = [1, 0, 2, 3, 4, 5, 6, 7, 8]
swapped = [[person[c] for c in other] for person in PEOPLE[1:]]
below = plain(first=5, people=swapped, header=[HEADER[c] for c in other])
one("roster-below-a-roster.xlsx", plain(people=PEOPLE[:1]) + below)
beside = "".join(
    row(r, [text(r, c, v) for c, v in enumerate(left)] + [text(r, c + 10, v) for c, v in enumerate(right)])
    for r, (left, right) in enumerate([(HEADER, HEADER), (PEOPLE[0], PEOPLE[1])], 1)
)
one("rosters-side-by-side.xlsx", beside)
one("value-at-the-far-corner.xlsx", plain() + row(1048576, ['<c r="XFD1048576"><v>1</v></c>']))
one("cells-out-of-order.xlsx", plain() + row(2, [text(2, 0, "Ann")]))
one("entity-bomb.xlsx", plain(), after="<!-- -->")
parts = dict(
    (info.filename, zipfile.ZipFile(f"{folder}/entity-bomb.xlsx").read(info))
    for info in zipfile.ZipFile(f"{folder}/entity-bomb.xlsx").infolist()
)
sheet = parts["xl/worksheets/sheet1.xml"].decode()
bomb = '<!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
parts["xl/worksheets/sheet1.xml"] = bomb + sheet
archive("entity-bomb.xlsx", parts.items())
parts["xl/worksheets/sheet1.xml"] = sheet.replace("</sheetData>", "<!-- -->" * (2 << 20) + "</sheetData>")
archive("unpacks-to-far-more.xlsx", parts.items())
whole = open(f"{folder}/calendar-1904.xlsx", "rb").read()
open(f"{folder}/half-written.xlsx", "wb").write(whole[: len(whole) // 2])
open(f"{folder}/spreadsheet-2003.xls", "w").write(
    '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>\n'
)
archive("word-document.xlsx", [("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<document/>")])


def ods(name, rows, styles="", manifest="<manifest:manifest/>"):
    content = (
        f"<office:document-content><office:automatic-styles>{styles}</office:automatic-styles><office:body>"
        f'<office:spreadsheet><table:table table:name="Roster">{rows}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    archive(name, [("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", content), ("META-INF/manifest.xml", manifest)])


def ods_row(values, attributes=""):
    cells = "".join(f'<table:table-cell office:value-type="string"><text:p>{v}</text:p></table:table-cell>' for v in values)
    return f"<table:table-row{attributes}>{cells}</table:table-row>"


roster = ods_row(HEADER) + "".join(ods_row(person) for person in PEOPLE)
blank = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
ods("blank-to-the-last-row.ods", roster + blank)
ods("repeats-a-row-a-million-times.ods", roster + ods_row(PEOPLE[0], ' table:number-rows-repeated="1000000"'))
ods("filtered-rows.ods", roster.replace("<table:table-row>", '<table:table-row table:visibility="filter">', 3).replace('<table:table-row table:visibility="filter">', "<table:table-row>", 1))
ods("with-a-password.ods", roster, manifest="<manifest:manifest><manifest:encryption-data/></manifest:manifest>")
