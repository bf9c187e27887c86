//! Every note of the table: the smallest bytes that raise it, and the nearest correct bytes that do not, through the
//! whole dissector. A note without a case fails here.

mod captures;
mod cases;
mod drafts;
mod late;
mod losses;
mod opening;
mod secure;
mod tcp;

use std::collections::BTreeSet;

use crate::build::{Found, Wire};
use sockeye::base::Code;
use sockeye::base::note::RULES;

/// A note, bytes that raise it, and their nearest correct twin.
pub struct Case {
    /// What the first of the two raises; nothing else but what `besides` has.
    code: Code,
    /// Notes that cannot be kept away from either: `wrong` and `right` have them.
    besides: &'static [Code],
    /// Notes that follow from what is wrong, in `wrong` alone.
    follow: &'static [Code],
    wrong: fn() -> Wire,
    right: fn() -> Wire,
}

fn named(codes: impl IntoIterator<Item = Code>) -> BTreeSet<&'static str> {
    codes.into_iter().map(Code::name).collect()
}

fn told(found: &Found) -> String {
    found.notes.iter().map(|(code, (count, detail))| format!("  {count} × {code}: {detail}\n")).collect()
}

#[test]
fn every_note_has_a_case() {
    let cases = cases::all();
    let missing: Vec<_> =
        RULES.iter().filter(|rule| !cases.iter().any(|case| case.code == rule.code)).map(|rule| rule.name).collect();
    assert!(missing.is_empty(), "add a case to tests/library/conformance/cases.rs for each of {missing:?}");
}

#[test]
fn wrong_bytes_raise_their_note_and_right_ones_do_not() {
    let mut report = String::new();
    for case in cases::all() {
        let (wrong, right) = ((case.wrong)().dissect(), (case.right)().dissect());
        let besides = named(case.besides.iter().copied());
        let mut want = besides.clone();
        want.extend(named(case.follow.iter().copied()));
        want.insert(case.code.name());
        if named(wrong.codes()) != want {
            report += &format!("{} wrong: want {want:?}, found\n{}", case.code, told(&wrong));
        }
        if named(right.codes()) != besides {
            report += &format!("{} right: want {besides:?}, found\n{}", case.code, told(&right));
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn the_page_of_notes_is_the_table() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/NOTES.md")).unwrap();
    for rule in RULES {
        let line = format!("| `{}` | {} | {} | {} |", rule.name, rule.severity.name(), rule.clause, rule.sentence);
        assert!(page.contains(&line), "docs/NOTES.md lacks {line}; `sockeye notes` prints the page");
    }
}
