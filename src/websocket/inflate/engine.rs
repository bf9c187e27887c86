//! One message after another through a decoder: zlib-rs where the whole history is known and no distance can be too
//! far, [`Careful`] otherwise. Keeps the account of the message under way and knows what the next one may refer to.

use zlib_rs::InflateFlush;

use super::account::Account;
use super::alone::Alone;
use super::buffer::{Buffer, HISTORY, History};
use super::careful::{Careful, Suspended};
use super::decoder::{Decoder, Raw, fast, restart, slow};
use super::fault::{TOO_FAR, UNSAID};
use super::wrapper::{self, Begins};
use super::{InflateFault, Piece};
use crate::base::limits;
use crate::base::number::{at_most, wide};

/// What its sender took off the message (RFC 7692 section 7.2.1, step 3), and after it one more empty stored block. A
/// decoder that is where it should be at the end of a message ends a block with the first four bytes, neither sooner nor
/// later. One that is not is caught there, or by the block after them, as it then makes bytes or fails. (Inside the
/// header of a block with its own codes it would take all nine for code lengths, and say nothing.)
const TAIL: [u8; 9] = [0x00, 0x00, 0xff, 0xff, 0x00, 0x00, 0x00, 0xff, 0xff];

/// Bytes of it that the sender took off.
const TAKEN_OFF: usize = 4;

/// The same as the end of a message that keeps it.
const TAIL_KEPT: u32 = 0x0000_ffff;

/// A piece that zlib-rs reads bit by bit, bytes.
const SHORT: usize = 8;

/// A last octet with any of these bits cannot hold the end of a stored block's header: three bits of zero, then padding
/// of zero.
const NOT_A_STORED_HEADER: u8 = 0xe0;

/// A decoder and its buffer, with the account of the message under way.
#[derive(Debug)]
pub struct Engine {
    decoder: Decoder,
    buffer: Buffer,
    window: usize,
    message: Account,
    /// Where the next message may not refer to earlier ones, and what these held is there all the same.
    alone: Option<Box<Alone>>,
}

/// All of an engine that its owner cannot do without, parked.
#[derive(Debug, Default)]
pub struct Parked {
    history: History,
    message: Account,
    /// The careful decoder inside a message.
    decoder: Option<Suspended>,
}

impl From<History> for Parked {
    fn from(history: History) -> Parked {
        Parked { history, ..Parked::default() }
    }
}

impl Parked {
    /// A message whose beginning was given up.
    pub fn broken_off() -> Parked {
        let mut parked = Parked::from(History::unknown());
        parked.message.stop(InflateFault::Crowded);
        parked
    }

    /// Bytes it takes, about.
    pub fn bytes(&self) -> usize {
        size_of::<Parked>() + self.history.bytes()
    }
}

impl Engine {
    /// Bytes it takes, about: zlib-rs's state and window, and the buffer.
    pub const BYTES: usize = 45 * 1024 + Buffer::BYTES;

    /// A decoder that goes on from what was parked; references may reach `window` bytes back.
    pub fn new(parked: Parked, window: usize) -> Engine {
        let mut engine = Engine {
            decoder: Decoder::Fast(Raw::new()),
            buffer: Buffer::new(),
            window,
            message: Account::default(),
            alone: None,
        };
        engine.reopen(parked, window);
        engine
    }

    /// As [`Engine::new`], without making anything anew.
    pub fn reopen(&mut self, parked: Parked, window: usize) {
        self.window = window;
        self.alone = None;
        self.buffer.restore(&parked.history);
        self.message = parked.message;
        match parked.decoder {
            Some(suspended) => self.decoder = Decoder::Careful(Box::new(Careful::resume(suspended, window))),
            None => self.choose_decoder(),
        }
    }

    /// What the owner cannot do without. In a message that zlib-rs reads that is only what the next one may refer to.
    pub fn park(&self) -> Parked {
        let history = self.buffer.park(self.window);
        match &self.decoder {
            Decoder::Careful(careful) if !self.message.is_blank() => {
                Parked { history, message: self.message, decoder: Some(careful.suspend()) }
            }
            _ if self.message.is_blank() => Parked::from(history),
            Decoder::Fast(_) if self.message.fault.is_some() => {
                Parked { history, message: self.message, decoder: None }
            }
            _ => Parked::broken_off(),
        }
    }

    /// What the next message may refer to, where all of it is known and no message is under way.
    pub fn window(&self) -> Option<Vec<u8>> {
        if self.is_between_messages() { self.buffer.park(self.window).into_known(self.window) } else { None }
    }

    /// Its next message goes to the careful decoder, whose state can be parked.
    pub fn be_careful(&mut self) {
        if let Decoder::Fast(_) = self.decoder
            && self.is_between_messages()
        {
            if self.alone.take().is_some() {
                self.buffer.clear();
            }
            let history = self.buffer.park(self.window);
            self.buffer.restore(&history);
            self.decoder = Decoder::Careful(Box::new(Careful::new(self.window)));
        }
    }

    #[cfg(test)]
    pub fn is_fast(&self) -> bool {
        matches!(self.decoder, Decoder::Fast(_))
    }

    /// No message is under way.
    pub fn is_between_messages(&self) -> bool {
        self.message.is_blank()
    }

    /// A message is under way that cannot be parked.
    pub fn is_held(&self) -> bool {
        matches!(self.decoder, Decoder::Fast(_)) && !self.message.is_blank() && self.message.fault.is_none()
    }

    /// As [`super::Inflater::push_pieces`].
    pub fn push(&mut self, compressed: &[u8], out: &mut dyn FnMut(Piece<'_>)) -> Result<(), InflateFault> {
        if let Some(fault) = self.message.fault {
            return Err(fault);
        }
        let (Some(first), Some(last)) = (compressed.first(), compressed.last()) else { return Ok(()) };
        if self.message.lead.is_open() || self.message.last.is_none() && wrapper::may_begin(*first) {
            return self.push_lead(compressed, out);
        }
        self.message.last = Some(*last);
        self.message.ending = ending(self.message.ending, compressed);
        if self.message.is_unwrapped() {
            // A checksum, and a length.
            return Ok(());
        }
        self.push_blocks(compressed, out)
    }

    /// Bytes of blocks, after which others may come.
    fn push_blocks(&mut self, compressed: &[u8], out: &mut dyn FnMut(Piece<'_>)) -> Result<(), InflateFault> {
        if let Some(alone) = &mut self.alone {
            alone.push(compressed);
        }
        let mut rest = compressed;
        loop {
            let more = self.feed(&mut rest, InflateFlush::SyncFlush);
            self.buffer.emit(out);
            // In a long piece zlib-rs says only that it failed.
            if matches!(more, Err(InflateFault::Invalid { reason: TOO_FAR | UNSAID, .. })) && self.alone.is_some() {
                return self.reach_back(compressed, out);
            }
            if !more? || self.message.is_unwrapped() {
                return Ok(());
            }
        }
    }

    /// The message is broken, or refers to those before it, and may not: once more from its beginning, with what they held.
    /// Where that goes further it is the latter.
    #[cold]
    fn reach_back(&mut self, piece: &[u8], out: &mut dyn FnMut(Piece<'_>)) -> Result<(), InflateFault> {
        let Account { fault, last, ending, wrapper, consumed, produced, .. } = self.message;
        let alone = self.alone.take().unwrap_or_default();
        let (Some((kept, rest)), Decoder::Fast(raw)) = (alone.whole(piece, consumed, produced), &mut self.decoder)
        else {
            return fault.map_or(Ok(()), Err);
        };
        self.buffer.rewind(alone.start, alone.older_end);
        restart(raw, &self.buffer, HISTORY);
        self.message = Account { last, ending, wrapper, reached_back: true, ..Account::default() };
        let mut told = produced;
        let again = &mut |piece: Piece<'_>| match piece {
            Piece::Known(bytes) => {
                let skipped = at_most(told, bytes.len());
                told -= wide(skipped);
                out(Piece::Known(bytes.get(skipped..).unwrap_or(&[])));
            }
            Piece::Unknown(_) => out(piece),
        };
        // In short pieces zlib-rs says what is wrong.
        let pieces = kept.chunks(SHORT).chain([rest]).filter(|piece| !piece.is_empty());
        let done =
            pieces.map(|piece| if self.message.is_unwrapped() { Ok(()) } else { self.push_blocks(piece, again) });
        let done = done.collect::<Result<(), InflateFault>>();
        self.message.reached_back = done.is_ok() || self.message.produced > produced;
        done
    }

    /// The first bytes of a message, which may be the header of a wrapper.
    #[cold]
    fn push_lead(&mut self, compressed: &[u8], out: &mut dyn FnMut(Piece<'_>)) -> Result<(), InflateFault> {
        let taken = self.message.lead.push(compressed);
        self.message.last = compressed.last().copied();
        self.message.ending = ending(self.message.ending, compressed);
        let begins = self.message.lead.begins();
        if begins == Begins::Open && !self.message.lead.is_full() {
            return Ok(());
        }
        self.end_lead(begins, out)?;
        match compressed.get(taken..) {
            Some(rest) if !rest.is_empty() && !self.message.is_unwrapped() => self.push_blocks(rest, out),
            _ => Ok(()),
        }
    }

    /// It is known what the first bytes of a message are.
    fn end_lead(&mut self, begins: Begins, out: &mut dyn FnMut(Piece<'_>)) -> Result<(), InflateFault> {
        let lead = std::mem::take(&mut self.message.lead);
        let skipped = match begins {
            Begins::Wrapped(header) => header,
            Begins::Bare | Begins::Open => 0,
        };
        if skipped > 0 {
            self.message.wrapper = lead.bytes().first_chunk::<2>().copied();
            self.message.consumed += skipped as u64;
        }
        self.push_blocks(lead.bytes().get(skipped..).unwrap_or(&[]), out)
    }

    /// Compressed bytes are missing here.
    pub fn hole(&mut self) {
        let Account { consumed, produced, .. } = self.message;
        self.message.stop(InflateFault::Hole { consumed, produced });
    }

    /// What came before the next message is unknown.
    pub fn lose_history(&mut self) {
        self.alone = None;
        self.buffer.lose();
        self.choose_decoder();
    }

    /// As [`super::Inflater::finish`]; says besides whether the message referred to one before it, and may not.
    pub fn finish(&mut self, takeover: bool, out: &mut dyn FnMut(Piece<'_>)) -> (Result<(), InflateFault>, bool) {
        if self.message.lead.is_open()
            && let Err(fault) = self.end_lead(Begins::Bare, out)
        {
            self.message.stop(fault);
        }
        if self.message.fault.is_none()
            && let Err(fault) = self.end_blocks()
        {
            self.message.stop(fault);
        }
        let Account { fault, too_far, reached_back, .. } = self.message;
        if fault.is_some() {
            // It was put to the test, and may be anywhere.
            self.reseat();
        }
        self.end_message(takeover || reached_back, fault.is_some_and(|fault| !fault.is_harmless()));
        let harmless = reached_back.then_some(InflateFault::ReachedBack).or(too_far);
        (fault.or(harmless).map_or(Ok(()), Err), reached_back)
    }

    /// Sees whether the message ended where it should.
    fn end_blocks(&mut self) -> Result<(), InflateFault> {
        let Some([first, second]) = self.message.wrapper else { return self.feed_tail() };
        if !self.message.after_final {
            self.feed_tail()?;
        }
        Err(InflateFault::Wrapped { first, second })
    }

    /// zlib-rs at the start of a block again, with what it had made.
    #[cold]
    fn reseat(&mut self) {
        if let Decoder::Fast(raw) = &mut self.decoder {
            restart(raw, &self.buffer, HISTORY);
        }
    }

    fn end_message(&mut self, takeover: bool, broken: bool) {
        self.message = Account::default();
        if !takeover && !broken && !self.buffer.has_unknown() && self.window == HISTORY {
            return self.end_alone();
        }
        self.alone = None;
        if !takeover {
            self.buffer.clear();
        } else if broken {
            self.buffer.lose();
        }
        if !takeover || broken || matches!(self.decoder, Decoder::Careful(_)) {
            self.choose_decoder();
        }
    }

    /// The next message may not refer to what came before. That stays where it is, for one that does so all the same.
    fn end_alone(&mut self) {
        self.buffer.wrap();
        let (start, older_end) = self.buffer.places();
        self.alone.get_or_insert_default().begin(start, older_end);
        match &mut self.decoder {
            Decoder::Fast(raw) => raw.reset(),
            Decoder::Careful(_) => self.decoder = Decoder::Fast(Raw::new()),
        }
    }

    /// One call of the decoder, and the account of it. (`flush` is zlib-rs's: whether it is to stop behind a block.) `Ok(false)` where it wants more than `input` has.
    fn feed(&mut self, input: &mut &[u8], flush: InflateFlush) -> Result<bool, InflateFault> {
        let step = match &mut self.decoder {
            Decoder::Fast(raw) => {
                self.buffer.wrap();
                fast(raw, input, &mut self.buffer, flush)
            }
            Decoder::Careful(careful) => {
                self.buffer.slide();
                let step = slow(careful, input, &mut self.buffer);
                if let Some(found) = careful.take_too_far() {
                    self.message.too_far(found, self.window);
                }
                step
            }
        };
        self.message.in_block |= step.consumed > 0;
        self.message.consumed += step.consumed as u64;
        self.message.produced += step.produced as u64;
        *input = input.get(step.consumed..).unwrap_or(&[]);
        if let Some(reason) = step.flaw {
            return Err(self.message.invalid(reason));
        }
        if step.final_block {
            // RFC 7692 section 7.2.3.5: more blocks may follow, and may refer to what stands before.
            self.message.after_final = true;
            self.message.in_block = false;
            if let Decoder::Fast(raw) = &mut self.decoder {
                // A message that may not refer to earlier ones may refer to its own blocks.
                let own = at_most(self.message.produced, HISTORY);
                restart(raw, &self.buffer, if self.alone.is_some() { own } else { HISTORY });
            }
        }
        if self.message.produced > limits::INFLATED_BYTES {
            return Err(self.message.stop(InflateFault::Cap { produced: self.message.produced }));
        }
        Ok(step.more)
    }

    /// Puts the tail back and sees whether the message ended where it should.
    fn feed_tail(&mut self) -> Result<(), InflateFault> {
        let Account { consumed, produced, .. } = self.message;
        let unfinished = InflateFault::Unfinished { consumed, produced };
        if self.is_at_block() || self.message.last.is_some_and(|last| last & NOT_A_STORED_HEADER != 0) {
            let kept = self.message.ending == TAIL_KEPT;
            return Err(match self.stands_at_block() {
                true if kept => InflateFault::TailKept { consumed },
                true => InflateFault::NoTail { consumed, produced },
                false => unfinished,
            });
        }
        let mut tail = match self.decoder {
            Decoder::Fast(_) => &TAIL[..],
            Decoder::Careful(_) => TAIL.get(..TAKEN_OFF).unwrap_or(&[]),
        };
        if matches!(self.decoder, Decoder::Fast(_)) {
            let ended = self.feed(&mut tail, InflateFlush::Block);
            if ended.is_err() || TAIL.len() - tail.len() != TAKEN_OFF {
                self.buffer.retract();
                return Err(unfinished);
            }
        }
        loop {
            match self.feed(&mut tail, InflateFlush::SyncFlush) {
                Ok(true) => {}
                Ok(false) => break,
                Err(_) => {
                    self.buffer.retract();
                    return Err(unfinished);
                }
            }
        }
        if self.buffer.retract() || !tail.is_empty() {
            return Err(unfinished);
        }
        match &self.decoder {
            Decoder::Careful(careful) if !careful.is_at_block() => Err(unfinished),
            _ => Ok(()),
        }
    }

    /// The decoder stands at the start of a block. Where it does not tell, it is put to the test, and no good after it if it
    /// does not: an empty stored block is read, and nothing comes of it, and then another one.
    fn stands_at_block(&mut self) -> bool {
        if self.is_at_block() {
            return true;
        }
        if let Decoder::Careful(_) = self.decoder {
            return false;
        }
        let empties = (0..2).all(|_| {
            let mut empty = TAIL.get(TAKEN_OFF..).unwrap_or(&[]);
            self.feed(&mut empty, InflateFlush::Block).is_ok() && empty.is_empty()
        });
        !self.buffer.retract() && empties
    }

    /// The decoder stands at the start of a block for certain. (zlib-rs tells only where a final block ended.)
    fn is_at_block(&self) -> bool {
        match &self.decoder {
            Decoder::Fast(_) => !self.message.in_block,
            Decoder::Careful(careful) => careful.is_at_block(),
        }
    }

    /// At the start of a message: the decoder that its history allows, at the start of a block.
    fn choose_decoder(&mut self) {
        let careful = self.buffer.has_unknown() || self.window < HISTORY;
        match &mut self.decoder {
            Decoder::Careful(decoder) if careful => decoder.restart(self.window),
            Decoder::Fast(raw) if !careful => restart(raw, &self.buffer, HISTORY),
            decoder if careful => *decoder = Decoder::Careful(Box::new(Careful::new(self.window))),
            decoder => {
                let mut raw = Raw::new();
                restart(&mut raw, &self.buffer, HISTORY);
                *decoder = Decoder::Fast(raw);
            }
        }
    }
}

/// The last four bytes of a message of which these were the last four, and these come.
fn ending(before: u32, bytes: &[u8]) -> u32 {
    let last = bytes.get(bytes.len().saturating_sub(4)..).unwrap_or(bytes);
    last.iter().fold(before, |ending, byte| ending << 8 | u32::from(*byte))
}

crate::base::pack::pack_struct!(Parked { history, message, decoder });
