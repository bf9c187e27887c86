//! What is said of a program when it is over: of connections that stay closed, and the way out; of such as are nobody's.
//!
//! In: connections, as the [sieve](super::sieve) forgets them, and its QUIC. Out: a line or two on standard error.

use std::sync::{Arc, Mutex, PoisonError};

use crate::cli::failure::complain;
use crate::cli::owners::helper::Process;

/// What was counted. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Report(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    /// TLS connections of the program, and how many of them have no secrets.
    tls: u64,
    closed: u64,
    /// Whose the first of these was.
    whose: Option<Process>,
    undecided: u64,
    /// Whom it spoke QUIC to, and which process.
    quic: Option<(Vec<String>, Process)>,
}

impl Report {
    /// A connection of the program; `is_open` where it is TLS: there are secrets of it.
    pub fn add_own(&self, is_open: Option<bool>, whose: Option<&Process>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.tls += u64::from(is_open.is_some());
        if is_open == Some(false) {
            counts.closed += 1;
            counts.whose = counts.whose.take().or_else(|| whose.cloned());
        }
    }

    /// A connection that is shown although nobody knows whose it is.
    pub fn add_undecided(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).undecided += 1;
    }

    /// Servers that it spoke QUIC to.
    pub fn add_quic(&self, servers: Vec<String>, whose: Process) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).quic = Some((servers, whose));
    }

    /// Says it.
    pub fn say(&self) {
        self.lines().iter().for_each(|line| complain(line));
    }

    /// What there is to say.
    pub fn lines(&self) -> Vec<String> {
        lines(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn lines(counts: &Counts) -> Vec<String> {
    let mut lines = Vec::new();
    if counts.closed > 0 {
        let name = counts.whose.as_ref().map_or("the program", |process| &process.name);
        let which = match (counts.closed, counts.tls) {
            (1, 1) => format!("the TLS connection of {name} stays closed: it wrote no secrets of it"),
            (closed, tls) => {
                format!("{closed} of {tls} TLS connections of {name} stay closed: it wrote no secrets of them")
            }
        };
        lines.push(match counts.whose.as_ref().and_then(|process| process.kind) {
            Some(kind) => format!("{which}. {}: {}. {}. {}", kind.name, kind.how, kind.since, kind.otherwise),
            None => format!("{which}; `sockeye keys-howto` says what makes programs write them"),
        });
    }
    if let Some((servers, whose)) = &counts.quic {
        lines.push(quic_line(servers, whose));
    }
    match counts.undecided {
        0 => {}
        1 => lines.push("of 1 connection that is shown nobody could tell whose it is".to_owned()),
        count => lines.push(format!("of {count} connections that are shown nobody could tell whose they are")),
    }
    lines
}

/// Servers that are named; the rest are counted.
const NAMED: usize = 3;

fn quic_line(servers: &[String], whose: &Process) -> String {
    let named: Vec<String> = servers.iter().take(NAMED).cloned().collect();
    let more = match servers.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let way = match whose.kind.map_or("", |kind| kind.quic) {
        "" => "have it speak HTTP/1.1 or HTTP/2".to_owned(),
        way => format!("{way} keeps it to TCP"),
    };
    let named = named.join(", ");
    format!("{} speaks QUIC to {named}{more}, which is not read: a WebSocket may be in it; {way}", whose.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::keys::table;

    #[test]
    fn a_program_that_wrote_nothing_is_told_the_way_of_its_kind() {
        let report = Report::default();
        let kind = table::named("Java");
        report.add_own(Some(true), None);
        report.add_own(None, None);
        assert!(lines(&report.0.lock().unwrap()).is_empty());
        report.add_own(Some(false), Some(&Process { id: 1, name: "java".to_owned(), kind }));
        let said = lines(&report.0.lock().unwrap());
        assert!(said[0].starts_with("1 of 2 TLS connections of java stay closed: it wrote no secrets of them. Java: "));
        assert!(said[0].contains("JAVA_TOOL_OPTIONS"));
        report.add_quic(
            vec!["a.example".to_owned(); 5],
            Process { id: 1, name: "chrome".to_owned(), kind: table::named("Chromium") },
        );
        let line = report.lines().pop().unwrap();
        assert!(line.contains("a.example, a.example, a.example and 2 more, which is not read"), "{line}");
        assert!(line.ends_with("; --disable-quic keeps it to TCP"), "{line}");
        report.0.lock().unwrap().quic = None;
        report.add_undecided();
        assert_eq!(lines(&report.0.lock().unwrap()).len(), 2);
    }
}
