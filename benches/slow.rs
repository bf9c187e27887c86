//! What a stranger can send that costs most, a byte: found by `examples/slowest.rs`, mended, and kept in `tests/slow`. What each
//! costs in instructions, `scripts/instructions` counts.

use divan::Bencher;
use divan::counter::BytesCount;

#[path = "../tests/slow/mod.rs"]
mod slow;

use slow::{FOUND, Made, found};

fn main() {
    divan::main();
}

#[divan::bench(args = 0..FOUND.len())]
fn input(bencher: Bencher, index: usize) {
    let made = Made::of(&found(index), 2_000_000);
    bencher.counter(BytesCount::new(made.bytes())).bench_local(|| made.dissect());
}
