//! What of a message is compressed (RFC 7692).
//!
//! In: payload bytes as they are on the wire. Out: what they inflate to, checked and kept as uncompressed ones are, and a Note
//! where they do not.

use super::Assembler;
use super::text::{Utf8, check};
use crate::base::number::wide;
use crate::base::{Code, Hole, Note, Source, limits};
use crate::websocket::events::Look;
use crate::websocket::header::Opcode;
use crate::websocket::inflate::{Access, Inflater, Piece};
use crate::websocket::rules::Inflation;

impl Assembler {
    /// Inflates `plain`, or with `None` what the end of the message releases.
    pub(super) fn inflate(&mut self, plain: Option<&[u8]>, look: Look) {
        let (Some(open), Some(inflation)) = (&mut self.open, self.inflation) else { return };
        let inflater = inflater(&mut self.inflater, inflation, self.history_lost, &self.pool);
        let (utf8, notes, payload, holes) = (&mut self.utf8, &mut self.notes, &mut self.payload, &mut self.holes);
        let (length, unknown) = (&mut open.length, &mut open.unknown);
        let mut out = |piece: Piece<'_>| match piece {
            Piece::Known(bytes) => {
                *length += wide(bytes.len());
                check(utf8, notes, bytes, Source::Inflated);
                if look.messages {
                    payload.push(bytes, limits::MESSAGE_KEPT_BYTES);
                }
            }
            Piece::Unknown(len) => {
                Hole { start: *length, len }.append_to(holes);
                *length += len;
                *unknown += len;
                *utf8 = Utf8::Off;
            }
        };
        let done = match plain {
            Some(plain) => inflater.push_pieces(plain, &mut out),
            None => inflater.finish_pieces(&mut out),
        };
        if let Err(fault) = done
            && !open.faulty
        {
            open.faulty = true;
            notes.push(fault.note());
            if fault.is_loss() {
                open.broken = true;
                self.utf8 = Utf8::Off;
            }
        }
    }

    /// Of a message some of which is compressed a frame has ended, the last with `fin`: inflates what that releases.
    pub(super) fn inflate_rest(&mut self, fin: bool, look: Look) {
        let inflating = self.open.is_some_and(|open| open.inflating);
        let per_frame = self.inflation.is_some_and(|inflation| inflation.per_frame);
        if if per_frame { inflating } else { fin } {
            self.inflate(None, look);
        }
    }

    /// The message under way has ended, and may be compressed although nothing allows it.
    #[cold]
    pub(super) fn inflate_guess(&mut self) {
        let Some(open) = &mut self.open else { return };
        let Some(text) = self.guess.inflate(open.opcode == Opcode::Text, &self.pool).filter(|_| !open.broken) else {
            return;
        };
        let detail = format!("{} bytes inflate to {}", open.wire_length, text.len());
        self.notes.push(Note::new(Code::InflateGuess).with_detail(detail));
        self.payload.take();
        self.payload.push(&text, limits::MESSAGE_KEPT_BYTES);
        open.compressed = true;
        open.length = wide(text.len());
        open.guessed = true;
    }
}

/// The inflater of a direction, made when it is first wanted; `lost`: messages before that are not known.
pub(super) fn inflater<'p>(
    place: &'p mut Option<Box<Inflater>>,
    inflation: Inflation,
    lost: bool,
    pool: &Access,
) -> &'p mut Inflater {
    place.get_or_insert_with(|| {
        let (window, takeover) = (inflation.window_bits, inflation.takeover);
        let mut inflater = Box::new(Inflater::with_access(window, takeover, pool.clone()));
        if lost {
            inflater.lose_history();
        }
        inflater
    })
}
