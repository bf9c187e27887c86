//! Lines that must wait for the end, to be written in another order than they came.
//!
//! In: a line and its rank. Out: all lines by rank. Up to [`HELD`] bytes stay in memory; the rest waits in an unnamed
//! temporary file, so that a capture of a million connections costs disk, not memory. Where no temporary file can be
//! made, memory has to do.

use std::io;

use super::out::Out;
use crate::base::number::narrow;
use crate::base::scratch::Scratch;

/// Bytes of lines held in memory before they go to a file.
const HELD: usize = 1024 * 1024;

/// Lines waiting.
#[derive(Debug, Default)]
pub struct Sorted<R> {
    index: Vec<Entry<R>>,
    held: Vec<u8>,
    spilled: u64,
    file: Option<Scratch>,
}

/// A line: where it starts among all bytes given, and how long it is.
#[derive(Debug, Clone, Copy)]
struct Entry<R> {
    rank: R,
    start: u64,
    len: usize,
}

impl<R: Ord + Copy> Sorted<R> {
    /// A line of this rank, written by `write`.
    pub fn push(&mut self, rank: R, write: impl FnOnce(&mut Vec<u8>)) {
        let before = self.held.len();
        write(&mut self.held);
        self.index.push(Entry { rank, start: self.spilled + before as u64, len: self.held.len() - before });
        if self.held.len() >= HELD {
            self.spill();
        }
    }

    fn spill(&mut self) {
        if self.file.is_none() {
            self.file = Scratch::new().ok();
        }
        let Some(file) = &self.file else { return };
        let written = file.write_at(&self.held, self.spilled);
        // A disk that is full leaves the lines in memory, where they are now.
        if written.is_ok() {
            self.spilled += self.held.len() as u64;
            self.held.clear();
        }
    }

    /// Writes every line, lowest rank first; lines of one rank in the order they came.
    pub fn write_to(&mut self, out: &mut Out) -> io::Result<()> {
        self.index.sort_by_key(|entry| entry.rank);
        for entry in &self.index {
            match entry.start.checked_sub(self.spilled) {
                Some(start) => {
                    let start = narrow(start);
                    let line = self.held.get(start..start.saturating_add(entry.len)).unwrap_or(&[]);
                    out.buffer().extend_from_slice(line);
                }
                None => read_back(self.file.as_ref(), *entry, out.buffer())?,
            }
            out.ended_line();
        }
        self.index.clear();
        Ok(())
    }
}

fn read_back<R>(file: Option<&Scratch>, entry: Entry<R>, into: &mut Vec<u8>) -> io::Result<()> {
    let Some(file) = file else { return Ok(()) };
    let before = into.len();
    into.resize(before + entry.len, 0);
    into.get_mut(before..).map_or(Ok(()), |into| file.read_at(into, entry.start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted_text(lines: impl Iterator<Item = (u64, String)>) -> String {
        let mut sorted = Sorted::default();
        for (rank, line) in lines {
            sorted.push(rank, |out| out.extend_from_slice(line.as_bytes()));
        }
        let mut out = Out::memory();
        sorted.write_to(&mut out).unwrap();
        String::from_utf8(out.bytes().to_vec()).unwrap()
    }

    #[test]
    fn lines_come_out_by_rank_and_equal_ranks_in_order() {
        let lines = [(7, "c"), (0, "a"), (7, "d"), (3, "b")].map(|(rank, line)| (rank, line.to_string()));
        assert_eq!(sorted_text(lines.into_iter()), "abcd");
    }

    #[test]
    fn more_than_is_held_goes_through_a_file_and_comes_back() {
        let line = |rank: u64| format!("{rank:05}{}\n", "x".repeat(2000));
        let count = 3 * HELD as u64 / 2000;
        let text = sorted_text((0..count).rev().map(|rank| (rank, line(rank))));
        assert_eq!(text.len() as u64, count * 2006);
        assert!(text.lines().enumerate().all(|(i, text)| text.starts_with(&format!("{i:05}x"))));
    }
}
