//! The whole way, from the bytes of a file to a sink.

mod traffic;

use std::io::Cursor;
use std::sync::Arc;

use divan::counter::{BytesCount, ItemsCount};
use divan::{AllocProfiler, Bencher};
use sockeye::capture;
use sockeye::dissect::{Dissector, FramePlace, MessagePlace, Options, Sink, Wants};
use sockeye::websocket::{Frame, Message};
use traffic::Traffic;
use traffic::generate::{Kind, Truth};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Counts, and looks at payloads if it is told to.
#[derive(Default)]
struct Count {
    wants: Wants,
    frames: u64,
    messages: u64,
    message_bytes: u64,
}

impl Sink for Count {
    fn wants(&self) -> Wants {
        self.wants
    }

    fn frame(&mut self, _: &FramePlace, _: &Frame<'_>) {
        self.frames += 1;
    }

    fn message(&mut self, _: &MessagePlace<'_>, message: &Message<'_>) {
        self.messages += 1;
        self.message_bytes += message.length;
    }
}

impl Count {
    fn check(&self, truth: &Truth) {
        assert_eq!(
            (self.frames, self.messages, self.message_bytes),
            (truth.frames, truth.messages, truth.message_bytes)
        );
    }
}

fn run(bencher: Bencher, kind: Kind, packets: u64, wants: Wants) {
    let Traffic { file, truth } = Traffic::new(kind, packets);
    let file: Arc<[u8]> = file.into();
    bencher.counter(ItemsCount::new(truth.packets)).counter(BytesCount::new(truth.file_bytes)).bench_local(|| {
        let mut sink = Count { wants, ..Count::default() };
        let reader = Cursor::new(Arc::clone(&file));
        let mut source = capture::open_reader("bench", reader, &capture::Options::default()).expect("a capture");
        let mut dissector = Dissector::new(Options::default());
        while let Some(packet) = source.next_packet().expect("memory does not fail") {
            dissector.push(&packet, &mut sink);
        }
        dissector.finish(&mut sink);
        sink.check(&truth);
    });
}

const NOTHING: Wants = Wants { frame_payload: false, message_payload: false, bytes: false };
const PAYLOADS: Wants = Wants { frame_payload: true, message_payload: true, bytes: false };

/// A ticker: counts of frames and messages; every text checked.
#[divan::bench(sample_count = 20)]
fn ticker_counts(bencher: Bencher) {
    run(bencher, Kind::Ticker, 200_000, NOTHING);
}

/// The same with every payload unmasked for the sink.
#[divan::bench(sample_count = 20)]
fn ticker_payloads(bencher: Bencher) {
    run(bencher, Kind::Ticker, 200_000, PAYLOADS);
}

/// The same with late and doubled packets.
#[divan::bench(sample_count = 20)]
fn ticker_shuffled(bencher: Bencher) {
    run(bencher, Kind::Reorder, 200_000, NOTHING);
}

/// 145 small frames in each segment.
#[divan::bench(sample_count = 20)]
fn frames_in_one_connection(bencher: Bencher) {
    run(bencher, Kind::One, 20_000, NOTHING);
}

/// Messages in fragments, control frames between them.
#[divan::bench(sample_count = 20)]
fn fragments(bencher: Bencher) {
    run(bencher, Kind::Fragments, 50_000, PAYLOADS);
}

/// Every message inflated and checked, not shown.
#[divan::bench(sample_count = 10)]
fn deflate(bencher: Bencher) {
    run(bencher, Kind::Deflate, 10_000, NOTHING);
}

/// Eleven packets, one upgrade and three frames a connection.
#[divan::bench(sample_count = 20)]
fn short_connections(bencher: Bencher) {
    run(bencher, Kind::Connections, 100_000, NOTHING);
}
