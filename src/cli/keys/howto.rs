//! `keys-howto`: what writes a key log, and how, as a page for people.
//!
//! In: the [table](super::table), or one kind of it. Out: lines of at most [`WIDTH`] columns.

use std::fmt::Write;

use anyhow::anyhow;

use super::table::{self, KINDS, Kind};
use crate::cli::failure::Failure;
use crate::cli::{Outcome, pages};
use crate::fields::nearest;

/// Columns of the page: what every terminal has.
const WIDTH: usize = 80;

/// What stands above the table.
const HEAD: &str = "\
What opens TLS is a key log: a file to which one of the two programs writes the secrets of its \
connections. `sockeye run -- PROGRAM` sets all that makes a program write one, and needs no file. Elsewhere: let \
the program write FILE, and give it to sockeye with --keylog FILE, also while both run. Whoever has the file can \
read the traffic: keep it where only you can read it, and remove it afterwards.";

/// Prints the page, or of it what is about `name`.
pub fn run(name: Option<&str>) -> Outcome {
    let page = match name {
        None => page(),
        Some(name) => {
            let kind = table::named(name).ok_or_else(|| unknown(name))?;
            let mut page = String::new();
            push(&mut page, kind);
            page
        }
    };
    pages::print(page.as_bytes())
}

fn unknown(name: &str) -> Failure {
    let names = KINDS.iter().map(|kind| kind.name);
    let near = nearest(names.clone(), name).map_or(String::new(), |near| format!("did you mean {near}? "));
    let names: Vec<&str> = names.collect();
    Failure::argument(anyhow!("nothing is known of key logs of '{name}'; {near}these are known: {}", names.join(", ")))
}

fn page() -> String {
    let mut page = String::new();
    fill(&mut page, HEAD, 0);
    for kind in KINDS {
        page.push('\n');
        push(&mut page, kind);
    }
    page
}

fn push(page: &mut String, kind: &Kind) {
    let by_itself = if kind.by_itself { "   (`run` sets it)" } else { "" };
    // Writing to a string does not fail.
    let _ = writeln!(page, "{}{by_itself}", kind.name);
    fill(page, kind.how, 4);
    fill(page, &format!("{}.", kind.since), 4);
    fill(page, kind.otherwise, 4);
    if !kind.quic.is_empty() {
        fill(page, &format!("It may speak QUIC, which is not read: {} keeps it to TCP.", kind.quic), 4);
    }
}

/// Text in lines, broken between words.
fn fill(page: &mut String, text: &str, indent: usize) {
    let mut column = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if column > indent && column + 1 + length > WIDTH {
            page.push('\n');
            column = 0;
        }
        if column == 0 {
            page.push_str(&" ".repeat(indent));
            column = indent;
        } else {
            page.push(' ');
            column += 1;
        }
        page.push_str(word);
        column += length;
    }
    page.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_fits_a_terminal_and_has_every_kind() {
        let page = page();
        for line in page.lines() {
            assert!(line.chars().count() <= WIDTH && !line.ends_with(' '), "{line}");
        }
        for kind in KINDS {
            assert!(page.lines().any(|line| line.starts_with(kind.name)), "{}", kind.name);
        }
    }
}
