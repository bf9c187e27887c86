//! The observer on the line: gives each packet a time, lets some come late or twice, writes the file.

use std::io::{self, Write};

use super::Options;
use super::packet::{self, Segment};
use super::random::Random;
use super::truth::Truth;

/// How many packets a late one comes late, at most.
const LATE: u64 = 8;

/// 2026-01-01T00:00:00Z, where every capture starts.
const START: u64 = 1_767_225_600_000_000_000;

/// Writes a nanosecond pcap.
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
    /// What was written so far.
    pub truth: Truth,
}

impl<W: Write> Recorder<W> {
    /// A recorder that has written the file's header.
    pub fn new(options: &Options, mut out: W) -> io::Result<Recorder<W>> {
        // Magic of nanoseconds in this byte order, version 2.4, snap length 262144, Ethernet.
        for word in [0xa1b2_3c4d_u32, 0x0004_0002, 0, 0, 262_144, 1] {
            out.write_all(&word.to_le_bytes())?;
        }
        Ok(Recorder {
            out,
            random: Random::new(options.seed ^ 0x0bad_cafe),
            reorder: options.reorder,
            duplicate: options.duplicate,
            clock: 0,
            late: Vec::new(),
            scratch: Vec::with_capacity(2048),
            truth: Truth { file_bytes: 24, ..Truth::default() },
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
}
