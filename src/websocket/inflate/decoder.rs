//! The two decoders behind one step: zlib-rs, and [`Careful`].
//!
//! In: compressed bytes, and the buffer that keeps what they make. Out: how far a step came, and what is wrong.

use zlib_rs::{Inflate, InflateFlush, Status};

use super::buffer::Buffer;
use super::careful::{Careful, Pause};
use super::fault::{REASONS, UNSAID};

#[derive(Debug)]
pub(super) enum Decoder {
    /// zlib-rs.
    Fast(Raw),
    /// Ours, which goes on over what is unknown.
    Careful(Box<Careful>),
}

/// zlib-rs, for raw DEFLATE with the largest window.
pub(super) struct Raw(Inflate);

impl Raw {
    pub(super) fn new() -> Raw {
        Raw(Inflate::new(false, 15))
    }

    /// At the start of a block, with nothing to refer to.
    pub(super) fn reset(&mut self) {
        self.0.reset(false);
    }
}

impl std::fmt::Debug for Raw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Raw").field("total_in", &self.0.total_in()).finish_non_exhaustive()
    }
}

/// What one step of a decoder came to.
pub(super) struct Step {
    pub(super) consumed: usize,
    pub(super) produced: usize,
    /// It can go on with the input it has.
    pub(super) more: bool,
    /// A block marked final has ended.
    pub(super) final_block: bool,
    pub(super) flaw: Option<&'static str>,
}

/// zlib-rs at the start of a block, with so much of the buffer's history to refer to.
pub(super) fn restart(raw: &mut Raw, buffer: &Buffer, reach: usize) {
    raw.0.reset(false);
    for run in buffer.history(reach).into_iter().filter(|run| !run.is_empty()) {
        // It fails only on streams with a zlib header, and this one has none. Should that change, a reference to the
        // history will be an error that is shown.
        let _ = raw.0.set_dictionary(run);
    }
}

/// One step of the careful decoder.
pub(super) fn slow(careful: &mut Careful, input: &[u8], buffer: &mut Buffer) -> Step {
    let (mut rest, start) = (input, buffer.end());
    let outcome = careful.feed(&mut rest, buffer);
    Step {
        consumed: input.len() - rest.len(),
        produced: buffer.end() - start,
        more: !matches!(outcome, Ok(Pause::Input)),
        final_block: matches!(outcome, Ok(Pause::FinalBlock)),
        flaw: outcome.err(),
    }
}

/// One step of zlib-rs; `flush` says whether it is to stop behind a block.
pub(super) fn fast(raw: &mut Raw, input: &[u8], buffer: &mut Buffer, flush: InflateFlush) -> Step {
    let raw = &mut raw.0;
    let (before_in, before_out) = (raw.total_in(), raw.total_out());
    let room = buffer.room();
    let room_len = room.len();
    let outcome = raw.decompress(input, room, flush);
    let consumed = difference(raw.total_in(), before_in);
    let produced = difference(raw.total_out(), before_out);
    buffer.commit(produced);
    let final_block = matches!(outcome, Ok(Status::StreamEnd));
    Step {
        consumed,
        produced,
        // Output that fills the room may not be all there is. The end of a final block may take no byte.
        more: (consumed > 0 || produced > 0 || final_block) && (consumed < input.len() || produced == room_len),
        final_block,
        flaw: outcome.err().map(|_| {
            let said = raw.error_message();
            REASONS.iter().copied().find(|reason| said == Some(reason)).unwrap_or(UNSAID)
        }),
    }
}

/// The difference of two totals within one step, which fits a slice's length.
fn difference(after: u64, before: u64) -> usize {
    usize::try_from(after.saturating_sub(before)).unwrap_or(usize::MAX)
}
