// Makes the workbooks in the binary formats of this folder again, with the package `xlsx` 0.18.5 (Apache-2.0):
//
//     npm install xlsx@0.18.5 && node samples/hostile/make_binary_workbooks.mjs
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import path from "node:path";

const xlsx = createRequire(path.join(process.cwd(), "package.json"))("xlsx");
const folder = path.dirname(fileURLToPath(import.meta.url));
const rows = [
  ["First Name", "Last Name", "Date of Birth", "Sex", "Address", "City", "State", "ZIP", "MRN"],
  ["Ann", "Larsen", new Date(Date.UTC(1980, 2, 14)), "F", "12 Lake St", "Duluth", "MN", "55802", 480013],
  ["Zoë", "Falk", "11/25/1971", "F", "7 Oak Ave", "Boston", "MA", 2134, 480027],
  ["Grace", "Ito", "07/19/1992", "F", "400 Summit Blvd", "Provo", "UT", "84601", 480031],
];
const write = (name, bookType, change = () => {}) => {
  const sheet = xlsx.utils.aoa_to_sheet(rows, { cellDates: false, dateNF: "yyyy-mm-dd", UTC: true });
  const book = xlsx.utils.book_new();
  xlsx.utils.book_append_sheet(book, sheet, "Roster");
  change(sheet, book);
  xlsx.writeFile(book, path.join(folder, name), { bookType });
};
write("binary.xlsb", "xlsb");
write("old.xls", "biff8");
write("old-value-far-away.xls", "biff8", (sheet) => {
  sheet.IV65536 = { t: "n", v: 1 };
  sheet["!ref"] = "A1:IV65536";
});
write("older.xls", "biff5");
