//! Display filters on captures, against what tshark selects, and what was worked out by hand where it cannot.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use sockeye::capture;
use sockeye::dissect::{self, Options, Sink, Told, Wants};
use sockeye::filter::traced::Traced;
use sockeye::filter::{Filter, Selection, Shows};
use sockeye::trace::{Bytes, Indexer, Progress};

/// The numbers of what was handed on.
#[derive(Default)]
struct Shown {
    frames: BTreeSet<u64>,
    messages: BTreeSet<u64>,
    connections: BTreeSet<u64>,
}

impl Sink for Shown {
    fn wants(&self) -> Wants {
        Wants::NOTHING
    }

    fn tell(&mut self, told: &Told<'_>) {
        match told {
            Told::Frame(place, _) => self.frames.insert(place.number),
            Told::Message(place, _) => self.messages.insert(place.number),
            Told::Closed(socket) => self.connections.insert(socket.id.connection.0.into()),
            _ => false,
        };
    }

    fn is_done(&self) -> bool {
        false
    }
}

/// Many filters at once, each with what it selects.
struct All(Vec<(Selection, Shown)>);

impl Sink for All {
    fn wants(&self) -> Wants {
        self.0.iter().fold(Wants::NOTHING, |wants, (selection, _)| wants.or(selection.wants()))
    }

    fn tell(&mut self, told: &Told<'_>) {
        self.0.iter_mut().for_each(|(selection, shown)| selection.tell(told, shown));
    }

    fn is_done(&self) -> bool {
        false
    }
}

fn selected(file: &str, filters: &[&str], shows: Shows, threads: usize) -> Vec<Shown> {
    let filters = filters.iter().map(|text| {
        let filter = Filter::compile(text).unwrap_or_else(|error| panic!("{error}\n{}", error.caret()));
        (Selection::new(filter, shows).unwrap(), Shown::default())
    });
    let mut all = All(filters.collect());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let mut capture = capture::open(&path, &capture::Options::default()).unwrap();
    let options = Options { spread: Some(threads > 2), ..Options::default() };
    dissect::run(&mut capture, &options, threads, &mut all).1.unwrap();
    all.0.into_iter().map(|(_, shown)| shown).collect()
}

/// `1 3-5` as numbers.
fn numbers(list: &str) -> BTreeSet<u64> {
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        first.parse::<u64>().unwrap()..=last.parse().unwrap()
    };
    list.split_whitespace().flat_map(range).collect()
}

/// Lines of a table by their first column.
fn table(name: &str) -> BTreeMap<String, Vec<(String, BTreeSet<u64>)>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/display-filters").join(name);
    let mut table: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        table.entry(cells[0].to_owned()).or_default().push((cells[1].to_owned(), numbers(cells[2])));
    }
    table
}

#[test]
fn filters_select_what_tshark_selects() {
    let (mut report, mut compared) = (String::new(), 0);
    for (file, rows) in table("tshark.tsv") {
        let (alone, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(filter, _)| filter == "*");
        let alone = &alone[0].1;
        let filters: Vec<&str> = rows.iter().map(|(filter, _)| filter.as_str()).collect();
        for ((filter, wanted), shown) in rows.iter().zip(selected(&file, &filters, Shows::Items, 1)) {
            let shown: BTreeSet<u64> = shown.frames.intersection(alone).copied().collect();
            compared += 1;
            if shown != *wanted {
                writeln!(report, "{file}: {filter}: {shown:?}, not {wanted:?}").unwrap();
            }
        }
    }
    assert!(report.is_empty(), "\n{report}");
    assert!(compared > 1500, "{compared}");
}

#[test]
fn filters_select_what_was_worked_out_by_hand() {
    let mut report = String::new();
    for (file, rows) in table("by-hand.tsv") {
        let filters: Vec<&str> = rows.iter().map(|(filter, _)| filter.as_str()).collect();
        for ((filter, wanted), shown) in rows.iter().zip(selected(&file, &filters, Shows::Items, 1)) {
            if shown.frames != *wanted {
                writeln!(report, "{file}: {filter}: {:?}, not {wanted:?}", shown.frames).unwrap();
            }
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

/// Filters in front of a sink, and the index of the same capture behind none.
struct Both(All, Indexer);

impl Sink for Both {
    fn wants(&self) -> Wants {
        self.0.wants().or(self.1.wants())
    }

    fn tell(&mut self, told: &Told<'_>) {
        self.1.tell(told);
        self.0.tell(told);
    }

    fn is_done(&self) -> bool {
        false
    }
}

/// What no capture of the tables has many of, and what takes more ways than one to the bytes.
const MORE: [&str; 16] = [
    "ws.text contains \"e\" || websocket.opcode == 9",
    "!(ws.text contains \"e\") && ws.length > 3",
    "ws.data contains 00 xor ws.payload contains 00",
    "websocket.payload contains 65 || ws.close.code > 1000",
    "ws.note || ws.severity > 2",
    "not ws.note && ws.message.complete",
    "ws.round_trip > 0",
    "ws.round_trip >= 0 || ws.pong",
    "ws.message.frames > 1 || ws.message.length > 200",
    "ws.json.type && !(ws.json.id == \"1\")",
    "ws.message.ratio > 1 && ws.text",
    "websocket.masked_payload || websocket.masking_key[0] > 80",
    "lower(ws.text) matches \"[aeiou]{2}\" or max(ws.length, ws.captured) > 100",
    "count(tcp.port) == 2 && ws.direction == \"client\" && ws.time_relative > 0.01",
    "ws.path matches \"^/\" && (websocket.fin == 0 || ws.message.opcode == 2)",
    "websocket && websocket.payload_length == 126",
];

#[test]
fn the_index_selects_what_is_selected_while_it_is_told() {
    let (mut report, mut compared, mut some) = (String::new(), 0, 0);
    let mut files = table("tshark.tsv");
    for (file, rows) in table("by-hand.tsv") {
        files.entry(file).or_default().extend(rows);
    }
    for file in [
        "snaplen-96.pcap.gz",
        "tcp-lost-segments.pcap.lz4",
        "tcp-reordered-duplicated.pcap.gz",
        "deflate-no-takeover.pcap",
        "deflate-window9.pcap",
        "legacy-hybi7.pcap",
    ] {
        files.entry(format!("tests/data/captures/{file}")).or_default();
    }
    for (file, rows) in files {
        let texts = rows.iter().map(|(text, _)| text.as_str()).filter(|text| *text != "*").chain(MORE);
        let filters: Vec<Filter> = texts.map(|text| Filter::compile(text).unwrap()).collect();
        let selections =
            filters.iter().map(|filter| (Selection::new(filter.clone(), Shows::Items).unwrap(), Shown::default()));
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&file);
        let options = capture::Options { spool: true, ..capture::Options::default() };
        let mut capture = capture::open(&path, &options).unwrap();
        let Some(store) = capture.store() else { continue };
        let mut both = Both(All(selections.collect()), Indexer::new());
        dissect::run(&mut capture, &Options::default(), 1, &mut both).1.unwrap();
        let Both(All(told), mut indexer) = both;
        indexer.flush(Progress { finished: true, ..Progress::default() });
        let shared = indexer.shared();
        let trace = shared.read();
        let (bytes, stop) = (Bytes::new(&trace, &store), AtomicBool::new(false));
        let numbers: Vec<u64> = (1..=trace.frames().count()).collect();
        // The index has of a packet its bytes and no more.
        for (filter, (_, shown)) in filters.iter().zip(&told).filter(|(filter, _)| !filter.wants().packets) {
            let said = Traced::new(filter).frames(bytes, &numbers, &stop);
            let found: BTreeSet<u64> =
                numbers.iter().zip(said).filter(|(_, said)| *said).map(|(number, _)| *number).collect();
            compared += 1;
            some += usize::from(!found.is_empty() && found.len() < numbers.len());
            if found != shown.frames {
                writeln!(report, "{file}: {}: {found:?}, not {:?}", filter.text(), shown.frames).unwrap();
            }
        }
    }
    assert!(report.is_empty(), "\n{report}");
    assert!(compared > 1500 && some > 500, "{compared} {some}");
}

#[test]
fn a_filter_selects_the_same_on_any_number_of_threads() {
    let filters =
        ["websocket.opcode == 1", "ip.ttl > 3 && frame.len > 80", "ws.text contains \"e\" && tcp.len > 40", "ws.n > 9"];
    for file in ["samples/deflate-takeover.pcap", "samples/socketio.pcap.gz"] {
        let one: Vec<_> = selected(file, &filters, Shows::Items, 1).into_iter().map(|shown| shown.frames).collect();
        assert!(one.iter().all(|frames| !frames.is_empty()));
        for threads in [2, 3] {
            let many: Vec<_> =
                selected(file, &filters, Shows::Items, threads).into_iter().map(|shown| shown.frames).collect();
            assert_eq!(one, many, "{file} on {threads} threads");
        }
    }
}

#[test]
fn a_message_matches_where_a_frame_of_it_does_and_a_connection_too() {
    let shown = |filter: &str, shows| selected("samples/graphql-transport-ws.pcap.zst", &[filter], shows, 1).remove(0);
    let all = shown("", Shows::Connections);
    assert!(all.messages.len() > 4 && all.connections.len() > 1);
    let subscribe = shown("ws.json.type == \"subscribe\"", Shows::Items);
    assert_eq!(subscribe.frames.len(), subscribe.messages.len());
    assert!(!subscribe.messages.is_empty() && subscribe.messages.len() < all.messages.len());
    let closes = shown("websocket.opcode == 8", Shows::Items);
    assert!(closes.messages.is_empty() && !closes.frames.is_empty());
    let by_itself = shown("ws.connection.frames > 0 && http.response.code == 101", Shows::Connections);
    assert!(!by_itself.connections.is_empty() && by_itself.frames.is_empty());
    let of_frames = shown("ws.json.type == \"subscribe\"", Shows::Connections);
    assert!(!of_frames.connections.is_empty());
    let fragments =
        selected("tests/data/captures/messages-plain.pcap.zst", &["websocket.opcode == 0"], Shows::Items, 1).remove(0);
    assert!(!fragments.messages.is_empty(), "a message of which one frame is a continuation");
}
