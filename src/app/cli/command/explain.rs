//! `onroll explain`: what a finding means, why it matters and how to fix it, from `rules/findings.toml`.

use std::fmt::Write as _;

use super::print;
use crate::cli::args::ExplainArguments;
use crate::cli::exit::{Exit, Failure};
use onroll_core::domain::FindingCode;
use onroll_core::rules::Rules;

/// Prints one finding, or the list of all.
pub(super) fn run(arguments: &ExplainArguments) -> Result<Exit, Failure> {
    let rules = Rules::load(arguments.rules.as_deref())?;
    let mut text = String::new();
    match &arguments.code {
        Some(code) => {
            let code: FindingCode = code.parse().map_err(|error| Failure::new(Exit::Usage, format!("{error}")))?;
            describe(&mut text, &rules, code);
        }
        None => {
            for code in FindingCode::ALL {
                let title = &rules.findings.get(*code).title;
                let _ = writeln!(text, "{code}  {:<8} {title}", code.severity().word());
            }
        }
    }
    print(&text)?;
    Ok(Exit::Done)
}

fn describe(text: &mut String, rules: &Rules, code: FindingCode) {
    let finding = rules.findings.get(code);
    let _ = writeln!(text, "{code}  {}", finding.title);
    let _ = writeln!(text, "\nSeverity   {}: {}", code.severity().word(), effect(code));
    for (label, value) in
        [("Meaning", &finding.meaning), ("Why", &finding.why), ("Fix", &finding.fix), ("Example", &finding.example)]
    {
        let _ = writeln!(text, "{label:<10} {value}");
    }
}

fn effect(code: FindingCode) -> &'static str {
    use onroll_core::domain::Severity;
    match code.severity() {
        Severity::Info => "nothing changes for the row",
        Severity::Changed => "a value was changed before it is sent",
        Severity::Warn => "the patient is sent, but a value is missing, doubtful or left out",
        Severity::Hold => "the row is held until somebody decides, and is not sent",
        Severity::Reject => "the row cannot be sent",
    }
}
