//! The blocks that hold a packet: enhanced, simple and obsolete.
//!
//! In: the bytes of one whole block. Out: a packet, its comments, the count of packets lost before it. A packet that
//! claims more bytes than its block has is taken as far as it goes; one of an interface that was not described cannot be
//! read, for want of a link type, and is counted.

use super::block::join;
use super::copied::SIMPLE_HEAD;
use super::option::{COMMENT, Options};
use super::order::Order;
use super::{Desk, Local, Pcapng};
use crate::base::Timestamp;
use crate::capture::batch::Found;
use crate::capture::warning::Damage;

/// Bytes of an enhanced or obsolete packet block before its packet.
const HEAD: usize = 28;

/// What a block says of its packet.
struct Said {
    time: Timestamp,
    /// Bytes of the block before the packet's.
    head: usize,
    captured: u32,
    wire: u32,
}

impl Pcapng {
    /// An enhanced packet block (section 4.3). With `plain`, only one that is in order is taken; otherwise `false` says
    /// that something is odd about it.
    #[inline]
    pub(super) fn enhanced(&self, desk: &mut Desk<'_, '_>, at: usize, block: &[u8], order: Order, plain: bool) -> bool {
        let field = |at| order.u32_at(block, at);
        let (Some(number), Some(high), Some(low), Some(captured), Some(wire)) =
            (field(8), field(12), field(16), field(20), field(24))
        else {
            return !plain && self.unreadable(desk, at, block);
        };
        let Some(local @ Local { index: Some(index), clock, .. }) = self.interfaces.get(number as usize) else {
            return !plain && self.stray(desk, at, block.len(), number);
        };
        if plain && captured as usize > block.len().saturating_sub(HEAD + 4) {
            return false;
        }
        let said = Said { time: clock.time(join(high, low)), head: HEAD, captured, wire };
        let rest = self.take(desk, at, block, (*index, local), &said);
        // The smallest option takes four bytes.
        if rest.len() > 4 {
            self.options(desk, rest, *index, order);
        }
        true
    }

    /// A simple packet block (section 4.4): of the first interface, without a time.
    pub(super) fn simple(&self, desk: &mut Desk<'_, '_>, at: usize, block: &[u8]) {
        let Some(wire) = self.order.u32_at(block, 8).filter(|_| block.len() >= 16) else {
            self.unreadable(desk, at, block);
            return;
        };
        let Some(local @ Local { index: Some(index), snaplen, .. }) = self.interfaces.first() else {
            self.stray(desk, at, block.len(), 0);
            return;
        };
        let captured = if *snaplen == 0 { wire } else { wire.min(*snaplen) };
        let said = Said { time: Timestamp(0), head: SIMPLE_HEAD, captured, wire };
        self.take(desk, at, block, (*index, local), &said);
    }

    /// An obsolete packet block (appendix A): as an enhanced one, its interface and a count of lost packets in 16 bits.
    pub(super) fn obsolete(&self, desk: &mut Desk<'_, '_>, at: usize, block: &[u8]) {
        let order = self.order;
        let half = |at| order.u16_at(block, at);
        let field = |at| order.u32_at(block, at);
        let (Some(number), Some(lost), Some(high), Some(low), Some(captured), Some(wire)) =
            (half(8), half(10), field(12), field(16), field(20), field(24))
        else {
            self.unreadable(desk, at, block);
            return;
        };
        let Some(local @ Local { index: Some(index), clock, .. }) = self.interfaces.get(usize::from(number)) else {
            self.stray(desk, at, block.len(), number.into());
            return;
        };
        let said = Said { time: clock.time(join(high, low)), head: HEAD, captured, wire };
        let rest = self.take(desk, at, block, (*index, local), &said);
        // 0xffff says that the count is not known.
        if lost != u16::MAX {
            desk.about.lost_between_packets(*index, lost.into());
        }
        self.options(desk, rest, *index, order);
    }

    /// Takes the packet of a block; gives what follows it there, up to the trailing length.
    #[inline]
    fn take<'b>(
        &self,
        desk: &mut Desk<'_, '_>,
        at: usize,
        block: &'b [u8],
        (interface, local): (u16, &Local),
        said: &Said,
    ) -> &'b [u8] {
        let end = block.len().saturating_sub(4);
        let room = u32::try_from(end.saturating_sub(said.head)).unwrap_or(u32::MAX);
        let len = said.captured.min(room);
        desk.out.push(Found {
            time: said.time,
            start: at + said.head,
            len,
            // A packet cannot have been shorter on the wire than what was kept of it.
            wire_len: said.wire.max(len),
            interface,
            link: local.link,
        });
        if len < said.captured {
            let damage = Damage::Overlong { claimed: said.captured.into(), taken: len.into() };
            desk.log.add(desk.window.position(at), desk.out.last_number(), 0, damage);
            desk.shorten_copy(at, block, said.head, len, self.order);
        }
        block.get(said.head + (len as usize).next_multiple_of(4)..end).unwrap_or_default()
    }

    /// Comments and lost packets, as the options of a packet tell them.
    #[cold]
    fn options(&self, desk: &mut Desk<'_, '_>, bytes: &[u8], interface: u16, order: Order) {
        const DROP_COUNT: u16 = 4;
        for (code, value) in Options::new(bytes, order) {
            match (code, value.first_chunk()) {
                (COMMENT, _) => desk.out.comment(&String::from_utf8_lossy(value)),
                (DROP_COUNT, Some(count)) => desk.about.lost_between_packets(interface, order.u64(*count)),
                _ => {}
            }
        }
    }

    /// A packet of an interface that was not described.
    fn stray(&self, desk: &mut Desk<'_, '_>, at: usize, len: usize, interface: u32) -> bool {
        let damage = Damage::UnknownInterface { interface, packets: 1 };
        desk.log.add(desk.window.position(at), desk.out.last_number(), len as u64, damage);
        desk.leave_out(at, len);
        true
    }

    /// A block too short for its type.
    fn unreadable(&self, desk: &mut Desk<'_, '_>, at: usize, block: &[u8]) -> bool {
        let damage = Damage::Unreadable { block: self.order.u32_at(block, 0).unwrap_or(0) };
        desk.log.add(desk.window.position(at), desk.out.last_number(), block.len() as u64, damage);
        desk.leave_out(at, block.len());
        true
    }
}
