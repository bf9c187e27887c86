//! What a payload looks like at a glance: text as text, bytes as hex, and what is missing where it is missing.
//!
//! In: a payload with its holes, and the columns there are. Out: safe text on one line. Bytes off the wire reach the
//! buffer only through [`DisplaySafe`] or as hex digits; what this program says itself stands between `⟨` and `⟩`,
//! which text off the wire cannot hold.

use crate::base::DisplaySafe;
use crate::base::Hole;
use crate::base::hidden::is_hidden;
use crate::output::number::{hex_digits, push_number};
use crate::output::style::{Style, Tint};
use crate::trace::values::close_body;
use crate::websocket::{Frame, Message, Opcode};

/// A payload as stored, and what must be known to place it.
#[derive(Debug, Clone, Copy)]
pub struct Stored<'a> {
    /// The bytes there are, holes left out.
    pub bytes: &'a [u8],
    /// Where bytes are missing.
    pub holes: &'a [Hole],
    /// Bytes the whole has.
    pub length: u64,
    /// Bytes of it that were captured; more than `bytes` holds where a cap cut it.
    pub captured: u64,
}

/// A run of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run<'a> {
    /// Bytes there are.
    Bytes(&'a [u8]),
    /// So many bytes are not in the capture.
    Missing(u64),
    /// So many bytes were captured but not kept.
    NotKept(u64),
}

impl<'a> Stored<'a> {
    /// Of a frame.
    #[must_use]
    pub fn frame(frame: &Frame<'a>) -> Stored<'a> {
        Stored { bytes: frame.payload, holes: frame.holes, length: frame.header.length, captured: frame.captured }
    }

    /// Of a message.
    #[must_use]
    pub fn message(message: &Message<'a>) -> Stored<'a> {
        let missing: u64 = message.holes.iter().fold(0, |sum, hole| sum.saturating_add(hole.len));
        Stored {
            bytes: message.payload,
            holes: message.holes,
            length: message.length,
            captured: message.length.saturating_sub(missing),
        }
    }

    /// Its runs, in order; together they are as long as the whole.
    #[must_use]
    pub fn runs(self) -> Vec<Run<'a>> {
        let mut runs = Vec::with_capacity(2 * self.holes.len() + 3);
        let mut rest = self.bytes;
        let mut at = 0_u64;
        for hole in self.holes {
            let before = usize::try_from(hole.start.saturating_sub(at)).unwrap_or(usize::MAX);
            let Some((bytes, after)) = rest.split_at_checked(before) else { break };
            if !bytes.is_empty() {
                runs.push(Run::Bytes(bytes));
            }
            rest = after;
            runs.push(Run::Missing(hole.len));
            at = hole.start.saturating_add(hole.len);
        }
        if !rest.is_empty() {
            runs.push(Run::Bytes(rest));
        }
        let not_kept = self.captured.saturating_sub(self.bytes.len() as u64);
        if not_kept > 0 {
            runs.push(Run::NotKept(not_kept));
        }
        let known: u64 = self.holes.iter().fold(self.captured, |sum, hole| sum.saturating_add(hole.len));
        let tail = self.length.saturating_sub(known);
        if tail > 0 {
            runs.push(Run::Missing(tail));
        }
        runs
    }

    fn is_whole(&self) -> bool {
        self.holes.is_empty() && self.bytes.len() as u64 == self.length
    }
}

/// How bytes are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Text,
    Hex,
    Quoted,
}

/// A preview under way: where it goes and how many columns are left.
#[derive(Debug)]
pub struct Preview<'o> {
    out: &'o mut Vec<u8>,
    left: usize,
    style: Style,
}

impl<'o> Preview<'o> {
    /// At most `columns` of it go to `out`.
    pub fn new(out: &'o mut Vec<u8>, columns: usize, style: Style) -> Preview<'o> {
        Preview { out, left: columns, style }
    }

    /// A frame; gives the columns that are left.
    pub fn frame(mut self, frame: &Frame<'_>) -> usize {
        let stored = Stored::frame(frame);
        if let Some((code, reason)) = close_body(frame) {
            self.close(code, reason, frame.header.length);
        } else if frame.compressed && !frame.header.opcode.is_control() {
            return self.deflated(stored);
        } else {
            let is_text = match frame.header.opcode {
                Opcode::Continuation => frame.message_opcode == Some(Opcode::Text),
                opcode => opcode == Opcode::Text,
            };
            let look = if is_text {
                Look::Text
            } else if frame.header.opcode.is_control() && reads_as_text(frame.payload) {
                Look::Quoted
            } else {
                Look::Hex
            };
            self.stored(stored, look);
        }
        self.left
    }

    /// What a compressed frame inflates to; gives the columns that are left.
    pub fn inflated(mut self, message: &Message<'_>) -> usize {
        self.own("⟨inflated⟩ ");
        self.message(message)
    }

    /// The payload of a compressed frame that cannot be inflated; gives the columns that are left.
    pub fn deflated(mut self, payload: Stored<'_>) -> usize {
        self.own("deflate ");
        self.stored(payload, Look::Hex);
        self.left
    }

    /// A message; gives the columns that are left.
    pub fn message(mut self, message: &Message<'_>) -> usize {
        let look = if message.opcode == Opcode::Text { Look::Text } else { Look::Hex };
        self.stored(Stored::message(message), look);
        self.left
    }

    /// A close code and its reason.
    pub fn close(&mut self, code: u16, reason: &[u8], length: u64) {
        let start = self.out.len();
        push_number(self.out, code.into());
        self.left = self.left.saturating_sub(self.out.len() - start);
        if !reason.is_empty() {
            self.own(" ");
            self.quoted(reason);
        }
        let missing = length.saturating_sub(2 + reason.len() as u64);
        if missing > 0 {
            self.said(missing, "missing");
        }
    }

    fn stored(&mut self, stored: Stored<'_>, look: Look) {
        if stored.length == 0 {
            return self.own("∅");
        }
        if stored.is_whole() {
            return self.bytes(stored.bytes, look);
        }
        for run in stored.runs() {
            match run {
                Run::Bytes(bytes) => self.bytes(bytes, look),
                Run::Missing(n) => self.said(n, "missing"),
                Run::NotKept(n) => self.said(n, "not kept"),
            }
        }
    }

    fn bytes(&mut self, bytes: &[u8], look: Look) {
        match look {
            Look::Text => self.safe(bytes),
            Look::Quoted => self.quoted(bytes),
            Look::Hex => self.hex(bytes),
        }
    }

    fn safe(&mut self, bytes: &[u8]) {
        let shown = DisplaySafe::bytes(bytes).columns(self.left).write_to(self.out);
        self.left = if shown.cut { 0 } else { self.left - shown.columns };
    }

    fn quoted(&mut self, bytes: &[u8]) {
        self.own("\"");
        self.safe(bytes);
        self.own("\"");
    }

    fn hex(&mut self, bytes: &[u8]) {
        let room = self.left.saturating_add(1) / 3;
        let (shown, cut) = match bytes.get(..room) {
            Some(shown) if shown.len() < bytes.len() => (shown.get(..room.saturating_sub(1)).unwrap_or(&[]), true),
            _ => (bytes, false),
        };
        for (i, byte) in shown.iter().enumerate() {
            if i > 0 {
                self.out.push(b' ');
            }
            self.out.extend_from_slice(&hex_digits(*byte));
        }
        let columns = (3 * shown.len()).saturating_sub(1);
        self.left = self.left.saturating_sub(columns);
        if cut {
            self.own(if shown.is_empty() { "…" } else { " …" });
            self.left = 0;
        }
    }

    /// Words of this program, in as many columns as they have characters.
    fn own(&mut self, text: &str) {
        let columns = text.chars().count();
        if columns <= self.left {
            self.style.say(self.out, Tint::Faint, text);
            self.left -= columns;
        }
    }

    fn said(&mut self, n: u64, what: &str) {
        self.own(&format!("⟨{n} B {what}⟩"));
    }
}

/// Whether the payload of a control frame is best shown as text: RFC 6455 leaves it open.
fn reads_as_text(payload: &[u8]) -> bool {
    !payload.is_empty() && str::from_utf8(payload).is_ok_and(|text| !text.chars().any(is_hidden))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(columns: usize, write: impl FnOnce(&mut Preview<'_>)) -> String {
        let mut out = Vec::new();
        write(&mut Preview::new(&mut out, columns, Style::default()));
        String::from_utf8(out).unwrap()
    }

    fn stored<'a>(bytes: &'a [u8], holes: &'a [Hole], length: u64, captured: u64) -> Stored<'a> {
        Stored { bytes, holes, length, captured }
    }

    #[test]
    fn a_hole_stands_where_it_is() {
        let holes = [Hole { start: 3, len: 40 }, Hole { start: 50, len: 2 }];
        let payload = stored(b"abcdefghijkl", &holes, 60, 12);
        assert_eq!(
            shown(200, |preview| preview.stored(payload, Look::Text)),
            "abc⟨40 B missing⟩defghij⟨2 B missing⟩kl⟨6 B missing⟩"
        );
        assert_eq!(shown(200, |p| p.stored(stored(b"", &[], 9, 0), Look::Hex)), "⟨9 B missing⟩");
        assert_eq!(shown(200, |p| p.stored(stored(b"ab", &[], 9, 9), Look::Text)), "ab⟨7 B not kept⟩");
        assert_eq!(shown(200, |p| p.stored(stored(b"", &[], 0, 0), Look::Text)), "∅");
    }

    #[test]
    fn hex_is_cut_between_bytes() {
        let hex = |columns| shown(columns, |preview| preview.hex(&[0xde, 0xad, 0xbe, 0xef]));
        assert_eq!(hex(11), "de ad be ef");
        assert_eq!(hex(10), "de ad …");
        assert_eq!(hex(8), "de ad …");
        assert_eq!(hex(7), "de …");
        assert_eq!(hex(2), "…");
        assert_eq!(hex(0), "");
    }

    #[test]
    fn a_close_code_comes_with_its_reason() {
        assert_eq!(shown(80, |preview| preview.close(4001, b"app says bye", 14)), "4001 \"app says bye\"");
        assert_eq!(shown(80, |preview| preview.close(1000, b"", 2)), "1000");
        assert_eq!(shown(80, |preview| preview.close(1000, b"a\x1b[2J", 9)), "1000 \"a␛[2J\"⟨2 B missing⟩");
    }

    proptest! {
        #[test]
        fn runs_are_as_long_as_the_whole(parts in proptest::collection::vec((0_u8..5, 1_u8..5), 0..6), tail in 0_u64..4) {
            let bytes = [b'x'; 64];
            let (mut holes, mut at, mut captured) = (Vec::new(), 0_u64, 0_u64);
            for (before, missing) in parts {
                at += u64::from(before);
                captured += u64::from(before);
                holes.push(Hole { start: at, len: missing.into() });
                at += u64::from(missing);
            }
            let payload = stored(&bytes[..captured as usize], &holes, at + tail, captured);
            let mut length = 0;
            let mut shown = 0;
            for run in payload.runs() {
                match run {
                    Run::Bytes(bytes) => { length += bytes.len() as u64; shown += bytes.len(); }
                    Run::Missing(n) | Run::NotKept(n) => length += n,
                }
            }
            prop_assert_eq!(length, at + tail);
            prop_assert_eq!(shown as u64, captured);
        }
    }
}
