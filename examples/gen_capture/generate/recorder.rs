//! The observer on the line: gives each packet a time, lets some come late or twice, writes the file.

use std::io::{self, Write};

use super::kinds::many;
use super::packet::{self, Segment};
use super::random::Random;
use super::seal::key_log;
use super::truth::Truth;
use super::{Kind, Options};

/// How many packets a late one comes late, at most.
const LATE: u64 = 8;

/// 2026-01-01T00:00:00Z, where every capture starts.
const START: u64 = 1_767_225_600_000_000_000;

/// Writes a nanosecond pcap; with keys a pcapng.
pub struct Recorder<W> {
    out: W,
    random: Random,
    reorder: u8,
    duplicate: u8,
    /// Nanoseconds since [`START`].
    clock: u64,
    /// Packets that are under way: when they are due, and their bytes.
    late: Vec<(u64, Vec<u8>)>,
    scratch: Vec<u8>,
    is_pcapng: bool,
    /// What was written so far.
    pub truth: Truth,
}

impl<W: Write> Recorder<W> {
    /// A recorder that has written the file's header.
    pub fn new(options: &Options, mut out: W) -> io::Result<Recorder<W>> {
        let is_pcapng = options.kind == Kind::Wss;
        // A pcap: magic of nanoseconds in this byte order, version 2.4, snap length 262144, Ethernet.
        let head = if is_pcapng { with_keys(options) } else { words(&[0xa1b2_3c4d, 0x0004_0002, 0, 0, 262_144, 1]) };
        out.write_all(&head)?;
        Ok(Recorder {
            out,
            random: Random::new(options.seed ^ 0x0bad_cafe),
            reorder: options.reorder,
            duplicate: options.duplicate,
            clock: 0,
            late: Vec::new(),
            scratch: Vec::with_capacity(2048),
            is_pcapng,
            truth: Truth { file_bytes: head.len() as u64, ..Truth::default() },
        })
    }

    /// Milliseconds since the capture started: what a sender stamps.
    pub fn milliseconds(&self) -> u32 {
        (self.clock / 1_000_000) as u32
    }

    /// A packet passes the line.
    pub fn packet(&mut self, segment: &Segment, payload: &[u8]) -> io::Result<()> {
        let mut bytes = std::mem::take(&mut self.scratch);
        packet::build(&mut bytes, segment, payload);
        let shuffled = !payload.is_empty() && segment.flags & packet::FIN == 0;
        if shuffled && self.random.percent(self.duplicate) {
            self.truth.doubled_packets += 1;
            self.hold(bytes.clone());
        }
        if shuffled && self.random.percent(self.reorder) {
            self.truth.late_packets += 1;
            self.hold(bytes);
            self.scratch = Vec::with_capacity(2048);
        } else {
            self.write(&bytes)?;
            self.scratch = bytes;
        }
        self.write_due()
    }

    /// Everything that is under way arrives: nothing is late beyond this point.
    pub fn settle(&mut self) -> io::Result<()> {
        for (_, bytes) in std::mem::take(&mut self.late) {
            self.write(&bytes)?;
        }
        Ok(())
    }

    /// Ends the file.
    pub fn finish(mut self) -> io::Result<Truth> {
        self.settle()?;
        self.out.flush()?;
        Ok(self.truth)
    }

    fn hold(&mut self, bytes: Vec<u8>) {
        let due = self.truth.packets + 1 + self.random.below(LATE);
        self.late.push((due, bytes));
    }

    fn write_due(&mut self) -> io::Result<()> {
        while let Some(index) = self.late.iter().position(|(due, _)| *due <= self.truth.packets) {
            let (_, bytes) = self.late.remove(index);
            self.write(&bytes)?;
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.clock += 1_000 + self.random.below(39_000);
        let time = START + self.clock;
        if self.is_pcapng {
            return self.write_block(time, bytes);
        }
        let length = (bytes.len() as u32).to_le_bytes();
        let mut header = [0; 16];
        header[..4].copy_from_slice(&((time / 1_000_000_000) as u32).to_le_bytes());
        header[4..8].copy_from_slice(&((time % 1_000_000_000) as u32).to_le_bytes());
        header[8..12].copy_from_slice(&length);
        header[12..].copy_from_slice(&length);
        self.out.write_all(&header)?;
        self.out.write_all(bytes)?;
        self.truth.packets += 1;
        self.truth.file_bytes += (header.len() + bytes.len()) as u64;
        Ok(())
    }

    /// An enhanced packet block (draft-ietf-opsawg-pcapng section 4.3).
    fn write_block(&mut self, time: u64, bytes: &[u8]) -> io::Result<()> {
        let length = bytes.len() as u32;
        let whole = 32 + length.next_multiple_of(4);
        self.out.write_all(&words(&[6, whole, 0, (time >> 32) as u32, time as u32, length, length]))?;
        self.out.write_all(bytes)?;
        self.out.write_all(&[0; 3][..(length.next_multiple_of(4) - length) as usize])?;
        self.out.write_all(&whole.to_le_bytes())?;
        self.truth.packets += 1;
        self.truth.file_bytes += u64::from(whole);
        Ok(())
    }
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// The beginning of a pcapng: a section header, the secrets of all connections, and an interface with nanoseconds.
fn with_keys(options: &Options) -> Vec<u8> {
    let mut keys: Vec<u8> = (0..many(options.clients, options.packets))
        .flat_map(|index| key_log(index, options.seed).into_bytes())
        .collect();
    let length = keys.len() as u32;
    let whole = 20 + length.next_multiple_of(4);
    keys.resize(length.next_multiple_of(4) as usize, 0);
    let mut head = words(&[0x0a0d_0d0a, 28, 0x1a2b_3c4d, 1, u32::MAX, u32::MAX, 28]);
    head.extend(words(&[10, whole, 0x544c_534b, length]));
    head.extend(keys);
    head.extend(whole.to_le_bytes());
    // Option 9, if_tsresol, of one byte: 9 digits; then the end of options.
    head.extend(words(&[1, 32, 1, 262_144, 0x0001_0009, 9, 0, 32]));
    head
}
