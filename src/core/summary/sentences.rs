//! What supplying a field would bring, in words.

use crate::assess::Supply;
use crate::report::{FixFirst, Move, percent, thousands};

/// `a phone on 1,240 rows lifts CMS-eligible from 62.0 % to 91.0 %; 1,100 rows reach L0 ...`
pub(super) fn fix_sentence(supply: Supply, fix: &FixFirst) -> String {
    let rows = |count: u64| format!("{} {}", thousands(count), if count == 1 { "row" } else { "rows" });
    let mut gains = Vec::new();
    if fix.would_be_accepted > 0 {
        let are = if fix.would_be_accepted == 1 { "is" } else { "are" };
        gains.push(format!("{} that {are} rejected now could be sent", rows(fix.would_be_accepted)));
    }
    if fix.would_become_cms_eligible > 0 {
        let (before, after) = (percent(fix.cms_eligible_share_before), percent(fix.cms_eligible_share_after));
        gains.push(if before == after {
            format!("{} more satisfy a CMS rule", rows(fix.would_become_cms_eligible))
        } else {
            format!("CMS-eligible rises from {before} % to {after} %")
        });
    }
    for (moves, what) in [(&fix.levels, "level"), (&fix.grades, "grade"), (&fix.bands, "band")] {
        gains.extend(of_moves(moves, what));
    }
    format!("{} on {}: {}", supply.words(), rows(fix.rows), gains.join("; "))
}

/// `1,100 reach L1 weight, 140 L0`
fn of_moves(moves: &[Move], what: &str) -> Option<String> {
    let mut reached: Vec<(&str, u64)> = Vec::new();
    for step in moves {
        match reached.iter_mut().find(|(name, _)| *name == step.to) {
            Some((_, rows)) => *rows += step.rows,
            None => reached.push((&step.to, step.rows)),
        }
    }
    let list: Vec<String> = reached.iter().map(|(name, rows)| format!("{} {name}", thousands(*rows))).collect();
    (!list.is_empty()).then(|| format!("{what} then {}", list.join(", ")))
}
