//! Bytes of a direction that were sent again before they were acknowledged.
//!
//! In: copies of what was handed on. Out: whether the end of the stream was sent several times and never acknowledged.

use super::event::Unacknowledged;
use super::waiting::Placed;
use crate::base::pack::Pack;
use crate::base::{At, limits};

/// Nanoseconds in which nobody sends twice what was lost: half of what two retransmissions take at the least, of systems that
/// wait 200 milliseconds for the first (RFC 6298 section 2.4 says a second).
const RETRANSMISSION: i64 = 300_000_000;

/// What was sent again last.
#[derive(Debug, Default)]
pub(super) struct Repetition(Option<Again>);

#[derive(Debug, Clone, Copy)]
struct Again {
    offset: i64,
    copies: u32,
    first: At,
    last: At,
}

impl Repetition {
    /// A copy came of bytes that were handed on; `first` knows where their first copy arrived, if that is remembered.
    pub(super) fn note(&mut self, copy: &Placed<'_>, acknowledged: i64, first: impl FnOnce() -> Option<At>) {
        let at = copy.chunk.at;
        if copy.offset < acknowledged || copy.chunk.bytes.len() <= 1 {
            return;
        }
        match &mut self.0 {
            Some(again) if again.offset == copy.offset => {
                again.copies = again.copies.saturating_add(1);
                again.last = at;
            }
            // What lies behind others that were sent again is one with them.
            Some(again) if again.offset >= acknowledged && again.offset < copy.offset => {}
            _ => {
                let first = first().unwrap_or(at);
                self.0 = Some(Again { offset: copy.offset, copies: 2, first, last: at });
            }
        }
    }

    /// The last bytes before `next`, where they were sent several times and never acknowledged.
    pub(super) fn unacknowledged(&self, acknowledged: i64, next: i64) -> Option<Unacknowledged> {
        let again = self.0.filter(|again| again.offset >= acknowledged && acknowledged != i64::MIN)?;
        let Again { copies, first, last, .. } = again;
        // What lies before the start of a stream joined mid-way was not handed on.
        let offset = again.offset.max(0);
        let len = next - offset;
        // What a capture of several interfaces has several times was not sent so.
        let enough = copies >= limits::COPIES_UNACKNOWLEDGED && last.time.since(first.time) > RETRANSMISSION && len > 0;
        let (offset, len) = (offset.cast_unsigned(), len.cast_unsigned());
        enough.then_some(Unacknowledged { offset, len, copies, first, last })
    }
}

crate::base::pack::pack_struct!(Again { offset, copies, first, last });

impl Pack for Repetition {
    fn pack(&self, out: &mut Vec<u8>) {
        self.0.pack(out);
    }

    fn unpack(from: &mut &[u8]) -> Option<Repetition> {
        Pack::unpack(from).map(Repetition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Chunk, Origin, Timestamp};

    #[test]
    fn what_lies_before_a_stream_joined_mid_way_is_not_of_its_end() {
        let mut repetition = Repetition::default();
        for time in [1_000_000_000, 2_000_000_000] {
            let at = At { packet: 2, time: Timestamp(time) };
            let chunk = Chunk { bytes: b"abcd", at, origin: Origin::Made };
            repetition.note(&Placed { offset: -1, chunk, cut: 0 }, -1, || Some(At::default()));
        }
        let end = repetition.unacknowledged(-1, 3).unwrap();
        assert_eq!((end.offset, end.len, end.copies), (0, 3, 3));
    }
}
