//! The columns of real systems' exports, by the names that those systems give them: what each is mapped to, and what has to
//! stay unmapped.

use std::sync::LazyLock;

use super::column_map::{MappedCells, RowShape};
use super::find::find_columns;
use crate::domain::{CellKind, RowBatch};
use crate::rules::Rules;

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::load(None).expect("sound"));

/// Asserts what each header of an export is mapped to: the field, with its number from 2 on, or `-`.
fn assert_mapped(columns: &[(&str, &str)]) {
    assert_mapped_with(columns, &[]);
}

fn assert_mapped_with(columns: &[(&str, &str)], rows: &[&[&str]]) {
    let mut batch = RowBatch::default();
    let headers: Vec<&str> = columns.iter().map(|(header, _)| *header).collect();
    for (number, row) in (1..).zip([headers.as_slice()].iter().chain(rows)) {
        for cell in *row {
            batch.push_cell(cell, CellKind::Text);
        }
        batch.end_row(number);
    }
    let (_, map) = find_columns(&batch, &RULES, None).expect("a roster");
    for ((header, expected), column) in columns.iter().zip(&map.columns) {
        let found = column.content.map_or("-".to_owned(), |content| match content.group() {
            0 => content.name().to_owned(),
            group => format!("{}:{}", content.name(), u32::from(group) + 1),
        });
        assert_eq!(found, *expected, "{header}: {}", column.reason);
    }
}

#[test]
fn epic_tables_and_reports() {
    assert_mapped(&[
        ("PAT_ID", "external_id"),
        ("PAT_MRN_ID", "external_id:2"),
        ("PAT_NAME", "full_name"),
        ("BIRTH_DATE", "birth_date"),
        ("DEATH_DATE", "death_date"),
        ("SEX_C_NAME", "sex"),
        ("ADD_LINE_1", "address_line1"),
        ("ADD_LINE_2", "address_line2"),
        ("CITY", "city"),
        ("STATE_C_NAME", "state"),
        ("COUNTY_C_NAME", "-"),
        ("COUNTRY_C_NAME", "-"),
        ("ZIP", "postal_code"),
        ("HOME_PHONE", "phone"),
        ("WORK_PHONE", "phone:2"),
        ("EMAIL_ADDRESS", "email"),
        ("ETHNIC_GROUP_C_NAME", "-"),
        ("LANGUAGE_C_NAME", "-"),
        ("SSN", "-"),
        ("CUR_PCP_PROV_ID", "-"),
    ]);
    assert_mapped(&[
        ("PrimaryMrn", "external_id"),
        ("EnterpriseId", "external_id:2"),
        ("FirstName", "first_name"),
        ("MiddleName", "middle_name"),
        ("LastName", "last_name"),
        ("BirthDate", "birth_date"),
        ("SexAssignedAtBirth", "sex"),
        ("StateOrProvinceAbbreviation", "state"),
        ("PostalCode", "postal_code"),
        ("HomePhoneNumber", "phone"),
        ("EmailAddress", "email"),
        ("PrimaryCareProviderDurableKey", "-"),
    ]);
}

#[test]
fn cerner_tables() {
    assert_mapped(&[
        ("PERSON_ID", "external_id"),
        ("MRN", "external_id:2"),
        ("CMRN", "external_id:3"),
        ("NAME_LAST", "last_name"),
        ("NAME_FIRST", "first_name"),
        ("NAME_MIDDLE", "middle_name"),
        ("NAME_LAST_KEY", "-"),
        ("BIRTH_DT_TM", "birth_date"),
        ("DECEASED_DT_TM", "death_date"),
        ("SEX_DISP", "sex"),
        ("STREET_ADDR", "address_line1"),
        ("STREET_ADDR2", "address_line2"),
        ("STATE_CD", "state"),
        ("ZIPCODE", "postal_code"),
        ("PHONE_NUM", "phone"),
        ("FIN", "-"),
        ("ENCNTR_ID", "-"),
        ("REG_DT_TM", "-"),
    ]);
    assert_mapped(&[("NAME_FULL_FORMATTED", "full_name"), ("BIRTH_DT_TM", "birth_date"), ("UPDT_DT_TM", "-")]);
}

#[test]
fn athenahealth_reports() {
    assert_mapped(&[
        ("patientid", "external_id"),
        ("patient firstname", "first_name"),
        ("patient lastname", "last_name"),
        ("patient middleinitial", "middle_name"),
        ("patientdob", "birth_date"),
        ("patientsex", "sex"),
        ("patient mobile no", "phone"),
        ("patient homephone", "phone:2"),
        ("patient workphone", "phone:3"),
        ("patient email", "email"),
        ("patient address1", "address_line1"),
        ("patient address2", "address_line2"),
        ("patient city", "city"),
        ("patient state", "state"),
        ("patient zip", "postal_code"),
        ("patient driver license number", "-"),
        ("guarantorfirstname", "-"),
        ("guarantorlastname", "-"),
        ("contacthomephone", "-"),
        ("patient primary ins pkg name", "-"),
    ]);
}

#[test]
fn eclinicalworks_reports() {
    assert_mapped(&[
        ("Patient Acct No", "external_id"),
        ("Patient Name", "full_name"),
        ("Patient DOB", "birth_date"),
        ("Patient Sex", "sex"),
        ("Patient Address Line 1", "address_line1"),
        ("Patient Address Line 2", "address_line2"),
        ("Patient City", "city"),
        ("Patient State", "state"),
        ("Patient Zip Code", "postal_code"),
        ("Patient Home Phone", "phone"),
        ("Patient Cell Phone", "phone:2"),
        ("Patient E-mail", "email"),
        ("Appointment Provider Name", "-"),
        ("Primary Insurance Name", "-"),
    ]);
    assert_mapped(&[
        ("controlNo", "external_id"),
        ("ulname", "last_name"),
        ("ufname", "first_name"),
        ("uminitial", "middle_name"),
        ("ptDob", "birth_date"),
        ("upaddress", "address_line1"),
        ("upcity", "city"),
        ("upstate", "state"),
        ("upPhone", "phone"),
        ("umobileno", "phone:2"),
        ("uemail", "email"),
    ]);
}

#[test]
fn nextgen_tables() {
    assert_mapped(&[
        ("person_nbr", "external_id"),
        ("med_rec_nbr", "external_id:2"),
        ("last_name", "last_name"),
        ("first_name", "first_name"),
        ("date_of_birth", "birth_date"),
        ("expired_date", "death_date"),
        ("sex", "sex"),
        ("address_line_1", "address_line1"),
        ("address_line_2", "address_line2"),
        ("city", "city"),
        ("state", "state"),
        ("zip", "postal_code"),
        ("home_phone", "phone"),
        ("cell_phone", "phone:2"),
        ("alt_phone", "phone:3"),
        ("email_address", "email"),
        ("marital_status", "-"),
        ("ssn", "-"),
        ("primarycare_prov_name", "-"),
    ]);
}

#[test]
fn redcap_exports_with_names_and_with_labels() {
    assert_mapped(&[
        ("record_id", "external_id"),
        ("redcap_event_name", "-"),
        ("redcap_data_access_group", "external_system"),
        ("first_name", "first_name"),
        ("last_name", "last_name"),
        ("dob", "birth_date"),
        ("sex", "sex"),
        ("telephone", "phone"),
        ("email", "email"),
        ("demographics_complete", "-"),
    ]);
    assert_mapped(&[
        ("Study ID", "external_id"),
        ("First Name", "first_name"),
        ("Last Name", "last_name"),
        ("Street, City, State, ZIP", "full_address"),
        ("Phone number", "phone"),
        ("E-mail", "email"),
        ("Date of birth", "birth_date"),
        ("Gender", "sex"),
        ("Date subject signed consent", "-"),
        ("Complete?", "-"),
    ]);
}

#[test]
fn salesforce_health_cloud_person_accounts() {
    assert_mapped(&[
        ("Id", "external_id"),
        ("HealthCloudGA__MedicalRecordNumber__pc", "external_id:2"),
        ("HealthCloudGA__SourceSystem__c", "external_system"),
        ("HealthCloudGA__Gender__pc", "sex"),
        ("FirstName", "first_name"),
        ("MiddleName", "middle_name"),
        ("LastName", "last_name"),
        ("Name", "-"),
        ("Suffix", "suffix"),
        ("PersonBirthdate", "birth_date"),
        ("PersonMailingStreet", "address_line1"),
        ("PersonMailingCity", "city"),
        ("PersonMailingState", "state"),
        ("PersonMailingPostalCode", "postal_code"),
        ("PersonMailingCountry", "-"),
        ("PersonHomePhone", "phone"),
        ("PersonMobilePhone", "phone:2"),
        ("PersonEmail", "email"),
        ("PersonContactId", "-"),
        ("RecordTypeId", "-"),
        ("HealthCloudGA__PrimaryContact__c", "-"),
        ("Referring_Physician__c", "-"),
    ]);
}

#[test]
fn omop_tables_joined_with_their_names() {
    assert_mapped(&[
        ("person_id", "external_id"),
        ("person_source_value", "external_id:2"),
        ("gender_concept_id", "-"),
        ("gender_source_value", "sex"),
        ("year_of_birth", "-"),
        ("birth_datetime", "birth_date"),
        ("death_datetime", "death_date"),
        ("race_concept_id", "-"),
        ("provider_id", "-"),
        ("care_site_id", "-"),
        ("location_id", "-"),
        ("address_1", "address_line1"),
        ("address_2", "address_line2"),
        ("city", "city"),
        ("state", "state"),
        ("zip", "postal_code"),
        ("family_name", "last_name"),
        ("given_name", "first_name"),
    ]);
}

#[test]
fn fhir_patients_as_a_table() {
    let columns = [
        ("Patient.id", "external_id"),
        ("identifier[0].value", "external_id:2"),
        ("identifier[0].system", "external_system"),
        ("name[0].family", "last_name"),
        ("name[0].given[0]", "first_name"),
        ("name[0].given[1]", "middle_name"),
        ("name[0].use", "-"),
        ("name[1].family", "additional_last_name"),
        ("name[1].given[0]", "additional_first_name"),
        ("birthDate", "birth_date"),
        ("gender", "sex"),
        ("deceasedDateTime", "death_date"),
        ("address[0].line[0]", "address_line1"),
        ("address[0].line[1]", "address_line2"),
        ("address[0].city", "city"),
        ("address[0].state", "state"),
        ("address[0].postalCode", "postal_code"),
        ("address[1].city", "additional_city"),
        ("telecom[0].system", "-"),
        ("telecom[0].value", "phone"),
        ("telecom[1].value", "email:2"),
        ("contact[0].name.family", "-"),
        ("maritalStatus.text", "-"),
    ];
    let row = [
        "b7",
        "100",
        "urn:a",
        "Ng",
        "Ann",
        "Marie",
        "official",
        "Ngo",
        "Annie",
        "1980-03-04",
        "female",
        "",
        "12 Oak St",
        "",
        "Duluth",
        "MN",
        "55805",
        "Boston",
        "phone",
        "218-555-0101",
        "ann@clinic.example.org",
        "Ng",
        "Married",
    ];
    assert_mapped_with(&columns, &[&row, &row, &row]);
}

#[test]
fn hl7_segments_by_position_and_by_name() {
    assert_mapped(&[
        ("PID-3.1", "external_id"),
        ("PID-3.4", "external_system"),
        ("PID-5.1", "last_name"),
        ("PID-5.2", "first_name"),
        ("PID-5.3", "middle_name"),
        ("PID-7", "birth_date"),
        ("PID-8", "sex"),
        ("PID-10", "-"),
        ("PID-11.1", "address_line1"),
        ("PID-11.3", "city"),
        ("PID-11.4", "state"),
        ("PID-11.5", "postal_code"),
        ("PID-13", "phone"),
        ("PID-18", "-"),
        ("PID-19", "-"),
        ("PID-29", "death_date"),
    ]);
    assert_mapped(&[
        ("Patient Identifier List", "external_id"),
        ("Patient Name", "full_name"),
        ("Mother's Maiden Name", "-"),
        ("Date/Time of Birth", "birth_date"),
        ("Administrative Sex", "sex"),
        ("Patient Address", "address_line1"),
        ("Phone Number - Home", "phone"),
        ("Phone Number - Business", "-"),
        ("Patient Death Date and Time", "death_date"),
    ]);
}

#[test]
fn spanish_rosters() {
    assert_mapped(&[
        ("Número de historia clínica", "external_id"),
        ("Apellido paterno", "last_name"),
        ("Apellido materno", "additional_last_name"),
        ("Nombre", "first_name"),
        ("Segundo nombre", "middle_name"),
        ("Fecha de nacimiento", "birth_date"),
        ("Sexo", "sex"),
        ("Calle y número", "address_line1"),
        ("Apartamento", "address_line2"),
        ("Ciudad", "city"),
        ("Estado", "state"),
        ("Código postal", "postal_code"),
        ("Teléfono celular", "phone"),
        ("Correo electrónico", "email"),
        ("Fecha de fallecimiento", "death_date"),
        ("Nombre del médico", "-"),
        ("Teléfono de emergencia", "-"),
        ("Seguro", "-"),
    ]);
    assert_mapped(&[("Expediente", "external_id"), ("Nombre completo", "full_name"), ("Fecha Nac.", "birth_date")]);
}

#[test]
fn french_rosters() {
    assert_mapped(&[
        ("Nº de dossier", "external_id"),
        ("Nom de famille", "last_name"),
        ("Prénom", "first_name"),
        ("Deuxième prénom", "middle_name"),
        ("Nom de naissance", "additional_last_name"),
        ("Date de naissance", "birth_date"),
        ("Sexe", "sex"),
        ("Adresse", "address_line1"),
        ("Complément d’adresse", "address_line2"),
        ("Ville", "city"),
        ("État", "state"),
        ("Code postal", "postal_code"),
        ("Téléphone domicile", "phone"),
        ("Courriel", "email"),
        ("Date de décès", "death_date"),
        ("Nom du médecin", "-"),
        ("Contact d’urgence", "-"),
        ("Assurance", "-"),
    ]);
    assert_mapped(&[("No dossier", "external_id"), ("Nom et prénom", "full_name"), ("Né(e) le", "birth_date")]);
}

#[test]
fn columns_of_cells_with_components_are_taken_apart() {
    let rows: [&[&str]; 3] = [
        &["1", "NG^ANN^MARIE", "19800304", "12 OAK ST^APT 4^DULUTH^MN^55805"],
        &["2", "OSEI^ABENA^^JR", "19620202", "9 BIRCH RD^^BOSTON^MA^02134"],
        &["3", "LARSEN^TOVE", "19550921", "7 ELM AVE^^WARWICK^RI^02886^USA"],
    ];
    assert_mapped_with(
        &[("PID-3", "external_id"), ("PID-5", "full_name"), ("PID-7", "birth_date"), ("PID-11", "full_address")],
        &rows,
    );
}

#[test]
fn guards_that_keep_zeros_in_a_spreadsheet_come_off_every_cell() {
    let mut batch = RowBatch::default();
    let rows = [
        ["MRN", "First Name", "Last Name", "DOB", "Zip", "Address"],
        ["=\"00048213\"", "Ann", "'Blanchard", "'01/13/1940", "=\"02115\"", "'t Hooft Ln 5"],
        ["'00048230", "=\"Bea\"", "'Thornbury", "=\"02/14/1943\"", "'02115", "14 Holloway Ln"],
        ["00048247", "'Abd", "'Holloway", "03/15/1946", "02115", "=\"\""],
    ];
    for (number, row) in (1..).zip(&rows) {
        for cell in row {
            batch.push_cell(cell, CellKind::Text);
        }
        batch.end_row(number);
    }
    let (first, map) = find_columns(&batch, &RULES, None).expect("a roster");
    let mut mapped = MappedCells::default();
    let texts: Vec<Vec<String>> = batch
        .rows()
        .skip(first)
        .map(|row| {
            assert_eq!(map.map_row(&row, &RULES, &mut mapped), RowShape::Fits);
            mapped.cells.iter().map(|cell| cell.text.to_owned()).collect()
        })
        .collect();
    assert_eq!(texts[0], ["00048213", "Ann", "Blanchard", "01/13/1940", "'t Hooft Ln 5", "02115"]);
    assert_eq!(texts[1], ["00048230", "Bea", "Thornbury", "02/14/1943", "14 Holloway Ln", "02115"]);
    assert_eq!(texts[2], ["00048247", "'Abd", "Holloway", "03/15/1946", "02115"]);
}

/// The fields and cells of each row below the first, as `field:group text`.
fn mapped_rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
    let mut batch = RowBatch::default();
    for (number, row) in (1..).zip(rows) {
        for cell in *row {
            batch.push_cell(cell, CellKind::Text);
        }
        batch.end_row(number);
    }
    let (first, map) = find_columns(&batch, &RULES, None).expect("a roster");
    let mut mapped = MappedCells::default();
    let mut of_row = |row| {
        assert_eq!(map.map_row(&row, &RULES, &mut mapped), RowShape::Fits);
        let cells = mapped.cells.iter().skip(2);
        let mut found: Vec<String> =
            cells.map(|cell| format!("{}:{} {}", cell.slot.field, cell.slot.group, cell.text)).collect();
        found.extend(mapped.findings.iter().map(|finding| finding.code.code().to_owned()));
        found
    };
    batch.rows().skip(first).map(&mut of_row).collect()
}

#[test]
fn home_and_mailing_address_stay_whole_and_are_never_mixed() {
    let address = ["Address", "City", "Zip"];
    let mailing = ["Mailing Address", "Mailing City", "Mailing Zip"];
    for is_mailing_first in [false, true] {
        let row = |home: [&'static str; 3], mail: [&'static str; 3]| {
            let both = if is_mailing_first { [mail, home] } else { [home, mail] };
            ["First Name", "Last Name"].into_iter().chain(both.concat()).collect::<Vec<_>>()
        };
        let rows = [
            row(address, mailing),
            row(["101 Main St", "", ""], ["9 Elm St", "Chicago", "60601"]),
            row(["", "Duluth", "55805"], ["9 Elm St", "Chicago", "60601"]),
            row(["", "", ""], ["PO Box 5", "Chicago", "60601"]),
            row(["1 Oak St", "Duluth", "55805"], ["9 Elm St", "Chicago", "60601"]),
        ];
        let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
        let found = mapped_rows(&rows);
        let home = ["address_line1:0 9 Elm St", "city:0 Chicago", "postal_code:0 60601"];
        let told = ["M118"];
        assert_eq!(found[0], [&home[..], &["additional_address_line1:0 101 Main St"], &told].concat());
        let further = ["additional_city:0 Duluth", "additional_postal_code:0 55805"];
        assert_eq!(found[1], [&home[..], &further, &told].concat());
        let home = ["address_line1:0 PO Box 5", "city:0 Chicago", "postal_code:0 60601", "M118"];
        assert_eq!(found[2], home);
        let further =
            ["additional_address_line1:0 9 Elm St", "additional_city:0 Chicago", "additional_postal_code:0 60601"];
        let home = ["address_line1:0 1 Oak St", "city:0 Duluth", "postal_code:0 55805"];
        assert_eq!(found[3], [&home[..], &further].concat());
    }
}

#[test]
fn a_second_address_by_number_is_the_patients_where_the_first_is_empty_and_a_prior_one_never_is() {
    let found = mapped_rows(&[
        &["First Name", "Last Name", "Address 1", "City 1", "Zip 1", "Address 2", "City 2", "Zip 2"],
        &["Al", "Crow", "", "", "", "8 Elm St", "Duluth", "55805"],
        &["Bea", "Dove", "UNKNOWN", "", "", "8 Elm St", "Duluth", "55805"],
        &["Cy", "Finch", "2 Oak St", "Duluth", "55802", "8 Elm St", "Duluth", "55805"],
    ]);
    let home = ["address_line1:0 8 Elm St", "city:0 Duluth", "postal_code:0 55805"];
    assert_eq!(found[0], [&home[..], &["M118"]].concat());
    assert_eq!(found[1], [&home[..], &["additional_address_line1:0 UNKNOWN", "M118"]].concat());
    assert_eq!(found[2].len(), 6);
    let found = mapped_rows(&[
        &["First Name", "Last Name", "Address", "City", "Zip", "Previous Address", "Previous City", "Previous Zip"],
        &["Al", "Crow", "", "", "", "8 Elm St", "Duluth", "55805"],
    ]);
    assert_eq!(found[0].first().map(String::as_str), Some("additional_address_line1:0 8 Elm St"));
}

#[test]
fn epics_coded_columns_are_used_where_no_other_column_says_the_same() {
    assert_mapped(&[
        ("PAT_LAST_NAME", "last_name"),
        ("PAT_FIRST_NAME", "first_name"),
        ("SEX_C", "sex"),
        ("STATE_C", "state"),
        ("HOME_PHONE", "phone"),
        ("WORK_PHONE", "phone:3"),
        ("CELL_PHONE", "phone:2"),
    ]);
    assert_mapped(&[
        ("PAT_LAST_NAME", "last_name"),
        ("PAT_FIRST_NAME", "first_name"),
        ("SEX_C", "-"),
        ("SEX", "sex"),
        ("STATE_C", "-"),
        ("STATE", "state"),
    ]);
}

#[test]
fn contact_beside_patient_is_how_the_patient_is_reached_unless_it_names_somebody() {
    let of_two = |lower: [&str; 6]| {
        let mut batch = RowBatch::default();
        let upper = ["Patient", "", "", "Contact", "", ""];
        let data = ["Ng", "Ann", "1980-03-04", "814-555-0112", "12 Fir St", "16501"];
        for (number, row) in (1..).zip([upper, lower, data]) {
            for cell in row {
                batch.push_cell(cell, CellKind::Text);
            }
            batch.end_row(number);
        }
        let (_, map) = find_columns(&batch, &RULES, None).expect("a roster");
        map.columns.iter().filter(|column| column.content.is_some()).count()
    };
    assert_eq!(of_two(["Last", "First", "DOB", "Phone", "Street", "Zip"]), 6);
    assert_eq!(of_two(["Last", "First", "DOB", "Phone", "Relationship", "Zip"]), 3);
    assert_eq!(of_two(["Last", "First", "Phone", "Phone", "Street", "Zip"]), 3);
}

#[test]
fn columns_that_complete_one_address_stay_together() {
    assert_mapped(&[
        ("First Name", "first_name"),
        ("Last Name", "last_name"),
        ("Street Address", "address_line1"),
        ("Mailing City", "city"),
        ("Mailing State", "state"),
        ("Home Zip", "postal_code"),
    ]);
    assert_mapped(&[
        ("First Name", "first_name"),
        ("Last Name", "last_name"),
        ("Home Address", "address_line1"),
        ("City", "city"),
        ("Zip", "postal_code"),
        ("Mailing Address", "additional_address_line1"),
        ("Previous Address", "additional_address_line1:2"),
    ]);
}

#[test]
fn a_unit_on_the_third_line_is_kept_and_the_name_beside_the_street_is_left_out() {
    let found = mapped_rows(&[
        &["First Name", "Last Name", "Address1", "Address2", "Address3"],
        &["Al", "Crow", "c/o Sue Abel", "1 Oak St", "Apt 3"],
        &["Bea", "Dove", "1 Oak St", "Sunny Acres Nursing Home", "Rm 12"],
        &["Cy", "Finch", "1 Oak St", "Apt 3", "c/o Sue Abel"],
        &["Di", "Gull", "1 Oak St", "Bldg 4", "Apt 3"],
    ]);
    let lines = |second: &str| {
        vec!["address_line1:0 1 Oak St".to_owned(), format!("address_line2:0 {second}"), "M116".to_owned()]
    };
    assert_eq!(found, ["Apt 3", "Rm 12", "Apt 3", "Bldg 4"].map(lines));
}

#[test]
fn names_with_a_number_under_plain_headers_are_names_and_record_numbers_are_none() {
    let columns = |cells: [&str; 3]| {
        let mut batch = RowBatch::default();
        for (number, first) in (1..).zip(["First Name"].into_iter().chain(cells)) {
            let cells = if number == 1 { [first, "Last Name", "DOB"] } else { [first, "Ng", "1980-03-04"] };
            for cell in cells {
                batch.push_cell(cell, CellKind::Text);
            }
            batch.end_row(number);
        }
        find_columns(&batch, &RULES, None).map(|(_, map)| map.columns[0].content.is_some())
    };
    assert_eq!(columns(["First1", "First2", "First31"]).ok(), Some(true));
    assert_eq!(columns(["Jaspreet7", "Ann12", "Bea3"]).ok(), Some(true));
    for codes in [["A10293", "A10294", "A10295"], ["HTR-001008", "HTR-001009", "HTR-001010"], ["MRN1", "MRN2", "MRN3"]]
    {
        assert_ne!(columns(codes).ok(), Some(true), "{codes:?}");
    }
}
