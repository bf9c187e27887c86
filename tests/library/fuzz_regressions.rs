//! Runs what the fuzzer runs (fuzz/README.md) on every seed and every crash that was ever found, and on a few thousand
//! inputs made of them by chance: the same ones in each run, so that no target can be broken unnoticed.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use crate::targets;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// Files of a folder, sorted; none where there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn target(name: &str) -> targets::Target {
    targets::TARGETS.iter().find(|(target, _)| *target == name).unwrap().1
}

/// Longest input, as the fuzzer is told too.
const LONGEST: usize = 4096;

/// Numbers that look random and are the same in each run (xorshift64*).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % below.max(1)
    }

    /// Some place of `input` and a length from there on.
    fn run(&mut self, input: &[u8]) -> std::ops::Range<usize> {
        let start = self.roll(input.len() + 1);
        start..start + self.roll((input.len() - start).min(64) + 1)
    }

    /// One change, of the kinds that fuzzers make.
    fn change(&mut self, input: &mut Vec<u8>, others: &[Vec<u8>]) {
        const BYTES: [u8; 12] = [0, 1, 0x7f, 0x80, 0x81, 0x88, 0xff, b'\r', b'\n', b' ', b'H', b'G'];
        let at = self.roll(input.len());
        match self.roll(9) {
            0 if !input.is_empty() => input[at] ^= 1 << self.roll(8),
            1 if !input.is_empty() => input[at] = BYTES[self.roll(BYTES.len())],
            2 if !input.is_empty() => input[at] = self.roll(256) as u8,
            3 => {
                let more: Vec<u8> = (0..=self.roll(8)).map(|_| self.roll(256) as u8).collect();
                input.splice(at..at, more);
            }
            4 => {
                let run = self.run(input);
                input.drain(run);
            }
            5 => {
                let run = self.run(input);
                let again = input[run].to_vec();
                input.splice(at..at, again);
            }
            6 => {
                let other = &others[self.roll(others.len())];
                let run = self.run(other);
                input.splice(at..at, other[run].to_vec());
            }
            7 => input.truncate(at),
            _ => {
                let number = [0, 1, 0x7f, 0xff, 0x100, 0x7fff, 0xffff, 0x1_0000][self.roll(8)] as u32;
                let bytes = if self.roll(2) == 0 { number.to_be_bytes() } else { number.to_le_bytes() };
                let width = [2, 4][self.roll(2)];
                let bytes = if self.roll(2) == 0 { &bytes[..width] } else { &bytes[4 - width..] };
                for (place, byte) in input.iter_mut().skip(at).zip(bytes) {
                    *place = *byte;
                }
            }
        }
        input.truncate(LONGEST);
    }
}

/// Runs a target on an input; where it breaks, the input is kept, and said where.
fn try_on(name: &str, run: targets::Target, input: &[u8], what: &str) {
    if catch_unwind(AssertUnwindSafe(|| run(input))).is_err() {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-breaks"));
        fs::write(&kept, input).unwrap();
        panic!("{what} breaks the target {name}; it is kept as {}", kept.display());
    }
}

/// Runs a target on its seeds, on what broke it once, and on `count` changed ones; on others and as many as
/// `SOCKEYE_FUZZ_CHANGES` says, where that is set.
fn check(name: &str, count: usize) {
    let run = target(name);
    let seeds = files(&fuzz().join("seeds").join(name));
    assert!(!seeds.is_empty(), "the target {name} has no seeds");
    let known: Vec<PathBuf> = seeds.into_iter().chain(files(&fuzz().join("crashes").join(name))).collect();
    let inputs: Vec<Vec<u8>> = known.iter().map(|file| fs::read(file).unwrap()).collect();
    for (file, input) in known.iter().zip(&inputs) {
        try_on(name, run, input, &file.display().to_string());
    }
    let asked = std::env::var("SOCKEYE_FUZZ_CHANGES").ok().map(|count| count.parse::<usize>().unwrap());
    let mut dice = Dice(0x5eed + asked.unwrap_or(0) as u64);
    let count = asked.unwrap_or(count);
    for n in 0..count {
        let mut input = inputs[n % inputs.len()].clone();
        for _ in 0..=dice.roll(6) {
            dice.change(&mut input, &inputs);
        }
        try_on(name, run, &input, &format!("change {n} of a seed"));
    }
}

#[test]
fn capture() {
    check("capture", 2000);
}

#[test]
fn filter() {
    check("filter", 1000);
}

#[test]
fn frames() {
    check("frames", 3000);
}

#[test]
fn h2() {
    check("h2", 5000);
}

#[test]
fn handshake() {
    check("handshake", 5000);
}

#[test]
fn hpack() {
    check("hpack", 5000);
}

#[test]
fn http() {
    check("http", 5000);
}

#[test]
fn inflate() {
    check("inflate", 2000);
}

#[test]
fn keylog() {
    check("keylog", 5000);
}

#[test]
fn net() {
    check("net", 5000);
}

#[test]
fn output() {
    check("output", 1000);
}

#[test]
fn pipeline() {
    check("pipeline", 1000);
}

#[test]
fn streams() {
    check("streams", 1000);
}

#[test]
fn tcp() {
    check("tcp", 5000);
}

#[test]
fn tls() {
    check("tls", 1500);
}

#[test]
fn every_target_can_be_fuzzed_and_every_folder_belongs_to_one() {
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    let tests = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file!())).unwrap();
    for (target, _) in targets::TARGETS {
        assert!(fuzz().join(format!("fuzz_targets/{target}.rs")).is_file(), "no fuzz_targets/{target}.rs");
        assert!(manifest.contains(&format!("name = \"{target}\"")), "{target} is not in fuzz/Cargo.toml");
        assert!(tests.contains(&format!("check(\"{target}\"")), "{target} has no test here");
    }
    for folder in files(&fuzz().join("seeds")).into_iter().chain(files(&fuzz().join("crashes"))) {
        let name = folder.file_name().unwrap().to_str().unwrap();
        assert!(targets::TARGETS.iter().any(|(target, _)| *target == name), "{} has no target", folder.display());
    }
}
