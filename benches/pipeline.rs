//! The whole way, from the bytes of a file to a sink.

mod traffic;

use std::io::Cursor;
use std::sync::Arc;

use divan::counter::{BytesCount, ItemsCount};
use divan::{AllocProfiler, Bencher};
use sockeye::capture;
use sockeye::dissect::{self, Dissector, Options, Sink, Told, Wants};
use sockeye::trace::{Indexer, Progress};
use traffic::Traffic;
use traffic::generate::{self, Kind, Truth};

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

    fn tell(&mut self, told: &Told<'_>) {
        match *told {
            Told::Frame(_, _) => {
                self.frames += 1;
            }
            Told::Message(_, message) => {
                self.messages += 1;
                self.message_bytes += message.length;
            }
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

impl Count {
    fn check(&self, truth: &Truth) {
        if truth.frames == 0 {
            // What cannot be read has none.
            return;
        }
        assert_eq!(
            (self.frames, self.messages, self.message_bytes),
            (truth.frames, truth.messages, truth.message_bytes)
        );
    }
}

fn run(bencher: Bencher, kind: Kind, packets: u64, wants: Wants) {
    run_on(bencher, Traffic::new(kind, packets), wants);
}

fn run_on(bencher: Bencher, Traffic { file, truth }: Traffic, wants: Wants) {
    let file: Arc<[u8]> = file.into();
    bencher.counter(ItemsCount::new(truth.packets)).counter(BytesCount::new(truth.file_bytes)).bench_local(|| {
        let mut sink = Count { wants, ..Count::default() };
        let mut source = source(&file);
        let mut dissector = Dissector::new(Options::default());
        while let Some(packet) = source.next_packet().expect("memory does not fail") {
            dissector.push(&packet, &mut sink);
        }
        dissector.finish(&mut sink);
        sink.check(&truth);
    });
}

const NOTHING: Wants = Wants { frame_payload: false, message_payload: false, bytes: false, ..Wants::NOTHING };
const PAYLOADS: Wants = Wants { frame_payload: true, message_payload: true, bytes: false, ..Wants::NOTHING };

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

/// One to half of the data packets come up to eight packets late.
#[divan::bench(sample_count = 10, args = [1, 10, 50])]
fn reordered(bencher: Bencher, percent: u8) {
    let mut options = generate::Options::new(Kind::Ticker, 200_000);
    (options.clients, options.reorder) = (3, percent);
    run_on(bencher, Traffic::with(&options), NOTHING);
}

/// 15,000 connections, all of them open before the first says something: most lie in a temporary file by then.
#[divan::bench(sample_count = 10)]
fn all_open_at_once(bencher: Bencher) {
    run(bencher, Kind::Open, 200_000, NOTHING);
}

/// 3,500 compressed connections that say something, are idle, and refer back to it.
#[divan::bench(sample_count = 10)]
fn idle_and_compressed(bencher: Bencher) {
    run(bencher, Kind::Idle, 50_000, NOTHING);
}

/// TLS, which is passed over.
#[divan::bench(sample_count = 20)]
fn tls(bencher: Bencher) {
    run(bencher, Kind::Tls, 200_000, NOTHING);
}

fn source(file: &Arc<[u8]>) -> capture::Capture {
    let reader = Cursor::new(Arc::clone(file));
    capture::open_reader("bench", reader, &capture::Options::default()).expect("a capture")
}

/// Into one sink, in order, as lists are made.
#[divan::bench(sample_count = 10, args = [1, 2, 4])]
fn ordered_on_threads(bencher: Bencher, threads: usize) {
    let Traffic { file, truth } = Traffic::new(Kind::Deflate, 20_000);
    let file: Arc<[u8]> = file.into();
    bencher.counter(BytesCount::new(truth.message_bytes)).bench_local(|| {
        let mut sink = Count { wants: PAYLOADS, ..Count::default() };
        let (_, result) = dissect::run(&mut source(&file), &Options::default(), threads, &mut sink);
        result.expect("memory does not fail");
        sink.check(&truth);
    });
}

/// Into a sink a thread, as totals are made.
#[divan::bench(sample_count = 10, args = [1, 2, 4])]
fn totals_on_threads(bencher: Bencher, threads: usize) {
    let Traffic { file, truth } = Traffic::new(Kind::Ticker, 400_000);
    let file: Arc<[u8]> = file.into();
    bencher.counter(ItemsCount::new(truth.packets)).bench_local(|| {
        let (sinks, _, result) = dissect::reduce(&mut source(&file), &Options::default(), threads, Count::default);
        result.expect("memory does not fail");
        assert_eq!(sinks.iter().map(|sink| sink.frames).sum::<u64>(), truth.frames);
    });
}

/// The inspector's index.
#[divan::bench(sample_count = 10)]
fn index(bencher: Bencher) {
    let Traffic { file, truth } = Traffic::new(Kind::Ticker, 200_000);
    let file: Arc<[u8]> = file.into();
    bencher.counter(ItemsCount::new(truth.packets)).bench_local(|| {
        let mut indexer = Indexer::new();
        let mut source = source(&file);
        let mut dissector = Dissector::new(Options::default());
        while let Some(packet) = source.next_packet().expect("memory does not fail") {
            dissector.push(&packet, &mut indexer);
        }
        dissector.finish(&mut indexer);
        indexer.flush(Progress::default());
        assert_eq!(indexer.shared().read().frames().count(), truth.frames);
    });
}

/// Reading alone: where packets lie in the file.
#[divan::bench(sample_count = 20)]
fn capture_alone(bencher: Bencher) {
    let Traffic { file, truth } = Traffic::new(Kind::Ticker, 200_000);
    let file: Arc<[u8]> = file.into();
    let mut batch = capture::Batch::new();
    bencher.counter(BytesCount::new(truth.file_bytes)).bench_local(|| {
        let mut source = source(&file);
        let mut packets = 0;
        while source.next_batch(&mut batch).expect("memory does not fail") {
            packets += batch.len() as u64;
        }
        assert_eq!(packets, truth.packets);
    });
}
