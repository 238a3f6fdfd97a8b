//! Prints the findings of a roster.

use onroll_core::{CheckSettings, Roster, Unwatched, check, quiet_panics};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    quiet_panics();
    let settings = CheckSettings::new()?;
    let path = std::env::args().nth(1).ok_or("name a roster")?;
    let checked = check(&[Roster::from_path(path)], &settings, None, &Unwatched)?;
    for found in checked.findings() {
        println!("{} row {}: {} ({})", found.file, found.row, found.title, found.finding.code);
    }
    Ok(())
}
