//! Which places of a run may be a frame's first byte.
//!
//! In: bytes without a gap. Out: the next place whose header may be one, and which leads to another that may. Two bytes
//! tell of most places, sixteen places at a time; of what is left, the header is read, and paid for in [`Steps`].

use super::evidence::{first_byte, header_bits};
use crate::base::number::{narrow, wide};
use crate::websocket::header::{Header, Opcode};

/// Places told at once.
const AT_ONCE: usize = 16;

/// What a search may still cost: a share of the bytes, whatever they are. Random bytes need a tenth of it; a run of bytes
/// that is a frame wherever it is begun would need as many headers as it has bytes, for each of them.
#[derive(Debug)]
pub(super) struct Steps {
    left: usize,
    #[cfg(test)]
    pub(super) given: usize,
}

impl Steps {
    /// What a header costs that is read in passing, in a place that two bytes did not rule out.
    pub(super) const GLANCE: usize = 1;

    /// What a header of a chain costs, and the look at its payload.
    pub(super) const HEADER: usize = 4;

    /// What an attempt to inflate costs, besides the bytes.
    pub(super) const TRIAL: usize = 48;

    /// What is spent however few bytes there are: three chains of 64 frames.
    const AT_LEAST: usize = 768;

    pub(super) fn for_bytes(bytes: usize) -> Steps {
        let left = Steps::AT_LEAST + bytes / 6;
        Steps {
            left,
            #[cfg(test)]
            given: left,
        }
    }

    /// Spends so many; `None` where they are not left.
    pub(super) fn spend(&mut self, steps: usize) -> Option<()> {
        self.left = self.left.checked_sub(steps)?;
        Some(())
    }

    /// The same for what can be left undone: headers come first.
    pub(super) fn spend_if_many(&mut self, steps: usize) -> Option<()> {
        if self.left < Steps::AT_LEAST / 4 + steps { None } else { self.spend(steps) }
    }

    #[cfg(test)]
    pub(super) fn spent(&self) -> usize {
        self.given - self.left
    }
}

/// The first place of `run`, from `from` on and before `to`, where a frame may begin.
pub(super) fn next(run: &[u8], from: usize, to: usize, masked: bool, steps: &mut Steps) -> Option<usize> {
    let mut from = from;
    loop {
        from = next_pair(run, from, masked).filter(|at| *at < to)?;
        steps.spend(Steps::GLANCE)?;
        if leads_on(run, from, masked) {
            return Some(from);
        }
        from += 1;
    }
}

/// The first place from `from` on where two bytes may be a header's.
fn next_pair(run: &[u8], from: usize, masked: bool) -> Option<usize> {
    let mut from = from;
    let firsts = run.get(from..)?.chunks_exact(AT_ONCE);
    let seconds = run.get(from + 1..)?.chunks_exact(AT_ONCE);
    for (first, second) in firsts.zip(seconds) {
        // No branch: sixteen of these are a few instructions.
        if first.iter().zip(second).fold(false, |any, (first, second)| any | may_be(*first, *second, masked)) {
            break;
        }
        from += AT_ONCE;
    }
    let pairs = run.get(from..)?.windows(2);
    let found =
        pairs.map(|pair| matches!(pair, [first, second] if may_be(*first, *second, masked))).position(|may| may);
    found.map(|ahead| from + ahead)
}

/// Two bytes may begin a frame with which a chain begins: one that is data and empty is no place to begin at.
#[inline(always)]
fn may_be(first: u8, second: u8, masked: bool) -> bool {
    let length = second & 0x7f;
    let data = (first & 0x3f <= 2) & (masked | (length > 0));
    let control = (first.wrapping_sub(0x88) <= 2) & (length <= 125);
    ((second >= 0x80) == masked) & (data | control)
}

/// A header is there, and behind its frame the first bytes of another, as far as they are in the run.
fn leads_on(run: &[u8], at: usize, masked: bool) -> bool {
    let rest = run.get(at..).unwrap_or_default();
    let (Some(first), Ok(header)) = (rest.first(), Header::parse(rest)) else { return false };
    if header_bits(&header, *first, masked, None).is_none() {
        return false;
    }
    let next = wide(at) + u64::from(header.wire_len()) + header.length;
    if header.opcode == Opcode::Close || next >= wide(run.len()) {
        return true;
    }
    let in_message = if header.opcode.is_control() { None } else { Some(!header.fin) };
    match run.get(narrow(next)..).unwrap_or_default() {
        [first, second, ..] => first_byte(*first, in_message).is_some() && (*second >= 0x80) == masked,
        [first] => first_byte(*first, in_message).is_some(),
        [] => true,
    }
}
