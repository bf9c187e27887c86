//! Frames that only their shape vouches for, and whose shape turns out impossible.
//!
//! In: headers of a connection joined mid-stream. Out: the place is lost where one cannot be, and what follows is searched
//! like the bytes behind a gap; where that happens again and again, or no frame is found behind it, the connection is no
//! WebSocket: that is noted, and nothing more is read of it.

use super::DirectionReader;
use crate::base::{At, Code, Note};
use crate::websocket::across::Watched;
use crate::websocket::check;
use crate::websocket::events::Events;
use crate::websocket::header::Header;

/// What a header that cannot be weighs, in frames that can be.
const IMPOSSIBLE: u8 = 4;

/// As much is believed of no connection: three such headers with few frames between them.
const MOST: u8 = 11;

/// Such headers, in all: each costs a search.
const MOST_IN_ALL: u8 = 32;

/// What speaks against the frames of a direction.
#[derive(Debug, Default)]
pub(super) struct Doubt {
    weight: u8,
    times: u8,
}

impl DirectionReader {
    /// A header that begins here cannot be: says so, after the place was lost.
    #[cold]
    pub(super) fn doubts<E: Events>(
        &mut self,
        header: &Header,
        header_len: u8,
        at: At,
        events: &mut Watched<'_, E>,
    ) -> bool {
        if check::can_be(self.direction, header) {
            self.doubt.weight = self.doubt.weight.saturating_sub(1);
            return false;
        }
        self.doubt.weight = self.doubt.weight.saturating_add(IMPOSSIBLE);
        self.doubt.times = self.doubt.times.saturating_add(1);
        self.lose_place(0);
        let lost = self.lost.get_or_insert_default();
        lost.passed += u64::from(header_len);
        lost.doubted = true;
        if self.doubt.weight > MOST || self.doubt.times > MOST_IN_ALL {
            self.withdraw(at, events);
        }
        true
    }

    /// The connection is no WebSocket.
    pub(super) fn withdraw<E: Events>(&mut self, at: At, events: &mut Watched<'_, E>) {
        if !std::mem::replace(&mut events.across.withdrawn, true) {
            let detail = format!("what the {} sends", self.direction.name());
            self.overall.push(Note::new(Code::MidStreamWithdrawn).with_detail(detail).with_at(at));
        }
    }
}

crate::base::pack::pack_struct!(Doubt { weight, times });
