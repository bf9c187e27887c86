//! Capture files of every format, whole, broken and compressed.
//!
//! Input: the file. However its bytes arrive, and however many are read at once, it holds the same packets, and each lies
//! in the file where it is said to. (Where the file is damaged, what is there decides where the next packet is looked
//! for, since a source that is still written to gives no more: there only the second holds.)

use std::io::{self, Cursor};

use sockeye::capture::{self, Batch, Capture, Options};

/// Uncompressed bytes read of one input: a small file can hold gigabytes.
const ENOUGH: u64 = 4 * 1024 * 1024;

/// Packets and warnings, or why there are none.
type Read = Result<(Vec<String>, Vec<String>), String>;

/// Gives its bytes one, two or three at a time.
struct Dribble(Cursor<Vec<u8>>);

impl io::Read for Dribble {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let len = to.len().min(1 + self.0.position() as usize % 3);
        io::Read::read(&mut self.0, &mut to[..len])
    }
}

/// Runs it.
pub fn run(input: &[u8]) {
    let whole = read(input, open(input, false, Options::default().batch_bytes));
    // Nothing that could be read of damaged compressed data is no capture.
    let damaged = |read: &Read| !matches!(read, Ok((_, warnings)) if warnings.is_empty());
    for (what, other) in [
        ("a few bytes at a time", read(input, open(input, true, Options::default().batch_bytes))),
        ("in small batches", read(input, open(input, false, 100))),
    ] {
        assert!(whole == other || damaged(&whole) || damaged(&other), "{what}: {whole:?}, {other:?}");
    }
    if damaged(&whole) {
        return;
    }
    if let Ok(mut capture) = open(input, false, 1000) {
        let mut batch = Batch::new();
        let mut packets = Vec::new();
        let mut batches = 0;
        while let Ok(true) = capture.next_batch(&mut batch) {
            assert!(!batch.is_empty());
            packets.extend(batch.packets().map(|packet| format!("{packet:?}")));
            batches += 1;
            if batch.packets().last().is_some_and(|packet| packet.position > ENOUGH) || batches > 100_000 {
                return;
            }
        }
        if !capture.warnings().is_empty() {
            return;
        }
        let Ok((lines, _)) = whole else { panic!("opened once and not again") };
        // Of compressed data no more than enough was read, by one packet or another.
        let both = if capture.compression().is_some() { lines.len().min(packets.len()) } else { usize::MAX };
        assert!(lines.iter().take(both).eq(packets.iter().take(both)), "batch by batch: {lines:?}, {packets:?}");
    }
}

fn open(input: &[u8], dribble: bool, batch_bytes: usize) -> Result<Capture, String> {
    let bytes = Cursor::new(input.to_vec());
    let options = Options { spool: false, batch_bytes };
    let opened = if dribble {
        capture::open_reader("input", Dribble(bytes), &options)
    } else {
        capture::open_reader("input", bytes, &options)
    };
    opened.map_err(|error| error.to_string())
}

/// Packets and warnings.
fn read(input: &[u8], capture: Result<Capture, String>) -> Read {
    let mut capture = capture?;
    let plain = capture.compression().is_none();
    let mut packets = Vec::new();
    let (mut number, mut end) = (0, 0);
    while let Some(packet) = capture.next_packet().unwrap() {
        number += 1;
        assert_eq!(packet.number, number);
        assert!(packet.position >= end, "packets do not overlap");
        end = packet.position + packet.data.len() as u64;
        assert!(packet.wire_len as usize >= packet.data.len());
        if plain {
            assert_eq!(input.get(packet.position as usize..end as usize), Some(packet.data));
        }
        packets.push(format!("{packet:?}"));
        if end > ENOUGH {
            return Ok((packets, Vec::new()));
        }
    }
    for interface in capture.interfaces() {
        drop(format!("{interface:?}"));
    }
    Ok((packets, capture.warnings().iter().map(ToString::to_string).collect()))
}
