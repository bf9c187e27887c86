//! A compressed message inflates: that is hardly ever chance.
//!
//! In: frames of a chain that hold a whole message with RSV1 set, as permessage-deflate has it (RFC 7692 section 7.2.2).
//! Out: what it counts that their payload is DEFLATE, ends where the frame does, and holds text where it says so. What
//! they refer back to may lie before the capture, and is unknown.

use super::evidence::{NOT_TEXT, is_control};
use super::glance::Steps;
use crate::websocket::header::{Header, Opcode};
use crate::websocket::inflate::{Inflater, Piece};
use crate::websocket::mask;

/// Longest payload tried.
const LONGEST: usize = 4096;

/// Most frames of a chain that are tried: who hears a server alone counts as many.
const FRAMES: u8 = 8;

/// What a payload of six bytes and more counts: of random ones hardly one in 10,000 is DEFLATE to its last byte.
const INFLATES: f32 = 12.0;

/// The trials of a chain: messages may refer to those before.
pub(super) struct Trial {
    inflater: Option<Inflater>,
    left: u8,
}

impl Trial {
    pub(super) fn new() -> Trial {
        Trial { inflater: None, left: FRAMES }
    }

    /// What a frame counts whose captured payload begins with `captured`; nothing where it is not tried.
    pub(super) fn bits(&mut self, captured: &[u8], header: &Header, steps: &mut Steps) -> Option<f32> {
        let whole = header.fin && header.rsv == 4 && matches!(header.opcode, Opcode::Text | Opcode::Binary);
        if !whole || header.length < 2 {
            return None;
        }
        let payload = usize::try_from(header.length).ok().filter(|length| *length <= LONGEST);
        let payload = captured.get(..payload?)?;
        self.left = self.left.checked_sub(1)?;
        steps.spend_if_many(Steps::TRIAL + payload.len() / 16)?;
        let mut plain = Vec::new();
        let payload = match header.masking_key {
            Some(key) => {
                mask::unmask_into(payload, key, 0, &mut plain);
                &plain
            }
            None => payload,
        };
        let inflater = self.inflater.get_or_insert_with(|| {
            let mut inflater = Inflater::new(15, true);
            inflater.lose_history();
            inflater
        });
        let mut controls = 0u32;
        let mut count = |piece: Piece<'_>| {
            if let Piece::Known(bytes) = piece {
                controls += bytes.iter().map(|byte| u32::from(is_control(*byte))).sum::<u32>();
            }
        };
        let result = inflater.push_pieces(payload, &mut count).and_then(|()| inflater.finish_pieces(&mut count));
        if result.is_err() {
            self.inflater = None;
            return Some(NOT_TEXT);
        }
        // Text protocols use some: STOMP ends with NUL.
        let controls = if header.opcode == Opcode::Text { controls as f32 } else { 0.0 };
        Some((INFLATES.min(2.0 * payload.len() as f32) - 4.0 * controls).max(NOT_TEXT))
    }
}
