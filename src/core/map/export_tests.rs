//! The columns of real systems' exports, by the names that those systems give them: what each is mapped to, and what
//! has to stay unmapped.

use std::sync::LazyLock;

use super::find::find_columns;
use crate::domain::{CellKind, RowBatch};
use crate::rules::Rules;

pub(super) static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::load(None).expect("sound"));

/// Rows of text, from row 1 on.
pub(super) fn batch_of<'a>(rows: impl IntoIterator<Item = &'a &'a [&'a str]>) -> RowBatch {
    let mut batch = RowBatch::default();
    for (number, row) in (1..).zip(rows) {
        for cell in *row {
            batch.push_cell(cell, CellKind::Text);
        }
        batch.end_row(number);
    }
    batch
}

/// Asserts what each header of an export is mapped to: the field, with its number from 2 on, or `-`.
pub(super) fn assert_mapped(columns: &[(&str, &str)]) {
    assert_mapped_with(columns, &[]);
}

pub(super) fn assert_mapped_with(columns: &[(&str, &str)], rows: &[&[&str]]) {
    let headers: Vec<&str> = columns.iter().map(|(header, _)| *header).collect();
    let batch = batch_of([headers.as_slice()].iter().chain(rows));
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
        ("identifier[0].system", "external_system:2"),
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
fn german_rosters() {
    assert_mapped_with(
        &[
            ("Patienten-Nr.", "external_id"),
            ("Nachname", "last_name"),
            ("Vorname", "first_name"),
            ("Geburtsdatum", "birth_date"),
            ("Geschlecht", "sex"),
            ("Straße", "address_line1"),
            ("PLZ", "postal_code"),
            ("Ort", "city"),
            ("Telefon", "phone"),
            ("Hausarzt", "-"),
        ],
        &[&["1", "Schmidt", "Anna", "13.05.1980", "w", "12 Oak St", "55805", "Duluth", "218-722-2301", "Weber"]],
    );
}

#[test]
fn a_few_letters_for_a_sex_are_no_middle_initials() {
    let rows: &[&[&str]] = &[
        &["A-1", "Johnson", "Jennifer", "1980-03-04", "w"],
        &["A-2", "Smith", "Robert", "1971-05-16", "d"],
        &["A-3", "Miller", "Susan", "1990-11-30", "w"],
    ];
    let headers = [
        ("Kennung", "external_id"),
        ("Zuname", "last_name"),
        ("Rufname", "first_name"),
        ("Gebtag", "birth_date"),
        ("Geschl", "-"),
    ];
    assert_mapped_with(&headers, rows);
}

#[test]
fn the_readable_one_of_two_columns_of_epic_is_taken_and_a_field_of_salesforce_is_no_code() {
    assert_mapped(&[
        ("PAT_LAST_NAME", "last_name"),
        ("PAT_FIRST_NAME", "first_name"),
        ("SEX_C", "-"),
        ("SEX_NAME", "sex"),
    ]);
    assert_mapped(&[
        ("Id", "external_id"),
        ("LastName", "last_name"),
        ("FirstName", "first_name"),
        ("MRN__c", "external_id:2"),
    ]);
}

#[test]
fn questions_and_places_as_headers() {
    assert_mapped_with(
        &[
            ("Last Name", "last_name"),
            ("First Name", "first_name"),
            ("What sex was the patient assigned at birth?", "sex"),
            ("Home", "phone:2"),
            ("phone_cell", "phone"),
            ("Work", "phone:3"),
        ],
        &[&["Ng", "Ann", "Female", "218-555-0101", "218-555-0102", "218-555-0103"]],
    );
    assert_mapped_with(
        &[("Last Name", "last_name"), ("First Name", "first_name"), ("Home", "-")],
        &[&["Ng", "Ann", "Duluth"]],
    );
}

#[test]
fn addresses_on_one_line_are_taken_apart_beside_a_header_that_is_not_known() {
    assert_mapped_with(
        &[
            ("Timestamp", "-"),
            ("Who are you?", "full_name"),
            ("Date of Birth", "birth_date"),
            ("Home Address", "full_address"),
        ],
        &[
            &["10/1/2026 12:22:31", "Dina Barton", "1/14/1931", "103 Elm St, Boston, MA 02115"],
            &["10/2/2026 12:22:31", "Robert Corton", "2/18/1944", "120 Birch St, Duluth, MN 55805"],
            &["10/3/2026 12:22:31", "Susan Dalton", "3/15/1957", "137 Spruce St, Tampa, FL 33602"],
        ],
    );
}

#[test]
fn deceased_over_dates_is_the_date_of_death_and_over_words_it_is_not() {
    let headers = |meaning: &'static str| {
        [("Last Name", "last_name"), ("First Name", "first_name"), ("DOB", "birth_date"), ("Deceased", meaning)]
    };
    let rows: &[&[&str]] = &[&["Ng", "Ann", "05/13/1940", "03/04/2020"], &["Ruiz", "Omar", "06/14/1935", ""]];
    assert_mapped_with(&headers("death_date"), rows);
    let rows: &[&[&str]] = &[&["Ng", "Ann", "05/13/1940", "Y"], &["Ruiz", "Omar", "06/14/1935", "N"]];
    assert_mapped_with(&headers("-"), rows);
}
