//! Finding back into a pcap after a record that is not believed.
//!
//! pcap has no mark between records, so the only evidence is a chain: headers that each make sense, near in time, each
//! ending where the next begins. First the places where the next record must be if only a length was changed are tried;
//! then the packet before, whose length may have been changed so that it swallowed records; then every byte onwards.

use super::record::{HABITS, Record, Shape, TIME};
use super::{Pcap, Verdict};
use crate::capture::batch::{Found, Packets};
use crate::capture::warning::{Damage, Fault, Log};
use crate::capture::window::{Lost, Window};

/// Headers in a row that are believed.
const LINKS: u32 = 3;

/// Whether a chain of records begins somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chain {
    Holds,
    Breaks,
    /// It cannot be told before more bytes are there.
    Short,
}

/// Where a chain is to begin and what it has to show.
#[derive(Debug, Clone, Copy)]
struct Link {
    from: usize,
    /// Time of the record before.
    near: Option<u32>,
    /// Where it has to reach.
    past: usize,
    /// Oddities that its records may have.
    allowed: u8,
}

impl Pcap {
    /// The record at `at` is not believed: puts it right, or begins to pass over bytes.
    pub(super) fn doubt(
        &mut self,
        window: &Window<'_>,
        at: usize,
        record: &Record,
        fault: Fault,
        out: &mut Packets,
        log: &mut Log,
    ) -> Verdict {
        for attempt in [Pcap::extend, Pcap::repair, Pcap::shorten] {
            match attempt(self, window, at, record, out, log) {
                Some(Verdict::More) if window.ended => {}
                Some(verdict) => return verdict,
                None => {}
            }
        }
        if fault == Fault::Nonsense {
            match self.in_place(window, at + self.header.shape.header_len + record.captured as usize) {
                Chain::Holds => {
                    let oddities = self.header.shape.oddities(record, self.seconds);
                    return self.accept(at, record, oddities, out);
                }
                Chain::Short => return Verdict::More,
                Chain::Breaks => {}
            }
        }
        let cut = match fault {
            Fault::PastEnd(_) => Some(self.header.shape.header_len as u64 + u64::from(record.captured)),
            _ => None,
        };
        self.lost = Some(Lost { from: window.position(at), why: fault, cut });
        Verdict::Lost
    }

    /// The packet before says it is shorter than it is: by its length on the wire, a record follows.
    pub(super) fn extend(
        &mut self,
        window: &Window<'_>,
        at: usize,
        _: &Record,
        out: &mut Packets,
        log: &mut Log,
    ) -> Option<Verdict> {
        let limit = self.header.shape.limit;
        let packet = out.last_number();
        let last = out.last_mut()?;
        let start = last.start as usize;
        let taken = last.wire_len.min(limit);
        if start + last.len as usize != at || taken <= last.len {
            return None;
        }
        let next = start + taken as usize;
        match self.chain(window, next, self.seconds, at) {
            Chain::Breaks => None,
            Chain::Short => Some(Verdict::More),
            Chain::Holds => {
                let claimed = u64::from(last.len);
                last.len = taken;
                self.mended = window.position(start);
                log.add(self.mended, packet, 0, Damage::Repaired { claimed, taken: taken.into() });
                Some(Verdict::Next(next))
            }
        }
    }

    /// This record's captured length is wrong: by its length on the wire, a record follows.
    pub(super) fn repair(
        &mut self,
        window: &Window<'_>,
        at: usize,
        record: &Record,
        out: &mut Packets,
        log: &mut Log,
    ) -> Option<Verdict> {
        let shape = self.header.shape;
        let taken = record.wire.min(shape.limit);
        let right = Record { captured: taken, ..*record };
        if taken == record.captured || shape.oddities(&right, self.seconds) != 0 {
            return None;
        }
        let start = at + shape.header_len;
        let next = start + taken as usize;
        match self.chain(window, next, Some(record.seconds), at) {
            Chain::Breaks => None,
            Chain::Short => Some(Verdict::More),
            Chain::Holds => {
                self.seconds = Some(record.seconds);
                out.push(Found {
                    time: shape.time(record),
                    start,
                    len: taken,
                    wire_len: record.wire,
                    interface: self.interface,
                    link: self.header.link,
                });
                let damage = Damage::Repaired { claimed: record.captured.into(), taken: taken.into() };
                self.mended = window.position(start);
                log.add(self.mended, out.last_number(), 0, damage);
                Some(Verdict::Next(next))
            }
        }
    }

    /// The packet before says it is longer than it is, and swallowed records: a chain that begins inside it runs past
    /// its end. (One that does not is a capture being carried in a packet.)
    fn shorten(
        &mut self,
        window: &Window<'_>,
        at: usize,
        _: &Record,
        out: &mut Packets,
        log: &mut Log,
    ) -> Option<Verdict> {
        let packet = out.last_number();
        let last = out.last_mut()?;
        let start = last.start as usize;
        if start + last.len as usize != at {
            return None;
        }
        let mut short = false;
        // A hostile capture could make every start walk a long chain: the steps in all are bounded.
        let mut steps = 16 * (at - start) + 64;
        let found = (start + 1..at).find(|&from| {
            let link = Link { from, near: self.seconds, past: at, allowed: self.habits };
            let chain = self.chain_counted(window, link, &mut steps);
            short |= chain == Chain::Short;
            chain == Chain::Holds
        });
        match found {
            Some(next) => {
                let taken = u32::try_from(next - start).unwrap_or(u32::MAX);
                let damage = Damage::Repaired { claimed: last.len.into(), taken: taken.into() };
                last.len = taken;
                self.mended = window.position(start);
                log.add(self.mended, packet, 0, damage);
                Some(Verdict::Next(next))
            }
            None if short => Some(Verdict::More),
            None => None,
        }
    }

    /// Passes over bytes until a chain begins. `Ok`: where; `Err`: bytes of the window that are done with.
    pub(super) fn search(
        &mut self,
        window: &Window<'_>,
        at: usize,
        out: &Packets,
        log: &mut Log,
    ) -> Result<usize, usize> {
        let Some(Lost { from, why, cut }) = self.lost.clone() else { return Ok(at) };
        // The record that was not believed is not believed now.
        let mut here = at;
        if window.position(at) == from {
            here += 1;
        }
        while window.left(here) > 0 {
            // The capture may have been paused: the time of the first need not be near.
            match self.chain(window, here, None, here) {
                Chain::Holds => {
                    let position = window.position(here);
                    let damage = Damage::Skipped { fault: why, resumed: Some(position) };
                    log.add(from, out.last_number(), position - from, damage);
                    self.lost = None;
                    self.seconds = None;
                    return Ok(here);
                }
                Chain::Short if !window.ended => return Err(here),
                Chain::Short | Chain::Breaks => here += 1,
            }
        }
        if window.ended && !window.cut_known {
            self.lost = None;
            let lost = window.position(window.bytes.len()) - from;
            let damage = match cut {
                Some(wanted) => Damage::CutTail { wanted },
                None => Damage::Skipped { fault: why, resumed: None },
            };
            log.add(from, out.last_number(), lost, damage);
        }
        Err(window.bytes.len())
    }

    /// Whether a chain begins at `from` and reaches beyond `past`, its first record near `near` in time.
    fn chain(&self, window: &Window<'_>, from: usize, near: Option<u32>, past: usize) -> Chain {
        let mut unbounded = usize::MAX;
        self.chain_counted(window, Link { from, near, past, allowed: self.habits }, &mut unbounded)
    }

    /// Whether a chain begins at `from`, of whatever times: clocks are set, and captures of several machines are merged.
    pub(super) fn timeless_chain(&self, window: &Window<'_>, from: usize) -> Chain {
        let mut unbounded = usize::MAX;
        self.chain_counted(window, Link { from, near: None, past: from, allowed: self.habits | TIME }, &mut unbounded)
    }

    /// Whether records follow one that is odd right where it ends, as odd as records may be: its writer had reasons that
    /// are not known. Nothing else explained what stands there.
    fn in_place(&self, window: &Window<'_>, next: usize) -> Chain {
        if next > window.bytes.len() {
            return if window.ended { Chain::Breaks } else { Chain::Short };
        }
        let mut at = next;
        for _ in 0..LINKS {
            let Some(record) = self.record(window, at) else {
                return if window.ended { Chain::Holds } else { Chain::Short };
            };
            // A packet of which nothing was kept is one too; a run of zeros is none.
            let kept = Record { captured: record.captured.max(u32::from(record.seconds != 0)), ..record };
            if !self.header.shape.plausible(&kept, None, HABITS | TIME) {
                return Chain::Breaks;
            }
            at = at.saturating_add(self.header.shape.header_len + record.captured as usize);
        }
        Chain::Holds
    }

    /// Whether [`LINKS`] records follow one another from `from` on and reach beyond `past`, or fewer end exactly with
    /// the capture.
    fn chain_counted(&self, window: &Window<'_>, Link { from, near, past, allowed }: Link, steps: &mut usize) -> Chain {
        let shape: Shape = self.header.shape;
        let (mut at, mut last, mut links) = (from, near, 0);
        loop {
            if window.ended && at == window.bytes.len() {
                return Chain::Holds;
            }
            let Some(record) = self.record(window, at) else {
                return self.at_the_end(window, links);
            };
            if *steps == 0 || !shape.plausible(&record, last, allowed) {
                return Chain::Breaks;
            }
            *steps -= 1;
            links += 1;
            if links >= LINKS && at >= past {
                return Chain::Holds;
            }
            last = Some(record.seconds);
            at += shape.header_len + record.captured as usize;
            if at > window.bytes.len() {
                return self.at_the_end(window, links);
            }
        }
    }

    /// The chain leaves the window. At the end of the capture the last record may be cut.
    fn at_the_end(&self, window: &Window<'_>, links: u32) -> Chain {
        match window.ended {
            false => Chain::Short,
            true if links >= 2 => Chain::Holds,
            true => Chain::Breaks,
        }
    }
}
