//! What is printed of any traffic.
//!
//! Input: as in [`super::traffic`]. Text, tables and conversations are UTF-8 without one control character but the ends
//! of lines (and tabs between cells), and without a mark that turns text round; each line of JSON is an object.

use sockeye::base::{At, ConnectionId};
use sockeye::dissect::{Dissector, Options, Sink, Told, Wants};
use sockeye::output::lint::{self, Lint};
use sockeye::output::{Columns, Follow, JsonLines, List, Look, Out, Output, Stats, Style, Summary, Table, Text};
use sockeye::output::{follow, stats};

use super::traffic::{PORT, Traffic, traffic};

/// Runs it.
pub fn run(input: &[u8]) {
    let traffic = traffic(input);
    for list in [List::Frames, List::Messages, List::Connections] {
        for width in [None, Some(usize::from(input.len() as u8))] {
            let look = Look { style: Style::default(), width, heading: true };
            plain(&print(&traffic, Text::new(list, Out::memory(), look)), "");
        }
        let columns = || Columns::choose(list, &[]).unwrap();
        plain(&print(&traffic, Table::csv(columns(), Out::memory(), true)), "");
        plain(&print(&traffic, Table::tabs(columns(), Out::memory())), "\t");
        objects(&print(&traffic, JsonLines::new(list, Out::memory())));
    }
    let id = ConnectionId(0).into();
    plain(&print(&traffic, Follow::new(id, follow::Form::Text(Style::default()), Out::memory())), "");
    objects(&print(&traffic, Follow::new(id, follow::Form::Json, Out::memory())));
    let policy = || lint::Policy::parse(&[], &[]).unwrap();
    plain(&print(&traffic, Lint::new(lint::Form::Text(Style::default()), policy(), Out::memory())), "");
    objects(&print(&traffic, Lint::new(lint::Form::Json, policy(), Out::memory())));
    plain(&print(&traffic, Stats::new(stats::Form::Page(Style::default()), Out::memory())), "");
    objects(&print(&traffic, Stats::new(stats::Form::Json, Out::memory())));
}

/// Lets an output be a sink of a dissector, as the printing commands do.
struct Printed<O>(O);

impl<O: Output> Sink for Printed<O> {
    fn wants(&self) -> Wants {
        self.0.wants()
    }

    fn tell(&mut self, told: &Told<'_>) {
        self.0.tell(told);
    }

    fn is_done(&self) -> bool {
        self.0.is_done()
    }
}

fn print(traffic: &Traffic, mut output: impl Output) -> Vec<u8> {
    let options =
        Options { decode_as: traffic.decode_as.map(|what| (PORT, what)).into_iter().collect(), ..Options::default() };
    if let Some(first) = traffic.packets().next() {
        output.tell(&Told::Started(At { packet: 1, time: first.time }));
    }
    let mut sink = Printed(output);
    let mut dissector = Dissector::new(options);
    for packet in traffic.packets() {
        dissector.push(&packet, &mut sink);
    }
    dissector.finish(&mut sink);
    sink.0.finish(&Summary { packets: traffic.packets.len() as u64, ..Summary::default() });
    assert!(sink.0.out().error().is_none());
    sink.0.out().bytes().to_vec()
}

fn plain(bytes: &[u8], allowed: &str) {
    let text = std::str::from_utf8(bytes).expect("text is UTF-8");
    for c in text.chars() {
        let turns =
            matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}');
        assert!(c == '\n' || allowed.contains(c) || !c.is_control() && !turns, "{c:?} in {text:?}");
    }
}

fn objects(bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).expect("JSON is UTF-8");
    for line in text.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(value.is_object(), "{line}");
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
}
