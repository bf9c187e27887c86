//! Writing pcapng (draft-ietf-opsawg-pcapng), for export and for keeping live captures.
//!
//! In: interfaces, packets, secrets, statistics. Out: blocks, little-endian, times in nanoseconds. Each block is put
//! together in a buffer that is used again, and handed to the writer whole and at once, so that a program that is
//! killed leaves at most its last block broken. Own code: pcap-parser's serializer allocates several vectors for each
//! packet. Values that the format cannot hold are cut to what it can.

use std::io::{self, Write};

use super::metadata::Statistics;
use crate::base::{LinkType, Timestamp};

/// Writes one pcapng section.
#[derive(Debug)]
pub struct Writer<W: Write> {
    out: W,
    block: Vec<u8>,
    interfaces: u32,
    written: u64,
}

impl<W: Write> Writer<W> {
    /// Begins a section; `application` is the name of the writing program.
    ///
    /// # Errors
    /// Those of the writer, as for all methods.
    pub fn new(out: W, application: &str) -> io::Result<Writer<W>> {
        let mut writer = Writer { out, block: Vec::new(), interfaces: 0, written: 0 };
        writer.begin(0x0a0d_0d0a);
        writer.u32(0x1a2b_3c4d);
        writer.u16(1);
        writer.u16(0);
        writer.u64(u64::MAX);
        writer.option(4, application.as_bytes());
        writer.end_options();
        writer.end()?;
        Ok(writer)
    }

    /// Describes an interface; gives the number that its packets name it by. `snaplen` 0 is no limit.
    pub fn interface(&mut self, link: LinkType, snaplen: u32, name: Option<&str>) -> io::Result<u32> {
        self.begin(1);
        self.u16(link.0);
        self.u16(0);
        self.u32(snaplen);
        if let Some(name) = name {
            self.option(2, name.as_bytes());
        }
        self.option(9, &[9]);
        self.end_options();
        self.end()?;
        self.interfaces += 1;
        Ok(self.interfaces - 1)
    }

    /// Writes a packet. The format cannot tell times before 1970; they become 1970. A longer comment than 65,535 bytes
    /// is cut.
    pub fn packet(
        &mut self,
        interface: u32,
        time: Timestamp,
        wire_len: u32,
        data: &[u8],
        comment: Option<&str>,
    ) -> io::Result<()> {
        let captured = length(data)?;
        self.begin(6);
        self.u32(interface);
        self.time(time);
        self.u32(captured);
        self.u32(wire_len.max(captured));
        self.block.extend_from_slice(data);
        self.pad();
        if let Some(comment) = comment {
            self.option(1, comment.as_bytes());
            self.end_options();
        }
        self.end()
    }

    /// Writes decryption secrets of a kind such as [`Secrets::TLS_KEY_LOG`](crate::base::Secrets::TLS_KEY_LOG); they must
    /// come before the packets they decrypt.
    pub fn secrets(&mut self, kind: u32, bytes: &[u8]) -> io::Result<()> {
        let len = length(bytes)?;
        self.begin(10);
        self.u32(kind);
        self.u32(len);
        self.block.extend_from_slice(bytes);
        self.pad();
        self.end()
    }

    /// Writes what was counted on an interface.
    pub fn statistics(&mut self, interface: u32, statistics: &Statistics) -> io::Result<()> {
        self.begin(5);
        self.u32(interface);
        self.time(statistics.time);
        for (code, time) in [(2, statistics.start), (3, statistics.end)] {
            if let Some(time) = time {
                let (high, low) = halves(time);
                let [a, b, c, d] = high.to_le_bytes();
                let [e, f, g, h] = low.to_le_bytes();
                self.option(code, &[a, b, c, d, e, f, g, h]);
            }
        }
        let Statistics { received, dropped, accepted, dropped_by_os, delivered, .. } = *statistics;
        for (code, count) in [(4, received), (5, dropped), (6, accepted), (7, dropped_by_os), (8, delivered)] {
            if let Some(count) = count {
                self.option(code, &count.to_le_bytes());
            }
        }
        self.end_options();
        self.end()
    }

    /// Bytes written so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Hands what the writer holds back to where it goes.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Where it is written to.
    pub fn get_ref(&self) -> &W {
        &self.out
    }

    /// The same, to take away what was written so far.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }

    /// The writer, after the last block.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn begin(&mut self, kind: u32) {
        self.block.clear();
        self.u32(kind);
        self.u32(0);
    }

    /// Sets both lengths and writes the block.
    fn end(&mut self) -> io::Result<()> {
        let len = u32::try_from(self.block.len() + 4)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "a block of more than 4 GiB"))?;
        self.u32(len);
        if let Some(field) = self.block.get_mut(4..8) {
            field.copy_from_slice(&len.to_le_bytes());
        }
        self.out.write_all(&self.block)?;
        self.written += u64::from(len);
        Ok(())
    }

    fn option(&mut self, code: u16, value: &[u8]) {
        let value = cut(value);
        self.u16(code);
        self.u16(u16::try_from(value.len()).unwrap_or(u16::MAX));
        self.block.extend_from_slice(value);
        self.pad();
    }

    fn end_options(&mut self) {
        self.u32(0);
    }

    fn time(&mut self, time: Timestamp) {
        let (high, low) = halves(time);
        self.u32(high);
        self.u32(low);
    }

    fn pad(&mut self) {
        self.block.resize(self.block.len().next_multiple_of(4), 0);
    }

    fn u16(&mut self, value: u16) {
        self.block.extend_from_slice(&value.to_le_bytes());
    }

    fn u32(&mut self, value: u32) {
        self.block.extend_from_slice(&value.to_le_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.block.extend_from_slice(&value.to_le_bytes());
    }
}

fn length(bytes: &[u8]) -> io::Result<u32> {
    u32::try_from(bytes.len()).map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "more than 4 GiB in one block"))
}

/// The higher and the lower half of a count of nanoseconds.
fn halves(time: Timestamp) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h] = u64::try_from(time.0).unwrap_or(0).to_be_bytes();
    (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]))
}

/// What an option can hold of a value; text is not cut inside a character.
fn cut(value: &[u8]) -> &[u8] {
    let most = usize::from(u16::MAX);
    if value.len() <= most {
        return value;
    }
    let inside = |at: &usize| value.get(*at).is_some_and(|byte| byte & 0xc0 == 0x80);
    let end = (most - 3..=most).rev().find(|at| !inside(at)).unwrap_or(most);
    value.get(..end).unwrap_or_default()
}
