//! The whole way from a capture file to what is told of it.
//!
//! Input: the file. What a dissector tells keeps to its own rules, and is the same on one thread as on several, and in
//! shards that are added up.

use std::io::Cursor;

use sockeye::capture::{self, Capture, Options};
use sockeye::dissect::{self, Dissector};

use super::checker::{Calls, Checker, Sums};

/// Longest input; compressed ones may hold more.
const LONGEST: usize = 256 * 1024;

/// Runs it.
pub fn run(input: &[u8]) {
    if input.len() > LONGEST || open(input).is_none_or(|capture| capture.compression().is_some()) {
        // Decompressing is the capture target's.
        return;
    }
    both(input, &dissect::Options::default());
}

fn open(input: &[u8]) -> Option<Capture> {
    capture::open_reader("input", Cursor::new(input.to_vec()), &Options::default()).ok()
}

/// What one thread tells of a capture, checked and compared with what several do.
pub fn both(file: &[u8], options: &dissect::Options) -> Calls {
    let mut checker = Checker::new(file);
    let mut dissector = Dissector::new(options.clone());
    let mut capture = open(file).unwrap();
    while let Some(packet) = capture.next_packet().unwrap() {
        dissector.push(&packet, &mut checker);
    }
    dissector.finish(&mut checker);
    checker.finish();

    let mut one = Calls::default();
    let (counts, _) = dissect::run(&mut open(file).unwrap(), options, 1, &mut one);
    let mut two = Calls::default();
    let (counted, _) = dissect::run(&mut open(file).unwrap(), options, 2, &mut two);
    one.assert_same(&two, "on two threads");
    assert_eq!(format!("{counts:?}"), format!("{counted:?}"));

    let mut alone = Sums::default();
    dissect::run(&mut open(file).unwrap(), options, 1, &mut alone).1.unwrap();
    let (sinks, counted, _) = dissect::reduce(&mut open(file).unwrap(), options, 2, Sums::default);
    let mut sum = Sums::default();
    sinks.iter().for_each(|part| sum.add(part));
    assert_eq!(alone, sum, "in two shards");
    assert_eq!(format!("{counts:?}"), format!("{counted:?}"));
    one
}
