//! pcapng (draft-ietf-opsawg-pcapng): sections of blocks, each block between two equal lengths.
//!
//! In: windows over the bytes of the capture. Out: the packets of each window, and what the other blocks say. Several
//! sections, each in its own byte order; any number of interfaces, each with its own link type and clock; enhanced,
//! simple and obsolete packet blocks. Blocks of other types are skipped. A block that is not believed is put right from
//! where the next one stands, or passed over (`resync.rs`). Invariant: a walk consumes up to a block that is not whole
//! yet and is no longer than [`BLOCK_BYTES`], so the caller never needs to hold more than that.

pub(super) mod ahead;
mod block;
pub(super) mod clock;
pub(super) mod copied;
mod option;
mod order;
mod packet;
mod resync;

use self::block::kind;
use self::clock::Clock;
use self::order::Order;
use self::resync::Sight;
use super::batch::Packets;
use super::metadata::Metadata;
use super::warning::{Damage, Fault, Log};
use super::window::{Lost, Window};
use crate::base::limits::{BLOCK_BYTES, PACKET_BLOCK_BYTES};
use crate::base::{LinkType, Secrets};

/// Bytes needed to tell a pcapng file and its byte order.
pub(super) const HEADER_BYTES: usize = 12;

/// Whether `bytes` start a pcapng file: the type of a section header block.
pub(super) fn is_pcapng(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a])
}

/// A pcapng file being walked.
#[derive(Debug)]
pub(super) struct Pcapng {
    order: Order,
    /// Interfaces of the section being read.
    interfaces: Vec<Local>,
    lost: Option<Lost>,
}

/// What the packets of an interface need of its description.
#[derive(Debug, Clone, Copy)]
struct Local {
    /// Index among all interfaces of the capture; `None` where there are too many.
    index: Option<u16>,
    link: LinkType,
    snaplen: u32,
    clock: Clock,
}

/// A whole block: where it starts in the window, its type, its length.
#[derive(Debug, Clone, Copy)]
struct Place {
    at: usize,
    kind: u32,
    len: usize,
}

/// What a walk works with.
struct Desk<'a, 'w> {
    window: &'a Window<'w>,
    out: &'a mut Packets,
    about: &'a mut Metadata,
    log: &'a mut Log,
}

/// What became of a block that the fast walk did not take.
enum Verdict {
    /// Walk on from here.
    Next(usize),
    /// It cannot be told before more bytes are there.
    More,
    /// It is not believed, and [`Pcapng::lost`] says so.
    Lost,
    /// The capture ends.
    End,
}

impl Pcapng {
    /// From the first bytes of a file, [`HEADER_BYTES`] at least; `None` where they tell no byte order.
    pub(super) fn new(bytes: &[u8]) -> Option<Pcapng> {
        let order = Order::of_mark(*bytes.get(8..)?.first_chunk()?)?;
        Some(Pcapng { order, interfaces: Vec::new(), lost: None })
    }

    /// Takes the packets of a window; gives how many of its bytes are done with.
    pub(super) fn walk(
        &mut self,
        window: &Window<'_>,
        out: &mut Packets,
        about: &mut Metadata,
        log: &mut Log,
    ) -> usize {
        let mut desk = Desk { window, out, about, log };
        let mut at = 0;
        loop {
            if self.lost.is_some() {
                match self.search(&mut desk, at) {
                    Ok(found) => at = found,
                    Err(consumed) => return consumed,
                }
            }
            at = match self.order {
                Order::Little => self.run::<false>(&mut desk, at),
                Order::Big => self.run::<true>(&mut desk, at),
            };
            match self.judge(&mut desk, at) {
                Verdict::Next(next) => at = next,
                Verdict::Lost => {}
                Verdict::End => return window.bytes.len(),
                Verdict::More => return at,
            }
        }
    }

    /// The hot path: takes whole enhanced packet blocks one after another, and stops at the first that is anything
    /// else.
    ///
    /// Not pcap-parser's function: that makes a vector of the options of each packet.
    fn run<const BIG: bool>(&mut self, desk: &mut Desk<'_, '_>, mut at: usize) -> usize {
        let order = if BIG { Order::Big } else { Order::Little };
        while let Some(head) = desk.window.from(at).first_chunk::<28>() {
            let (Some(kind::ENHANCED_PACKET), Some(len)) = (order.u32_at(head, 0), order.u32_at(head, 4)) else {
                break;
            };
            let len = len as usize;
            let Some(block) = desk.window.from(at).get(..len) else { break };
            if len > PACKET_BLOCK_BYTES
                || !len.is_multiple_of(4)
                || len < 32
                || order.u32_at(block, len - 4) != order.u32_at(head, 4)
            {
                break;
            }
            if !self.enhanced(desk, at, block, order, true) {
                break;
            }
            at += len;
        }
        at
    }

    /// Decides on the block at `at`, which the hot path did not take.
    fn judge(&mut self, desk: &mut Desk<'_, '_>, at: usize) -> Verdict {
        let window = desk.window;
        let bytes = window.from(at);
        // A section header is read in its own byte order, which stands behind its length.
        let starts_section = is_pcapng(bytes);
        if bytes.len() < if starts_section { 12 } else { 8 } {
            if !window.ended {
                return Verdict::More;
            }
            if !bytes.is_empty() && !window.cut_known {
                let cut = Damage::CutTail { wanted: 12 };
                desk.log.add(window.position(at), desk.out.last_number(), bytes.len() as u64, cut);
            }
            desk.leave_out(at, bytes.len());
            return Verdict::End;
        }
        let order = match (starts_section, bytes.get(8..).and_then(<[u8]>::first_chunk)) {
            (false, _) => self.order,
            (true, mark) => match mark.and_then(|mark| Order::of_mark(*mark)) {
                Some(order) => order,
                None => return self.doubt(window, at, Fault::ByteOrder, None),
            },
        };
        let (Some(kind), Some(claimed)) = (order.u32_at(bytes, 0), order.u32_at(bytes, 4)) else {
            return Verdict::More;
        };
        let len = claimed as usize;
        let least = if starts_section { 28 } else { 12 };
        let most = if kind::PACKETS.contains(&kind) { PACKET_BLOCK_BYTES } else { BLOCK_BYTES };
        if len < least || !len.is_multiple_of(4) || len > most {
            return self.doubt(window, at, Fault::Length(claimed.into()), None);
        }
        let Some(block) = bytes.get(..len) else {
            if !window.ended {
                return Verdict::More;
            }
            return self.doubt(window, at, Fault::PastEnd(claimed.into()), Some(claimed.into()));
        };
        let place = Place { at, kind, len };
        match order.u32_at(block, len - 4) {
            Some(back) if back != claimed => {
                // One of the two lengths is wrong. If a block follows by the first, it was the second.
                let previous = std::mem::replace(&mut self.order, order);
                let sight = match self.swallows(window, at, len, back) {
                    true => Sight::Nothing,
                    false => self.sight(window, at + len),
                };
                match sight {
                    Sight::Block => {
                        let damage = Damage::Repaired { claimed: back.into(), taken: claimed.into() };
                        desk.log.add(window.position(at), desk.out.last_number(), 0, damage);
                    }
                    Sight::Nothing => {
                        self.order = previous;
                        return self.doubt(window, at, Fault::Lengths(claimed.into(), back.into()), None);
                    }
                    Sight::Short => {
                        self.order = previous;
                        return Verdict::More;
                    }
                }
            }
            _ => {}
        }
        self.order = order;
        self.block(desk, place);
        Verdict::Next(at + len)
    }

    /// Takes a whole block.
    fn block(&mut self, desk: &mut Desk<'_, '_>, place: Place) {
        let window = desk.window;
        let Place { at, kind, len } = place;
        let Some(block) = window.from(at).get(..len) else { return };
        let order = self.order;
        desk.mend_copy(place, block, order);
        match kind {
            kind::ENHANCED_PACKET => {
                self.enhanced(desk, at, block, order, false);
            }
            kind::SIMPLE_PACKET => self.simple(desk, at, block),
            kind::OBSOLETE_PACKET => self.obsolete(desk, at, block),
            kind::SECTION | kind::INTERFACE | kind::NAMES | kind::STATISTICS | kind::SECRETS => {
                let len = u32::try_from(len).unwrap_or(u32::MAX);
                let agrees = order.u32_at(block, 4) == Some(len) && order.u32_at(block, block.len() - 4) == Some(len);
                let understood = if agrees {
                    self.describe(desk, place, block)
                } else {
                    // pcap-parser wants both lengths right; one of these was put right from what follows.
                    self.describe(desk, place, &mended(block, len, order))
                };
                desk.describe_copy(place, block, order, understood.is_some());
                if understood.is_none() {
                    let packet = desk.out.last_number();
                    desk.log.add(window.position(at), packet, u64::from(len), Damage::Unreadable { block: kind });
                }
            }
            _ => {
                desk.about.skipped_blocks += 1;
                desk.skip_copy(place);
                if kind::NUMBERED.contains(&kind) {
                    desk.out.skip_number();
                }
            }
        }
    }

    /// Takes a block that holds no packet. `None`: it makes no sense.
    fn describe(&mut self, desk: &mut Desk<'_, '_>, place: Place, block: &[u8]) -> Option<()> {
        let order = self.order;
        let position = desk.window.position(place.at);
        let packet = desk.out.last_number();
        let fits = desk.about.keep(block.len());
        if !fits {
            desk.log.add(position, packet, block.len() as u64, Damage::TooMuchText);
        }
        match place.kind {
            kind::SECTION => {
                // Whatever else it says, interfaces are counted anew.
                self.interfaces.clear();
                let mut section = block::section(block, order)?;
                let (major, minor) = section.version;
                if !matches!(section.version, (1, 0 | 2)) {
                    desk.log.add(position, packet, 0, Damage::Version { major, minor });
                }
                section.position = position;
                if fits {
                    desk.about.sections.push(section);
                }
            }
            kind::INTERFACE => {
                let section = u32::try_from(desk.about.sections.len().saturating_sub(1)).unwrap_or(u32::MAX);
                let Some(interface) = block::interface(block, order, section) else {
                    // Its place is kept, or the packets of the next would be taken for its own.
                    self.interfaces.push(Local { index: None, link: LinkType(0), snaplen: 0, clock: Clock::default() });
                    return None;
                };
                let mut local = Local {
                    index: u16::try_from(desk.about.interfaces.len()).ok(),
                    link: interface.link,
                    snaplen: interface.snaplen,
                    clock: interface.clock,
                };
                if !fits || !desk.about.add_interface(interface) {
                    local.index = None;
                    desk.log.add(position, packet, 0, Damage::TooManyInterfaces);
                }
                if self.interfaces.len() <= crate::base::limits::INTERFACES {
                    self.interfaces.push(local);
                }
            }
            kind::STATISTICS => {
                let local = |number| self.interfaces.get(number as usize);
                let (number, statistics) = block::statistics(block, order, |number| local(number).map(|l| l.clock))?;
                let index = local(number)?.index?;
                desk.about.interfaces.get_mut(usize::from(index))?.statistics = Some(statistics);
            }
            kind::NAMES => {
                let names = block::names(block, order)?;
                if fits {
                    desk.about.names.extend(names);
                }
            }
            _ => {
                let (kind, bytes) = block::secrets(block, order)?;
                if fits {
                    desk.about.secrets.add(Secrets { kind, bytes, after: packet });
                }
            }
        }
        Some(())
    }
}

/// A copy of `block` with both lengths right.
fn mended(block: &[u8], len: u32, order: Order) -> Vec<u8> {
    let bytes = order.bytes(len);
    let mut copy = block.to_vec();
    if let Some(front) = copy.get_mut(4..8) {
        front.copy_from_slice(&bytes);
    }
    if let Some(back) = copy.last_chunk_mut::<4>() {
        *back = bytes;
    }
    copy
}
