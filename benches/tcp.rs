//! Packets a second through reassembly: in order, shuffled, and with very many connections.

mod traffic;

use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher, black_box};
use sockeye::base::{Origin, PacketNumber, Part, Side, Timestamp};
use sockeye::net::{Content, decode};
use sockeye::tcp::{Connections, Event, Handler, Info, Now};
use traffic::Traffic;
use traffic::generate::Kind;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Counts the bytes it is given.
struct Count(u64);

impl Handler<()> for Count {
    fn event(&mut self, _: &Info, (): &mut (), _: Side, event: Event<'_>) {
        if let Event::Part(Part::Bytes(chunk)) = black_box(event) {
            self.0 += chunk.len();
        }
    }

    fn closed(&mut self, _: &Info, (): ()) {}

    fn pending(&self, (): &()) -> Option<PacketNumber> {
        None
    }

    fn tick(&mut self, _: &Info, (): &mut (), _: &Now) {}
}

/// Headers are read before; what is timed is the table of connections and the two halves of each.
fn reassemble(bencher: Bencher, kind: Kind) {
    let traffic = Traffic::new(kind, 200_000);
    let segments: Vec<_> = traffic
        .packets()
        .filter_map(|packet| match decode(packet.link, packet.data, packet.wire_len).content {
            Content::Segment(segment) => Some((packet.at(), segment)),
            _ => None,
        })
        .collect();
    bencher.counter(ItemsCount::new(segments.len())).bench_local(|| {
        let mut count = Count(0);
        let mut connections = Connections::<()>::default();
        let mut now = Now { time: Timestamp(i64::MIN), ..Now::default() };
        for (at, segment) in &segments {
            now = Now { packet: at.packet, time: at.time, ..now };
            connections.sweep(&now, &mut count);
            connections.push(segment, *at, Origin::Made, &now, &mut count);
        }
        connections.finish(&now, &mut count);
        count.0
    });
}

/// 200 connections, every packet in its place.
#[divan::bench(sample_count = 20)]
fn in_order(bencher: Bencher) {
    reassemble(bencher, Kind::Ticker);
}

/// Three connections, 10 % of the data packets up to eight packets late, 2 % twice.
#[divan::bench(sample_count = 20)]
fn shuffled(bencher: Bencher) {
    reassemble(bencher, Kind::Reorder);
}

/// 15,000 connections, one after the other.
#[divan::bench(sample_count = 20)]
fn short_connections(bencher: Bencher) {
    reassemble(bencher, Kind::Connections);
}

/// 14,000 connections, all of which miss a segment at the same time.
#[divan::bench(sample_count = 20)]
fn all_out_of_order(bencher: Bencher) {
    reassemble(bencher, Kind::Disorder);
}
