//! DEFLATE (RFC 1951), decoded here, for what zlib-rs cannot do: history of which parts are unknown, the exact check of
//! every distance against the negotiated window, and knowing for certain where a block ends.
//!
//! In: compressed bytes, cut anywhere, and a [`Buffer`] that knows which of its bytes are known. Out: bytes in the
//! buffer. A copy of an unknown byte is unknown. What is not DEFLATE is refused in the words zlib has for it, at the
//! symbol that breaks it.

use super::bits::Bits;
use super::buffer::{Buffer, LONGEST_COPY, Write};
use super::huffman::{
    Distances, Entry, FIXED, Kind, Lengths, Literals, distance_symbol, length_symbol, literal_symbol,
};

/// Why the decoder stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// It wants more input.
    Input,
    /// It wants the buffer emptied.
    Room,
    /// A block marked as the last one has ended; the next byte may start another.
    FinalBlock,
}

/// Where in the stream the decoder stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the three bits of a block's header.
    Block,
    /// Before the lengths of a stored block.
    StoredLengths,
    /// In a stored block; so many bytes are left.
    Stored(u32),
    /// Before the three counts of a block with its own codes.
    Counts,
    /// In the lengths of the code of code lengths; so many were read.
    LengthLengths(usize),
    /// In the lengths of the two codes; so many were read.
    CodeLengths(usize),
    /// In the symbols of a block.
    Symbols,
    /// A block marked as the last one has just ended.
    FinalBlock,
}

/// A back-reference that reaches further than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooFar {
    /// How far, bytes.
    pub distance: usize,
    /// Bytes that the same call of [`Careful::feed`] had put into the buffer before it.
    pub after: usize,
}

/// The decoder.
#[derive(Debug)]
pub struct Careful {
    bits: Bits,
    state: State,
    last_block: bool,
    fixed: bool,
    literals: Literals,
    distances: Distances,
    lengths: Lengths,
    /// Code lengths of literals and lengths, then of distances, of the block whose header is being read.
    code_lengths: [u8; 320],
    /// Code lengths of the code they are written in.
    length_lengths: [u8; 19],
    counts: Counts,
    window: usize,
    too_far: Option<TooFar>,
}

/// A decoder parked: all but the tables, which are made again.
#[derive(Debug, Clone)]
pub struct Suspended {
    bits: Bits,
    state: State,
    last_block: bool,
    fixed: bool,
    code_lengths: Box<[u8; 320]>,
    length_lengths: [u8; 19],
    counts: Counts,
}

/// How many code lengths a block's header holds.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    literals: usize,
    distances: usize,
    lengths: usize,
}

/// The order in which a block's header gives the lengths of the code of code lengths.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// Goes on where the input allows.
type Progress = Result<Option<State>, &'static str>;

impl Careful {
    /// A decoder at the start of a block, where back-references may reach `window` bytes.
    pub fn new(window: usize) -> Careful {
        Careful {
            bits: Bits::default(),
            state: State::Block,
            last_block: false,
            fixed: false,
            literals: Literals::default(),
            distances: Distances::default(),
            lengths: Lengths::default(),
            code_lengths: [0; 320],
            length_lengths: [0; 19],
            counts: Counts::default(),
            window,
            too_far: None,
        }
    }

    /// What [`Careful::resume`] needs.
    pub fn suspend(&self) -> Suspended {
        Suspended {
            bits: self.bits,
            state: self.state,
            last_block: self.last_block,
            fixed: self.fixed,
            code_lengths: Box::new(self.code_lengths),
            length_lengths: self.length_lengths,
            counts: self.counts,
        }
    }

    /// Goes on where [`Careful::suspend`] was called.
    pub fn resume(suspended: Suspended, window: usize) -> Careful {
        let Suspended { bits, state, last_block, fixed, code_lengths, length_lengths, counts } = suspended;
        let code_lengths = *code_lengths;
        let mut careful =
            Careful { bits, state, last_block, fixed, code_lengths, length_lengths, counts, ..Careful::new(window) };
        // They were codes when they were first made.
        match state {
            State::Symbols if !fixed => {
                let _ = careful.build_codes();
            }
            State::CodeLengths(_) => {
                let _ = careful.build_lengths();
            }
            _ => {}
        }
        careful
    }

    /// It stands at the start of a block, and at the start of a byte.
    pub fn is_at_block(&self) -> bool {
        matches!(self.state, State::Block | State::FinalBlock) && self.bits.held() == 0
    }

    /// Forgets a stream that broke off; the next byte starts a block, where back-references may reach `window` bytes.
    pub fn restart(&mut self, window: usize) {
        self.window = window;
        self.bits = Bits::default();
        self.state = State::Block;
        self.too_far = None;
    }

    /// The furthest of the back-references beyond the window since the last call.
    pub fn take_too_far(&mut self) -> Option<TooFar> {
        self.too_far.take()
    }

    /// Decodes until it wants input or room; `input` is moved past what was read.
    ///
    /// # Errors
    /// What is wrong with the input. What stood before it is in the buffer.
    pub fn feed(&mut self, input: &mut &[u8], buffer: &mut Buffer) -> Result<Pause, &'static str> {
        let start = buffer.end();
        loop {
            self.bits.refill(input);
            let next = match self.state {
                State::Block => self.block(),
                State::StoredLengths => self.stored_lengths(),
                State::Stored(left) => match self.stored(left, input, buffer) {
                    0 => Ok(Some(self.after_block())),
                    left => {
                        self.state = State::Stored(left);
                        return Ok(if buffer.space() == 0 { Pause::Room } else { Pause::Input });
                    }
                },
                State::Counts => self.counts(),
                State::LengthLengths(read) => self.length_length(read),
                State::CodeLengths(read) => self.code_length(read),
                State::Symbols => match self.symbols(input, buffer, start)? {
                    Some(pause) => return Ok(pause),
                    None => Ok(Some(self.after_block())),
                },
                State::FinalBlock => {
                    // RFC 7692 section 7.2.1: after such a block comes padding, then the next block.
                    self.bits.align();
                    self.state = State::Block;
                    return Ok(Pause::FinalBlock);
                }
            };
            match next? {
                Some(state) => self.state = state,
                None => return Ok(Pause::Input),
            }
        }
    }

    fn after_block(&self) -> State {
        if self.last_block { State::FinalBlock } else { State::Block }
    }

    fn block(&mut self) -> Progress {
        let Some(header) = self.bits.take(3) else { return Ok(None) };
        self.last_block = header & 1 != 0;
        match header >> 1 {
            0 => {
                self.bits.align();
                Ok(Some(State::StoredLengths))
            }
            1 => {
                self.fixed = true;
                Ok(Some(State::Symbols))
            }
            2 => {
                self.fixed = false;
                Ok(Some(State::Counts))
            }
            _ => Err("invalid block type"),
        }
    }

    fn stored_lengths(&mut self) -> Progress {
        let Some(lengths) = self.bits.take(32) else { return Ok(None) };
        let (length, complement) = (lengths & 0xffff, lengths >> 16);
        if length != complement ^ 0xffff {
            return Err("invalid stored block lengths");
        }
        Ok(Some(State::Stored(length)))
    }

    /// Copies as much as there is; gives how many bytes are still to come.
    fn stored(&mut self, left: u32, input: &mut &[u8], buffer: &mut Buffer) -> u32 {
        let mut left = left;
        while left > 0 && buffer.space() > 0 {
            let Some(byte) = self.bits.drain_byte() else { break };
            buffer.extend(&[byte]);
            left -= 1;
        }
        if left > 0 && self.bits.held() == 0 {
            let wanted = input.get(..left as usize).unwrap_or(input);
            let copied = buffer.extend(wanted);
            *input = input.get(copied..).unwrap_or(&[]);
            left = left.saturating_sub(u32::try_from(copied).unwrap_or(u32::MAX));
        }
        left
    }

    fn counts(&mut self) -> Progress {
        let Some(counts) = self.bits.take(14) else { return Ok(None) };
        self.counts = Counts {
            literals: (counts & 0x1f) as usize + 257,
            distances: (counts >> 5 & 0x1f) as usize + 1,
            lengths: (counts >> 10) as usize + 4,
        };
        if self.counts.literals > 286 || self.counts.distances > 30 {
            return Err("too many length or distance symbols");
        }
        self.length_lengths = [0; 19];
        Ok(Some(State::LengthLengths(0)))
    }

    /// One length of the code of code lengths, three bits.
    fn length_length(&mut self, read: usize) -> Progress {
        if read == self.counts.lengths {
            return self.build_lengths();
        }
        let Some(length) = self.bits.take(3) else { return Ok(None) };
        if let Some(symbol) = ORDER.get(read)
            && let Some(slot) = self.length_lengths.get_mut(*symbol)
        {
            [*slot, ..] = length.to_le_bytes();
        }
        Ok(Some(State::LengthLengths(read + 1)))
    }

    /// One code length, or a run of them (RFC 1951 section 3.2.7).
    fn code_length(&mut self, read: usize) -> Progress {
        let total = self.counts.literals + self.counts.distances;
        if read == total {
            return self.build_codes();
        }
        let (entry, used) = self.lengths.find(self.bits.ahead());
        let (extra, least) = match entry.value {
            16 => (2, 3),
            17 => (3, 3),
            18 => (7, 11),
            _ => (0, 1),
        };
        if used + extra > self.bits.held() {
            return Ok(None);
        }
        self.bits.skip(used);
        let run = least + self.bits.take(extra).unwrap_or(0) as usize;
        let length = match entry.value {
            length @ 0..16 => length.to_le_bytes()[0],
            16 => *read.checked_sub(1).and_then(|i| self.code_lengths.get(i)).ok_or("invalid bit length repeat")?,
            _ => 0,
        };
        if read + run > total {
            return Err("invalid bit length repeat");
        }
        self.set_lengths(read, run, length);
        Ok(Some(State::CodeLengths(read + run)))
    }

    fn set_lengths(&mut self, first: usize, n: usize, length: u8) {
        if let Some(slots) = self.code_lengths.get_mut(first..first + n) {
            slots.fill(length);
        }
    }

    fn build_lengths(&mut self) -> Progress {
        self.lengths.build(&self.length_lengths, true, length_symbol).map_err(|_| "invalid code lengths set")?;
        Ok(Some(State::CodeLengths(0)))
    }

    fn build_codes(&mut self) -> Progress {
        let end = self.counts.literals + self.counts.distances;
        let literals = self.code_lengths.get(..self.counts.literals).unwrap_or(&[]);
        let distances = self.code_lengths.get(self.counts.literals..end).unwrap_or(&[]);
        if literals.get(256).is_none_or(|length| *length == 0) {
            return Err("invalid code -- missing end-of-block");
        }
        self.literals.build(literals, false, literal_symbol).map_err(|_| "invalid literal/lengths set")?;
        self.distances.build(distances, false, distance_symbol).map_err(|_| "invalid distances set")?;
        Ok(Some(State::Symbols))
    }

    /// Symbols to the end of the block, or to a pause.
    fn symbols(&mut self, input: &mut &[u8], buffer: &mut Buffer, start: usize) -> Result<Option<Pause>, &'static str> {
        match buffer.pens() {
            (mut pen, None) => self.write_symbols(input, &mut pen, start),
            (pen, Some(marks)) => self.write_symbols(input, &mut (pen, marks), start),
        }
    }

    fn write_symbols(
        &mut self,
        input: &mut &[u8],
        pen: &mut impl Write,
        start: usize,
    ) -> Result<Option<Pause>, &'static str> {
        let (literals, distances) = if self.fixed { (&FIXED.0, &FIXED.1) } else { (&self.literals, &self.distances) };
        let mut bits = self.bits;
        let result = 'block: loop {
            if pen.space() < LONGEST_COPY + Bits::MOST {
                break Ok(Some(Pause::Room));
            }
            bits.refill(input);
            loop {
                let (entry, used) = literals.find(bits.ahead());
                if used > bits.held() {
                    break 'block Ok(Some(Pause::Input));
                }
                match entry.kind() {
                    Kind::Literal => {
                        bits.skip(used);
                        pen.literal(entry.value.to_le_bytes()[0]);
                        if bits.held() < Bits::LONGEST_SYMBOL {
                            break;
                        }
                    }
                    Kind::Copy => {
                        let found = match back_reference(bits, entry, used, distances) {
                            Ok(found) => found,
                            Err(reason) => break 'block Err(reason),
                        };
                        let Some((length, distance, after)) = found else { break 'block Ok(Some(Pause::Input)) };
                        bits = after;
                        if distance > self.window && self.too_far.is_none_or(|known| known.distance < distance) {
                            self.too_far = Some(TooFar { distance, after: pen.end().saturating_sub(start) });
                        }
                        if !pen.copy(distance, length) {
                            break 'block Err("invalid distance too far back");
                        }
                        break;
                    }
                    Kind::End => {
                        bits.skip(used);
                        break 'block Ok(None);
                    }
                    Kind::Link | Kind::Bad => break 'block Err("invalid literal/length code"),
                }
            }
        };
        self.bits = bits;
        result
    }
}

/// A length and a distance, and the bits after them; `None` where they are not there whole.
#[inline(always)]
fn back_reference(
    bits: Bits,
    entry: Entry,
    used: u32,
    distances: &Distances,
) -> Result<Option<(usize, usize, Bits)>, &'static str> {
    let mut bits = bits;
    bits.skip(used);
    let Some(length) = bits.take(u32::from(entry.extra)) else { return Ok(None) };
    let (code, used) = distances.find(bits.ahead());
    if used > bits.held() {
        return Ok(None);
    }
    if code.kind() != Kind::Copy {
        return Err("invalid distance code");
    }
    bits.skip(used);
    let Some(distance) = bits.take(u32::from(code.extra)) else { return Ok(None) };
    Ok(Some((usize::from(entry.value) + length as usize, usize::from(code.value) + distance as usize, bits)))
}

#[cfg(test)]
#[path = "careful_tests.rs"]
mod tests;

crate::base::pack::pack_enum!(State {
    0 Block, 1 StoredLengths, 2 Stored(left), 3 Counts, 4 LengthLengths(read), 5 CodeLengths(read), 6 Symbols, 7 FinalBlock,
});
crate::base::pack::pack_struct!(Counts { literals, distances, lengths });
crate::base::pack::pack_struct!(Suspended { bits, state, last_block, fixed, code_lengths, length_lengths, counts });
