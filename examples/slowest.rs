//! Looks for bytes that cost much: what takes longest, a byte of capture, is changed a little, and what is slower yet is
//! kept.
//!
//! `cargo run --release --example slowest -- [--seconds N] [--seed N]`
//!
//! Prints the slowest inputs with their speed on one core. What it finds is mended and put into `tests/slow`; nothing
//! should be slower than 100 MB/s. `--found N` reads the N-th of those, counted from 0, and prints what it is: time of this thread
//! alone; `--once N` reads it a single time, for whoever counts instructions.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

#[path = "../tests/slow/mod.rs"]
mod slow;

use slow::{FOUND, Input, Made, Place, found};

/// Bytes of capture that one look reads.
const BYTES: usize = 192 * 1024;

/// The same of what was found.
const BYTES_OF_FOUND: usize = 2_000_000;

/// Inputs that are changed further.
const KEPT: usize = 48;

/// xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() >> 33) as usize % n.max(1)
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// Bytes that mean something somewhere.
const BYTES_THAT_MATTER: [u8; 32] = [
    0, 1, 2, 3, 4, 5, 8, 9, 10, 13, 0x20, b'A', b'B', b'G', b'0', b':', b'a', 0x7d, 0x7e, 0x7f, 0x80, 0x81, 0x82, 0x88,
    0x89, 0x8a, 0xc1, 0xc2, 0xe2, 0xfe, 0xff, 0x16,
];
const SEGMENTS: [usize; 9] = [1, 2, 7, 48, 200, 1000, 1448, 9000, 60_000];
const LENGTHS: [usize; 8] = [20, 100, 700, 3000, 16_000, 40_000, 70_000, 180_000];

fn fresh(random: &mut Random) -> Input {
    let long = [1, 1, 2, 2, 3, 4, 5, 6, 8, 13, 40, 300];
    let pattern = (0..random.of(&long)).map(|_| byte(random)).collect();
    let length = random.of(&LENGTHS);
    Input { place: random.of(&Place::ALL), pattern, length, segment: random.of(&SEGMENTS) }
}

fn byte(random: &mut Random) -> u8 {
    if random.below(4) == 0 { random.next().to_be_bytes()[0] } else { random.of(&BYTES_THAT_MATTER) }
}

fn changed(input: &Input, random: &mut Random) -> Input {
    let mut input = input.clone();
    for _ in 0..1 + random.below(3) {
        let at = random.below(input.pattern.len());
        match random.below(9) {
            0 => input.place = random.of(&Place::ALL),
            1 => input.segment = random.of(&SEGMENTS),
            2 => input.length = random.of(&LENGTHS),
            3 => input.pattern.insert(at, byte(random)),
            4 if input.pattern.len() > 1 => _ = input.pattern.remove(at),
            5 => input.pattern.extend_from_within(at..),
            6 => input.segment = (input.segment + random.below(8)).saturating_sub(3).max(1),
            _ => input.pattern[at] = byte(random),
        }
    }
    input.pattern.truncate(2000);
    input
}

/// How long this thread has worked; where the system does not say, how late it is.
fn worked() -> Duration {
    let said = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = said.and_then(|said| said.split(' ').next()?.parse().ok()).map(Duration::from_nanos);
    nanoseconds.unwrap_or_else(|| START.get_or_init(Instant::now).elapsed())
}

static START: OnceLock<Instant> = OnceLock::new();

/// Megabytes a second, at best.
fn speed(input: &Input, bytes: usize) -> f64 {
    let made = Made::of(input, bytes);
    let mut best = Duration::MAX;
    for _ in 0..4 {
        let start = worked();
        std::hint::black_box(made.dissect());
        best = best.min(worked().saturating_sub(start));
    }
    made.bytes() as f64 / 1e6 / best.as_secs_f64()
}

fn main() {
    let (mut seconds, mut seed) = (60u64, 1u64);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let number = arguments.next().and_then(|number| number.parse().ok()).expect("a number");
        match argument.as_str() {
            "--seconds" => seconds = number,
            "--seed" => seed = number,
            "--found" if number < FOUND.len() as u64 => {
                return println!("{}", line(&found(number as usize), BYTES_OF_FOUND));
            }
            "--once" if number < FOUND.len() as u64 => return once(&found(number as usize)),
            other => {
                panic!("{other}: there are --seconds, --seed, and --found and --once with 0 to {}", FOUND.len() - 1)
            }
        }
    }
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut kept: Vec<(f64, Input)> = Vec::new();
    let mut tried = 0u64;
    while Instant::now() < end {
        let input = if kept.len() < KEPT || random.below(4) == 0 {
            fresh(&mut random)
        } else {
            changed(&kept[random.below(kept.len())].1, &mut random)
        };
        tried += 1;
        let speed = speed(&input, BYTES);
        // A few of each place, so that one does not hide the others.
        kept.push((speed, input));
        kept.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut of_place = [0; Place::ALL.len()];
        kept.retain(|(_, input)| {
            let count = &mut of_place[Place::ALL.iter().position(|place| *place == input.place).unwrap()];
            *count += 1;
            *count <= 4
        });
        kept.truncate(KEPT);
    }
    println!("{tried} inputs tried\n  MB/s  place         segment  length  pattern");
    for (speed, input) in &kept {
        println!("{speed:6.0}  {}", told(input));
    }
}

/// What one that was found is, and how fast.
fn line(input: &Input, bytes: usize) -> String {
    format!("{:6.0}  {}", speed(input, bytes), told(input))
}

/// Reads it, and says how many bytes and frames that was.
fn once(input: &Input) {
    let made = Made::of(input, BYTES_OF_FOUND);
    let frames = std::hint::black_box(made.dissect());
    println!("{} bytes, {frames} frames: {}", made.bytes(), told(input));
}

fn told(Input { place, pattern, length, segment }: &Input) -> String {
    let shown: String = pattern.iter().take(24).map(|byte| format!("{byte:02x}")).collect();
    let more = if pattern.len() > 24 { format!("… ({})", pattern.len()) } else { String::new() };
    format!("{:12} {segment:>8} {length:>7}  {shown}{more}", format!("{place:?}"))
}
