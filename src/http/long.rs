//! Heads that are longer than what is held of one whole.
//!
//! In: the bytes of a head of which the first line is known, as they come. Out: where it ends, and the head with its long
//! lines shortened. A cookie of a megabyte costs what is kept of a line; each byte is looked at once.

use super::side::Kind;
use crate::base::number::wide;
use crate::base::{At, Code, Note, limits};

/// A head on its way.
#[derive(Debug)]
pub(super) struct LongHead {
    pub(super) kind: Kind,
    /// The lines so far, of each what is kept.
    pub(super) kept: Vec<u8>,
    /// Bytes so far.
    pub(super) total: u64,
    /// Bytes of the line under way.
    line: u64,
    /// The last of them.
    last: u8,
    /// The line under way is the first, which is kept whole.
    first: bool,
    /// Where the line under way begins in what is kept.
    start: usize,
    /// Lines that were shortened.
    shortened: u64,
    /// The name of the first of them.
    name: String,
    /// Lines that were left out.
    pub(super) left_out: u64,
}

impl LongHead {
    pub(super) fn new(kind: Kind) -> LongHead {
        LongHead {
            kind,
            kept: Vec::new(),
            total: 0,
            line: 0,
            last: 0,
            first: true,
            start: 0,
            shortened: 0,
            name: String::new(),
            left_out: 0,
        }
    }

    /// The next bytes; gives how many of them are the head's where it ends among them.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let lf = memchr::memchr(b'\n', rest);
            let run = lf.and_then(|lf| rest.get(..=lf)).unwrap_or(rest);
            self.keep(run);
            at += run.len();
            if lf.is_some() && self.end_line(run) {
                return Some(at);
            }
            self.last = run.last().copied().unwrap_or_default();
        }
        None
    }

    fn keep(&mut self, run: &[u8]) {
        let room = if self.first {
            run.len()
        } else if self.start >= limits::HTTP_HEAD_BYTES {
            0
        } else {
            limits::HTTP_LINE_BYTES.saturating_sub(self.kept.len() - self.start)
        };
        self.kept.extend_from_slice(run.get(..room).unwrap_or(run));
        self.line += wide(run.len());
        self.total += wide(run.len());
    }

    /// A line has ended; says whether it was the empty one.
    fn end_line(&mut self, run: &[u8]) -> bool {
        let before = if run.len() > 1 { run.get(run.len() - 2).copied() } else { Some(self.last) };
        let empty = !self.first && (self.line == 1 || (self.line == 2 && before == Some(b'\r')));
        let kept = self.kept.len() - self.start;
        if !empty && wide(kept) < self.line {
            if kept == 0 {
                self.left_out += 1;
            } else {
                self.shorten();
            }
        }
        (self.line, self.first, self.start) = (0, false, self.kept.len());
        empty
    }

    fn shorten(&mut self) {
        if self.shortened == 0 {
            let line = self.kept.get(self.start..).unwrap_or_default();
            let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
            self.name = String::from_utf8_lossy(name.get(..64).unwrap_or(name)).into_owned();
        }
        self.shortened += 1;
        self.kept.extend_from_slice(b"\r\n");
    }

    /// What was not kept of it.
    pub(super) fn note(&self, at: At) -> Note {
        let mut detail = format!("{} bytes", self.total);
        if self.shortened > 0 {
            let more = if self.shortened > 1 { format!(" and {} more", self.shortened - 1) } else { String::new() };
            detail += &format!("; {}{more} shortened to {} bytes", self.name, limits::HTTP_LINE_BYTES);
        }
        if self.left_out > 0 {
            detail += &format!("; {} lines left out", self.left_out);
        }
        Note::new(Code::HttpHeadCap).with_detail(detail).with_at(at)
    }
}

crate::base::pack::pack_struct!(LongHead { kind, kept, total, line, last, first, start, shortened, name, left_out });
