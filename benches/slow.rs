//! What a stranger can send that costs most, a byte: found by `examples/slowest.rs`, mended, and kept. Nothing here should
//! be slower than 100 MB/s on one core.

use divan::Bencher;
use divan::counter::BytesCount;

#[path = "../tests/slow/mod.rs"]
mod slow;

use slow::{Input, Made, Place};

fn main() {
    divan::main();
}

/// Place, pattern, its bytes on a connection, bytes of a segment.
type Slow = (Place, &'static [u8], usize, usize);

const FOUND: [Slow; 16] = [
    (Place::Fields, b"A", 40_000, 1200),
    (Place::Fields, b"\0", 40_000, 1200),
    (Place::Fields, b"\x01\x01", 40_000, 1200),
    (Place::Fields, b"\x81\0", 40_000, 1200),
    (Place::Line, b"A", 40_000, 1448),
    (Place::Alone, b"A", 16_000, 1448),
    (Place::Alone, b"\0", 16_000, 1448),
    (Place::Joined, b"\x81\x81", 180_000, 1448),
    (Place::Joined, b"\x82", 180_000, 1448),
    (Place::Both, b"\x82\x01\0", 180_000, 1448),
    (Place::Joined, b"\xc1\x01", 180_000, 1448),
    (Place::Gap, b"\0", 2_000_000, 1448),
    (Place::Gap, b"\x81\0", 2_000_000, 1448),
    (Place::Gap, b"\x01\x01", 2_000_000, 1448),
    (Place::ClientGap, b"\x82", 2_000_000, 1448),
    (Place::EarlyGap, b"\0", 2_000_000, 1448),
];

#[divan::bench(args = 0..FOUND.len())]
fn input(bencher: Bencher, index: usize) {
    let (place, pattern, length, segment) = FOUND[index];
    let made = Made::of(&Input { place, pattern: pattern.to_vec(), length, segment }, 2_000_000);
    bencher.counter(BytesCount::new(made.bytes())).bench_local(|| made.dissect());
}
