//! Display filters: over the rows of an index, over payloads that are read back, and in front of a sink while a capture is read.
//!
//! The captures are generated, indexed as the inspector does it, and read back from memory: what is measured is the filter and
//! not the disk. `rows` counts items in frames, `payloads` in bytes of payload.

mod traffic;

use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use divan::counter::{BytesCount, ItemsCount};
use divan::{AllocProfiler, Bencher, black_box};
use sockeye::dissect::{Dissector, Options, Sink, Told, Wants};
use sockeye::filter::traced::Traced;
use sockeye::filter::{Filter, Selection, Shows};
use sockeye::trace::{Bytes, Indexer, Progress, Shared};
use traffic::Traffic;
use traffic::generate::{self, Kind};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Packets of the ticker.
const PACKETS: u64 = 700_000;

/// Frames decided on at once, as the inspector takes them.
const TAKEN: u64 = 16 * 1024;

/// A capture, and its index.
struct Indexed {
    file: Vec<u8>,
    shared: Shared,
    frames: u64,
    payload: u64,
}

impl Indexed {
    fn new(options: &generate::Options) -> Indexed {
        let traffic = Traffic::with(options);
        let mut indexer = Indexer::new();
        let mut dissector = Dissector::new(Options::default());
        let mut position = 24;
        for mut packet in traffic.packets() {
            position += 16;
            packet.position = position;
            position += packet.data.len() as u64;
            dissector.push(&packet, &mut indexer);
        }
        dissector.finish(&mut indexer);
        indexer.flush(Progress { finished: true, ..Progress::default() });
        let shared = indexer.shared();
        let trace = shared.read();
        let messages = (1..=trace.messages().count()).filter_map(|number| trace.messages().get(number));
        let payload = messages.map(|message| message.length).sum();
        let frames = trace.frames().count();
        drop(trace);
        Indexed { file: traffic.file, shared, frames, payload }
    }

    /// How many frames a filter shows.
    fn shown(&self, filter: &Filter) -> usize {
        let (trace, stop) = (self.shared.read(), AtomicBool::new(false));
        let mut traced = Traced::new(filter);
        let (mut numbers, mut shown) = (Vec::new(), 0);
        for first in (1..=self.frames).step_by(TAKEN as usize) {
            numbers.clear();
            numbers.extend(first..(first + TAKEN).min(self.frames + 1));
            let said = traced.frames(Bytes::new(&trace, &self.file), &numbers, &stop);
            shown += said.iter().filter(|shown| **shown).count();
        }
        shown
    }
}

fn ticker() -> &'static Indexed {
    static TICKER: OnceLock<Indexed> = OnceLock::new();
    TICKER.get_or_init(|| Indexed::new(&generate::Options::new(Kind::Ticker, PACKETS)))
}

fn compressed() -> &'static Indexed {
    static COMPRESSED: OnceLock<Indexed> = OnceLock::new();
    COMPRESSED.get_or_init(|| Indexed::new(&generate::Options::new(Kind::Deflate, 100_000)))
}

/// Over the rows of the index alone: on one thread.
#[divan::bench(args = [
    "websocket.opcode == 1",
    "!(websocket.opcode in {9, 10})",
    "ip.src == 10.0.0.0/8 && ws.length > 64",
    "frame.time_relative > 1",
    "ws.direction == \"server\" || tcp.port == 443",
    "ws.message.length > 100",
    "ws.round_trip > 0.05",
    "ws.close.code == 1006",
])]
fn rows(bencher: Bencher, text: &str) {
    let (ticker, filter) = (ticker(), Filter::compile(text).unwrap());
    bencher.counter(ItemsCount::new(ticker.frames)).bench_local(|| black_box(ticker.shown(&filter)));
}

/// Over payloads that are read back from the capture: on one thread.
#[divan::bench(args = [
    "ws.text contains \"never there\"",
    "ws.text matches \"never there\"",
    "ws.text matches \"[0-9]{9}\"",
    "ws.json.price > 500",
    "ws.json.never == 1",
])]
fn payloads(bencher: Bencher, text: &str) {
    let (ticker, filter) = (ticker(), Filter::compile(text).unwrap());
    bencher.counter(BytesCount::new(ticker.payload)).bench_local(|| black_box(ticker.shown(&filter)));
}

/// Over messages that are inflated for it: on one thread, which is all that is of use there.
#[divan::bench(args = ["ws.text contains \"never there\"", "ws.data contains 00:01:02"])]
fn inflated(bencher: Bencher, text: &str) {
    let (compressed, filter) = (compressed(), Filter::compile(text).unwrap());
    bencher.counter(BytesCount::new(compressed.payload)).bench_local(|| black_box(compressed.shown(&filter)));
}

/// Counts what it is handed.
#[derive(Default)]
struct Count(u64);

impl Sink for Count {
    fn wants(&self) -> Wants {
        Wants::NOTHING
    }

    fn tell(&mut self, told: &Told<'_>) {
        self.0 += u64::from(matches!(told, Told::Frame(..)));
    }

    fn is_done(&self) -> bool {
        false
    }
}

/// Counts what a filter hands on.
struct Filtered(Selection, Count);

impl Sink for Filtered {
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

/// While a capture is dissected: nothing but counting, then with a filter before it.
#[divan::bench(args = [
    "",
    "websocket.opcode == 1",
    "ip.src == 10.0.0.0/8",
    "ws.text contains \"never there\"",
    "ws.json.price > 500",
])]
fn streaming(bencher: Bencher, text: &str) {
    static TRAFFIC: OnceLock<Traffic> = OnceLock::new();
    let traffic = TRAFFIC.get_or_init(|| Traffic::new(Kind::Ticker, 100_000));
    let filter = Filter::compile(text).unwrap();
    let frames = ItemsCount::new(traffic.truth.frames);
    bencher.counter(frames).bench_local(|| {
        let mut dissector = Dissector::new(Options::default());
        if filter.is_empty() {
            let mut count = Count::default();
            traffic.packets().for_each(|packet| dissector.push(&packet, &mut count));
            dissector.finish(&mut count);
            return count.0;
        }
        let mut filtered = Filtered(Selection::new(filter.clone(), Shows::Items).unwrap(), Count::default());
        traffic.packets().for_each(|packet| dissector.push(&packet, &mut filtered));
        dissector.finish(&mut filtered);
        filtered.1.0
    });
}
