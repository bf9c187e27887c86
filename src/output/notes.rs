//! The table of rules as Markdown: docs/NOTES.md is this text, and a test says so.

use crate::base::note::RULES;

const HEAD: &str = "\
# Notes

What sockeye says of frames, messages and connections. Each note has a stable code, a severity and the clause it rests
on; `sockeye lint` groups them, `--deny` and `--allow` take their codes, JSON output carries them.

Severities: **error**, a MUST of a specification is broken; **warning**, probably a mistake, or a limit of the capture;
**note**, unusual but allowed; **chat**, part of normal work.

This page is written by `sockeye notes`.

| code | severity | clause | meaning |
|---|---|---|---|
";

/// The table of every rule.
#[must_use]
pub fn markdown() -> String {
    let rows = RULES
        .iter()
        .map(|rule| format!("| `{}` | {} | {} | {} |\n", rule.name, rule.severity.name(), rule.clause, rule.sentence));
    std::iter::once(HEAD.to_string()).chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_row_of_four_cells() {
        let text = markdown();
        let rows: Vec<_> = text.lines().filter(|line| line.starts_with("| `")).collect();
        assert_eq!(rows.len(), RULES.len());
        assert!(rows.iter().all(|row| row.matches('|').count() == 5));
    }
}
