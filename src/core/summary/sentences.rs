//! What would change if the site supplied a field, as a sentence.

use crate::assess::Supply;
use crate::report::{FixFirst, Move, counted, percent, thousands};

/// `Add the phone to 1,240 rows: CMS-eligible rises from 62.0 % to 91.0 %; 1,100 rows reach L0 ...`
pub(super) fn fix_sentence(supply: Supply, fix: &FixFirst) -> String {
    let mut gains = Vec::new();
    if fix.would_be_accepted > 0 {
        let rows = counted(fix.would_be_accepted, "rejected row", "rejected rows");
        gains.push(format!("{rows} could then be sent"));
    }
    if fix.would_become_cms_eligible > 0 {
        let (before, after) = (percent(fix.cms_eligible_share_before), percent(fix.cms_eligible_share_after));
        gains.push(if before == after {
            counted(fix.would_become_cms_eligible, "more row satisfies a CMS rule", "more rows satisfy a CMS rule")
        } else {
            format!("CMS-eligible rises from {before} % to {after} %")
        });
    }
    gains.extend(of_moves(&fix.levels, ("more row reaches", "more rows reach")));
    gains.extend(of_moves(&fix.grades, ("row reaches the grade", "rows reach the grade")));
    gains.extend(of_moves(&fix.bands, ("row becomes", "rows become")));
    format!("Add {} to {}: {}", supply.words(), counted(fix.rows, "row", "rows"), gains.join("; "))
}

/// `1,100 more rows reach L1, 140 L0`. The verb is given for one row and for several.
fn of_moves(moves: &[Move], (one, several): (&str, &str)) -> Option<String> {
    let mut reached: Vec<(&str, u64)> = Vec::new();
    for step in moves {
        match reached.iter_mut().find(|(name, _)| *name == step.to) {
            Some((_, rows)) => *rows += step.rows,
            None => reached.push((&step.to, step.rows)),
        }
    }
    // The rule file calls the level `L1 weight`, because a roster reaches only its weight.
    let mut reached = reached.into_iter().map(|(name, rows)| (name.trim_end_matches(" weight"), rows));
    let (name, rows) = reached.next()?;
    let first = format!("{} {name}", counted(rows, one, several));
    Some(reached.fold(first, |text, (name, rows)| format!("{text}, {} {name}", thousands(rows))))
}
