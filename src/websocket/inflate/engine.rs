//! The fast path: zlib-rs, where the whole history is known.

use flate2::{Decompress, FlushDecompress, Status};

use super::buffer::Buffer;
use super::{InflateFault, Piece};
use crate::base::limits;

/// What its sender took off the message (RFC 7692 section 7.2.1, step 3), and after it one more empty stored block: a
/// decoder that is not where it should be at the end of a message is caught by that block, as it then makes bytes or
/// fails. (From inside a stored block's header, for one, the tail alone is silently taken for lengths.)
const TAIL: [u8; 9] = [0x00, 0x00, 0xff, 0xff, 0x00, 0x00, 0x00, 0xff, 0xff];

/// A last octet with any of these bits cannot hold the end of a stored block's header: three bits of zero, then padding
/// of zero.
const NOT_A_STORED_HEADER: u8 = 0xe0;

/// A decoder and its buffer, with the account of the message under way.
#[derive(Debug)]
pub struct Engine {
    raw: Decompress,
    buffer: Buffer,
    consumed: u64,
    produced: u64,
    /// The last compressed byte of the message.
    last: Option<u8>,
    /// A block marked final has been passed in this message.
    after_final: bool,
    /// The decoder stands at the start of a block for certain: it has read nothing since it was put there.
    at_block: bool,
    fault: Option<InflateFault>,
}

/// What one step of the decoder came to.
struct Step {
    consumed: usize,
    produced: usize,
    outcome: Result<Status, &'static str>,
}

impl Engine {
    /// A decoder whose next message may refer to `history`.
    pub fn new(history: &[u8]) -> Engine {
        let mut engine = Engine {
            raw: Decompress::new(false),
            buffer: Buffer::with_history(history),
            consumed: 0,
            produced: 0,
            last: None,
            after_final: false,
            at_block: true,
            fault: None,
        };
        engine.raw_from_history();
        engine
    }

    /// No message is under way.
    pub fn is_between_messages(&self) -> bool {
        self.last.is_none() && self.fault.is_none()
    }

    /// The last bytes that the next message may refer to, at most `window`.
    pub fn history(&self, window: usize) -> &[u8] {
        let history = self.buffer.history();
        history.get(history.len().saturating_sub(window)..).unwrap_or(history)
    }

    /// As [`super::Inflater::push_pieces`].
    pub fn push(&mut self, compressed: &[u8], out: &mut dyn FnMut(Piece<'_>)) -> Result<(), InflateFault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if let Some(last) = compressed.last() {
            self.last = Some(*last);
        }
        let mut rest = compressed;
        loop {
            let more = self.feed(&mut rest);
            self.buffer.emit(out);
            if !more? {
                return Ok(());
            }
        }
    }

    /// Compressed bytes are missing here.
    pub fn hole(&mut self) {
        self.fault.get_or_insert(InflateFault::Hole { consumed: self.consumed, produced: self.produced });
    }

    /// As [`super::Inflater::finish_pieces`].
    pub fn finish(&mut self, takeover: bool) -> Result<(), InflateFault> {
        let result = match self.fault {
            Some(fault) => Err(fault),
            None => self.feed_tail(),
        };
        if !takeover || self.fault.is_some() {
            self.buffer.clear();
            self.raw_from_history();
        }
        self.consumed = 0;
        self.produced = 0;
        self.last = None;
        self.after_final = false;
        self.fault = None;
        result
    }

    /// One call of the decoder. `Ok(false)` where it wants more than `input` has.
    fn feed(&mut self, input: &mut &[u8]) -> Result<bool, InflateFault> {
        let room = self.buffer.room();
        let room_len = room.len();
        let step = step(&mut self.raw, input, room);
        *input = input.get(step.consumed..).unwrap_or(&[]);
        self.buffer.commit(step.produced);
        self.at_block &= step.consumed == 0;
        self.consumed += step.consumed as u64;
        self.produced += step.produced as u64;
        match step.outcome {
            Err(reason) => return Err(self.invalid(reason)),
            Ok(Status::StreamEnd) => {
                // RFC 7692 section 7.2.3.5: more blocks may follow, and may refer to what stands before.
                self.after_final = true;
                self.raw_from_history();
            }
            Ok(Status::Ok | Status::BufError) => {}
        }
        if self.produced > limits::INFLATED_BYTES {
            let fault = InflateFault::Cap { produced: self.produced };
            self.fault = Some(fault);
            return Err(fault);
        }
        let idle = step.consumed == 0 && step.produced == 0;
        Ok(!idle && (!input.is_empty() || step.produced == room_len))
    }

    /// Puts the tail back and sees whether the message ended where it should.
    fn feed_tail(&mut self) -> Result<(), InflateFault> {
        let unfinished = InflateFault::Unfinished { consumed: self.consumed, produced: self.produced };
        let Some(last) = self.last else { return Err(unfinished) };
        if self.at_block {
            // It ends with a final block and lacks the empty one after it. The next message is none the worse for it.
            return Err(unfinished);
        }
        let mut tail = &TAIL[..];
        let mut sound = last & NOT_A_STORED_HEADER == 0;
        while sound {
            match self.feed(&mut tail) {
                Ok(true) => {}
                Ok(false) => break,
                Err(_) => sound = false,
            }
        }
        if sound && tail.is_empty() && !self.buffer.retract() {
            return Ok(());
        }
        self.buffer.retract();
        self.fault = Some(unfinished);
        Err(unfinished)
    }

    fn invalid(&mut self, reason: &'static str) -> InflateFault {
        let (consumed, produced) = (self.consumed, self.produced);
        let fault = if self.after_final {
            InflateFault::AfterFinal { reason, consumed, produced }
        } else {
            InflateFault::Invalid { reason, consumed, produced }
        };
        self.fault = Some(fault);
        fault
    }

    /// The decoder at the start of a block, with the buffer's history to refer to.
    fn raw_from_history(&mut self) {
        self.raw.reset(false);
        self.at_block = true;
        let history = self.buffer.history();
        // It fails only on streams with a zlib header, and this one has none. Should that change, references to the
        // history would fail with an error that is shown.
        if !history.is_empty() && self.raw.set_dictionary(history).is_err() {
            self.buffer.clear();
        }
    }
}

fn step(raw: &mut Decompress, input: &[u8], room: &mut [u8]) -> Step {
    let (before_in, before_out) = (raw.total_in(), raw.total_out());
    let outcome = raw.decompress(input, room, FlushDecompress::Sync).map_err(|error| {
        REASONS.iter().copied().find(|reason| error.message() == Some(reason)).unwrap_or(UNKNOWN_REASON)
    });
    Step { consumed: count(raw.total_in(), before_in), produced: count(raw.total_out(), before_out), outcome }
}

/// The difference of two totals within one step, which fits a slice's length.
fn count(after: u64, before: u64) -> usize {
    usize::try_from(after.saturating_sub(before)).unwrap_or(usize::MAX)
}

/// What zlib-rs says of bytes that are not DEFLATE; its words live as long as its error only.
const REASONS: [&str; 14] = [
    "invalid block type",
    "invalid stored block lengths",
    "too many length or distance symbols",
    "invalid code lengths set",
    "invalid bit length repeat",
    "invalid code -- missing end-of-block",
    "invalid literal/lengths set",
    "invalid distances set",
    "invalid literal/length code",
    "invalid distance code",
    "invalid distance code too far back",
    "invalid distance too far back",
    "invalid window size",
    "incorrect data check",
];

const UNKNOWN_REASON: &str = "invalid DEFLATE data";
