//! Packets a second from the link layer to the TCP segment.

mod traffic;

use divan::counter::{BytesCount, ItemsCount};
use divan::{AllocProfiler, Bencher, black_box};
use sockeye::base::LinkType;
use sockeye::net::Net;
use traffic::Traffic;
use traffic::generate::Kind;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Ethernet, IPv4 and TCP of a ticker: 123 bytes a packet.
#[divan::bench(sample_count = 20)]
fn ethernet_ipv4_tcp(bencher: Bencher) {
    let traffic = Traffic::new(Kind::Ticker, 200_000);
    bencher
        .counter(ItemsCount::new(traffic.truth.packets))
        .counter(BytesCount::new(traffic.truth.file_bytes))
        .bench_local(|| {
            let mut net = Net::default();
            traffic.each(|data, wire_len, at| {
                net.push(LinkType::ETHERNET, data, wire_len, at, |transport| {
                    black_box(transport);
                });
            });
            net.counts().tcp
        });
}

/// The walk alone, to take off the other.
#[divan::bench(sample_count = 20)]
fn walk_over_the_file(bencher: Bencher) {
    let traffic = Traffic::new(Kind::Ticker, 200_000);
    bencher.counter(ItemsCount::new(traffic.truth.packets)).bench_local(|| {
        traffic.each(|data, wire_len, at| {
            black_box((data, wire_len, at));
        });
    });
}
