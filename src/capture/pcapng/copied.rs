//! What a copy has in place of a block that it cannot have as it is.
//!
//! In: blocks, and what became of them. Out: where the capture is copied, [`Edits`](crate::capture::copy): the lengths of a
//! block that were put right, put right; a section that says how long it is, not saying it, since what is in it changes; a
//! description that makes no sense, an empty one, so that those after it keep their numbers.

use super::block::kind;
use super::order::Order;
use super::{Desk, Pcapng, Place, is_pcapng, mended};
use crate::base::Secrets;

/// Bytes of a block that describes nothing, with its lengths: of a section, of an interface.
const SECTION_LEN: u32 = 28;
const INTERFACE_LEN: u32 = 20;

/// Where a section header says how long its section is, and how it says that it does not say.
const SECTION_LENGTH: std::ops::Range<usize> = 16..24;
const UNSAID: [u8; 8] = [0xff; 8];

/// Bytes of a simple packet block before its packet.
pub(super) const SIMPLE_HEAD: usize = 12;

impl Pcapng {
    /// How the section that was read last is written.
    pub(in super::super) fn is_big_endian(&self) -> bool {
        self.order == Order::Big
    }
}

impl Desk<'_, '_> {
    /// Bytes of the window that no copy has.
    pub(super) fn leave_out(&mut self, at: usize, len: usize) {
        if let Some(edits) = &mut self.about.edits
            && len > 0
        {
            edits.leave_out(self.window.position(at), len);
        }
    }

    /// A whole block, of which perhaps one length was wrong.
    pub(super) fn mend_copy(&mut self, place: Place, block: &[u8], order: Order) {
        let Some(edits) = &mut self.about.edits else { return };
        let len = u32::try_from(place.len).unwrap_or(u32::MAX);
        let agrees = [4, block.len().saturating_sub(4)].iter().all(|at| order.u32_at(block, *at) == Some(len));
        if !agrees {
            *edits.block(self.window.position(place.at), block) = mended(block, len, order);
        }
    }

    /// A block without a packet, understood or not.
    pub(super) fn describe_copy(&mut self, place: Place, block: &[u8], order: Order, is_understood: bool) {
        let position = self.window.position(place.at);
        let Some(edits) = &mut self.about.edits else { return };
        match (place.kind, is_understood) {
            (kind::SECTION, true) => {
                if block.get(SECTION_LENGTH).is_none_or(|length| length != UNSAID) {
                    put(edits.block(position, block), SECTION_LENGTH.start, &UNSAID);
                }
            }
            (kind::SECTION, false) => {
                let copy = edits.block(position, block);
                *copy = least(kind::SECTION, SECTION_LEN, block, order);
                put(copy, SECTION_LENGTH.start, &UNSAID);
            }
            (kind::INTERFACE, false) => {
                *edits.block(position, block) = least(kind::INTERFACE, INTERFACE_LEN, block, order);
            }
            (kind::SECRETS, _) => edits.secrets(position, place.len, is_understood),
            (_, true) => {}
            (_, false) => edits.leave_out(position, place.len),
        }
    }

    /// A block that says nothing here.
    pub(super) fn skip_copy(&mut self, place: Place) {
        if let Some(edits) = &mut self.about.edits
            && place.kind == kind::NOT_TO_BE_COPIED
        {
            edits.custom(self.window.position(place.at), place.len);
        }
    }

    /// A packet that claims more bytes than the `len` that its block, with `head` bytes before it, has.
    #[cold]
    pub(super) fn shorten_copy(&mut self, at: usize, block: &[u8], head: usize, len: u32, order: Order) {
        let Some(edits) = &mut self.about.edits else { return };
        let copy = edits.block(self.window.position(at), block);
        if head != SIMPLE_HEAD {
            put(copy, 20, &order.bytes(len));
            return;
        }
        // A simple block says only how long the packet was: what is left of it takes an enhanced one.
        let whole = u32::try_from(block.len() + 16).unwrap_or(u32::MAX);
        let claimed = order.u32_at(block, 8).unwrap_or(len);
        copy.splice(
            ..SIMPLE_HEAD,
            [kind::ENHANCED_PACKET, whole, 0, 0, 0, len, claimed].into_iter().flat_map(|word| order.bytes(word)),
        );
        if let Some(back) = copy.last_chunk_mut::<4>() {
            *back = order.bytes(whole);
        }
    }
}

fn put(block: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(field) = block.get_mut(at..at + bytes.len()) {
        field.copy_from_slice(bytes);
    }
}

/// The beginning of a block, without its options.
fn least(kind: u32, len: u32, block: &[u8], order: Order) -> Vec<u8> {
    let content = usize::try_from(len.saturating_sub(12)).unwrap_or(0);
    let mut copy = [order.bytes(kind), order.bytes(len)].concat();
    copy.extend(block.iter().skip(8).take(content));
    copy.resize(content + 8, 0);
    copy.extend(order.bytes(len));
    copy
}

/// Puts blocks of secrets (section 4.7) before a run of blocks, or behind the section header that it begins with. `is_big_endian`
/// is how the section before is written.
pub(in super::super) fn with_secrets(mut blocks: Vec<u8>, is_big_endian: bool, secrets: &[Secrets]) -> Vec<u8> {
    let mark = blocks.get(8..).and_then(|mark| mark.first_chunk()).filter(|_| is_pcapng(&blocks));
    let begun = mark.and_then(|mark| Order::of_mark(*mark));
    let order = begun.unwrap_or(if is_big_endian { Order::Big } else { Order::Little });
    let header = begun.and_then(|order| order.u32_at(&blocks, 4)).and_then(|len| usize::try_from(len).ok());
    let at = header.unwrap_or(0).min(blocks.len());
    let rest = blocks.split_off(at);
    secrets.iter().for_each(|secrets| push_secrets(&mut blocks, secrets, order));
    blocks.extend(rest);
    blocks
}

fn push_secrets(copy: &mut Vec<u8>, Secrets { kind, bytes, .. }: &Secrets, order: Order) {
    let padded = bytes.len().next_multiple_of(4);
    let (Ok(len), Ok(whole)) = (u32::try_from(bytes.len()), u32::try_from(padded + 20)) else { return };
    for word in [kind::SECRETS, whole, *kind, len] {
        copy.extend(order.bytes(word));
    }
    copy.extend_from_slice(bytes);
    copy.resize(copy.len() + padded - bytes.len(), 0);
    copy.extend(order.bytes(whole));
}
