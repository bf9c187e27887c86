//! Heartbeats: counted where they stand, the same in a stream and in an index, and no data among them.

use std::path::Path;

use sockeye::capture;
use sockeye::dissect::{self, Options, Told, Wants};
use sockeye::filter::heartbeat::Run;
use sockeye::filter::traced::Traced;
use sockeye::filter::{Filter, Fold, Row, Selection, Shows, Target};
use sockeye::trace::{Bytes, Indexer, Progress};

use crate::build::{Wire, frame, masked};

/// What was handed on, in order: numbers of items, and counts of heartbeats.
#[derive(Default)]
struct Lines {
    messages: bool,
    lines: Vec<String>,
}

impl Target for Lines {
    fn wants(&self) -> Wants {
        Wants::NOTHING
    }

    fn tell(&mut self, told: &Told<'_>) {
        match told {
            Told::Frame(place, _) if !self.messages => self.lines.push(place.number.to_string()),
            Told::Message(place, _) if self.messages => self.lines.push(place.number.to_string()),
            _ => {}
        }
    }

    fn tell_row(&mut self, told: &Told<'_>, _: &Row<'_>) {
        self.tell(told);
    }

    fn folded(&mut self, run: &Run) {
        self.lines.push(run.line(run.count));
    }
}

struct Folding(Selection, Lines);

impl dissect::Sink for Folding {
    fn wants(&self) -> Wants {
        self.0.wants()
    }

    fn tell(&mut self, told: &Told<'_>) {
        self.0.tell(told, &mut self.1);
    }

    fn is_done(&self) -> bool {
        false
    }
}

fn folded(path: &Path, filter: &str, fold: Fold) -> Vec<String> {
    let selection = Selection::new(Filter::compile(filter).unwrap(), Shows::Items).unwrap().folding(fold);
    let mut sink = Folding(selection, Lines { messages: fold == Fold::Messages, ..Lines::default() });
    let mut capture = capture::open(path, &capture::Options::default()).unwrap();
    dissect::run(&mut capture, &Options::default(), 1, &mut sink).1.unwrap();
    let Folding(mut selection, mut lines) = sink;
    selection.finish(&mut lines);
    lines.lines
}

/// A capture in a file of its own.
fn written(wire: &Wire) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), wire.pcap()).unwrap();
    file
}

/// A message of the server each second.
fn each_second(texts: impl IntoIterator<Item = String>) -> Wire {
    texts.into_iter().fold(Wire::websocket(), |wire, text| wire.pause(1000).server(frame(0x81, None, text.as_bytes())))
}

fn found(wire: &Wire) -> Vec<String> {
    folded(written(wire).path(), "", Fold::Frames)
}

#[test]
fn a_run_is_counted_where_it_stood() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lines = folded(&root.join("samples/polling-vs-websocket.pcap"), "", Fold::Frames);
    assert_eq!(lines[..4], ["1", "2", "2 heartbeats  PING PONG", "5"]);
    let stomp = root.join("tests/data/heartbeats/stomp.pcap");
    let lines = folded(&stomp, "tcp.stream == 0", Fold::Messages);
    assert!(lines.iter().any(|line| line.starts_with("4 heartbeats") && line.ends_with("\"␊\"")), "{lines:?}");
    // With a filter in front, only what it selects is counted.
    let lines = folded(&stomp, "ws.direction == \"server\"", Fold::Messages);
    assert!(lines.iter().any(|line| line.starts_with("2 heartbeats")), "{lines:?}");
}

#[test]
fn a_ticker_is_no_heartbeat() {
    let price = |n: u32| 8000 + n * 7919 % 97;
    // Its price moves; its price stands still for a while; two symbols take turns; a sensor that falls.
    assert_eq!(found(&each_second((0..40).map(|n| format!("{{\"s\":\"IBM\",\"p\":{}}}", price(n))))).len(), 40);
    let slow = |n: u32| format!("{{\"s\":\"IBM\",\"p\":{},\"t\":{}}}", price(n / 3), 1_795_328_581_u32 + n);
    assert_eq!(found(&each_second((0..40).map(slow))).len(), 40);
    let two = |n: u32| format!("{{\"s\":\"{}\",\"p\":{}.5}}", ["C", "IBM"][n as usize % 2], price(n / 9));
    assert_eq!(found(&each_second((0..40).map(two))).len(), 40);
    assert_eq!(found(&each_second((0..40).map(|n| format!("{{\"temp\":{}}}", 60 - n)))).len(), 40);
    // Words of people, and messages that only look like it.
    let said = [
        "{\"type\":\"chat\",\"text\":\"ping\"}",
        "{\"type\":\"ping\",\"text\":\"are you there?\"}",
        "{\"user\":\"ada\",\"message\":\"pong\"}",
        "ping me tomorrow",
        "2",
        "h",
        "[\"ping\",\"ada\"]",
        "42[\"ping\",{\"to\":\"ada\"}]",
    ];
    let wire = each_second(said.iter().map(ToString::to_string));
    assert_eq!(found(&wire).len(), said.len(), "{:?}", found(&wire));
}

#[test]
fn formats_are_told_by_their_form_the_first_time() {
    let said = [
        "ping",
        "PONG",
        "{\"type\":\"ping\"}",
        "{\"op\":\"Heartbeat\",\"ts\":1795328581123}",
        "{\"event\":\"pong\",\"payload\":{},\"id\":\"a1\"}",
        "{\"ping\":1795328581123}",
        "{\"type\":6}\u{1e}",
        "{\"topic\":\"phoenix\",\"event\":\"heartbeat\",\"payload\":{},\"ref\":\"12\"}",
        "{\"topic\":\"phoenix\",\"event\":\"phx_reply\",\"payload\":{\"status\":\"ok\",\"response\":{}},\"ref\":\"12\"}",
        "[null,\"12\",\"phoenix\",\"heartbeat\",{}]",
        "[null,\"12\",\"phoenix\",\"phx_reply\",{\"status\":\"ok\",\"response\":{}}]",
        "{\"type\":\"ka\"}",
        "42[\"ping\"]",
        "a[\"ping\"]",
        "\n",
        "\r\n\r\n",
        "2::",
        "<iq type='get' id='p1'><ping xmlns='urn:xmpp:ping'/></iq>",
    ];
    let wire = each_second(said.iter().map(ToString::to_string));
    let lines = found(&wire);
    assert!(lines.len() == 1 && lines[0].starts_with(&format!("{} heartbeats", said.len())), "{lines:?}");
}

#[test]
fn what_comes_back_with_a_period_is_counted_from_the_fourth_time_on() {
    let mut wire = Wire::websocket();
    for n in 0..20 {
        wire = wire.pause(1000).client(masked(0x81, format!("{{\"hello\":{n}}}").as_bytes()));
        wire = wire.pause(100).server(frame(0x81, None, format!("{{\"price\":{}}}", n * 37 % 11).as_bytes()));
    }
    let file = written(&wire);
    let lines = folded(file.path(), "ws.direction == \"client\"", Fold::Frames);
    assert_eq!(lines, ["1", "3", "5", "17 heartbeats  every 1.10 s  \"{\"hello\":3}\""]);
    // The other side's prices part them into runs of one.
    assert_eq!(found(&wire).iter().filter(|line| line.starts_with("1 heartbeat ")).count(), 17);
}

#[test]
fn a_heartbeat_that_breaks_a_rule_is_shown() {
    // A ping without a mask, by the client.
    let wire = Wire::websocket().client(masked(0x89, b"a")).client(frame(0x89, None, b"b")).client(masked(0x89, b"c"));
    assert_eq!(found(&wire), ["1 heartbeat  PING", "2", "1 heartbeat  PING"]);
}

#[test]
fn an_index_says_what_a_stream_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = 0;
    let folders = ["tests/data/heartbeats", "samples", "tests/data/captures"].map(|folder| root.join(folder));
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    let period = written(&each_second((0..30).map(|n| format!("beat {n}"))));
    for path in files.chain([period.path().to_owned()]) {
        let options = capture::Options { spool: true, ..capture::Options::default() };
        let Ok(mut capture) = capture::open(&path, &options) else { continue };
        let Some(store) = capture.store() else { continue };
        let mut indexer = Indexer::new();
        let _ = dissect::run(&mut capture, &Options::default(), 1, &mut indexer);
        indexer.flush(Progress { finished: true, ..Progress::default() });
        let shared = indexer.shared();
        let trace = shared.read();
        let filter = Filter::compile("ws.heartbeat").unwrap();
        let mut traced = Traced::new(&filter);
        let bytes = Bytes::new(&trace, &store);
        let indexed: Vec<u64> = (1..=trace.frames().count()).filter(|n| traced.frame(bytes, *n)).collect();
        let streamed = streamed(&path);
        assert_eq!(indexed, streamed, "{}", path.display());
        all += indexed.len();
    }
    assert!(all > 50, "{all}");
}

fn streamed(path: &Path) -> Vec<u64> {
    let selection = Selection::new(Filter::compile("ws.heartbeat").unwrap(), Shows::Items).unwrap();
    let mut sink = Folding(selection, Lines::default());
    let mut capture = capture::open(path, &capture::Options::default()).unwrap();
    let _ = dissect::run(&mut capture, &Options::default(), 1, &mut sink);
    sink.1.lines.iter().map(|line| line.parse().unwrap()).collect()
}
