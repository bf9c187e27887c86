//! One block of the ring, frame by frame, and the packet in each (Linux).
//!
//! In: a block that the kernel has filled. Out: a [`Head`] for each frame, then the packet's bytes as a capture file
//! holds them: the kernel takes the outermost VLAN tag off every packet, and the link header off packets of a cooked
//! socket; both are put back in place, in the free bytes before the packet. Source: the kernel's packet_mmap.rst and
//! include/uapi/linux/if_packet.h; LINKTYPE_LINUX_SLL2 at tcpdump.org. A block whose numbers lead outside itself ends
//! there: the kernel does not make one.

use std::mem::{offset_of, size_of};
use std::ops::Range;

use crate::base::{LinkType, Timestamp};

/// Bytes of a VLAN tag: type and tag control information.
const TAG_BYTES: usize = 4;
/// Bytes of the two Ethernet addresses, after which a tag stands.
const ADDRESS_BYTES: usize = 12;
/// Bytes of a cooked header, version 2.
const SLL2_BYTES: usize = 20;
/// Free bytes to ask the kernel for before each packet.
pub(super) const HEADROOM: u32 = 24;
/// Type of a tag inside another.
const INNER_TAG: [u8; 2] = [0x81, 0x00];
/// Type of a tag where the kernel does not say (before 3.14): IEEE 802.1Q.
const DEFAULT_TPID: u16 = 0x8100;

/// What the bytes of a ring's packets start with, and so what is put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// An Ethernet header: a VLAN tag goes back behind the addresses.
    Ethernet,
    /// The network header of a link without addresses: nothing goes back.
    Raw,
    /// The network header, on a cooked socket: a cooked header is made.
    Cooked,
}

/// `ARPHRD_RAWIP`: modems (libc does not name it).
const ARPHRD_RAWIP: u16 = 519;

/// Hardware types of include/uapi/linux/if_arp.h whose packets are told apart here.
pub(super) fn link_of(hardware: u16) -> (LinkType, Shape) {
    match hardware {
        libc::ARPHRD_ETHER | libc::ARPHRD_LOOPBACK => (LinkType::ETHERNET, Shape::Ethernet),
        // tun and WireGuard; tunnels that carry IP without a header of their own.
        libc::ARPHRD_NONE | libc::ARPHRD_TUNNEL | libc::ARPHRD_TUNNEL6 | libc::ARPHRD_SIT | ARPHRD_RAWIP => {
            (LinkType::RAW, Shape::Raw)
        }
        _ => (LinkType::LINUX_SLL2, Shape::Cooked),
    }
}

/// What the kernel says of one frame. Offsets count from the start of the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// When the kernel saw the packet.
    pub time: Timestamp,
    /// First byte of the packet.
    start: usize,
    /// Bytes in the block.
    captured: usize,
    /// Bytes on the wire.
    wire: u32,
    /// The tag the kernel took off: type and control information.
    tag: Option<(u16, u16)>,
    /// Where and from whom.
    address: Address,
}

/// The part of `sockaddr_ll` that a cooked header repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Address {
    /// Ethernet type, big-endian as the kernel gives it.
    protocol: [u8; 2],
    interface: u32,
    hardware: u16,
    packet_type: u8,
    /// Length of the hardware address, and eight bytes of it.
    hardware_address: [u8; 9],
}

impl Head {
    /// Whether the packet is on its way out of this machine.
    pub(super) fn outgoing(&self) -> bool {
        self.address.packet_type == libc::PACKET_OUTGOING
    }

    /// The interface the packet was seen on, as the kernel numbers it.
    pub(super) fn interface(&self) -> u32 {
        self.address.interface
    }
}

/// A place in a block: what is still to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Progress {
    next: usize,
    left: u32,
}

impl Progress {
    /// Before the first frame of `block`.
    pub(super) fn start(block: &[u8]) -> Progress {
        let header = offset_of!(libc::tpacket_block_desc, hdr);
        let left = word(block, header + offset_of!(libc::tpacket_hdr_v1, num_pkts)).unwrap_or(0);
        let next = word(block, header + offset_of!(libc::tpacket_hdr_v1, offset_to_first_pkt)).unwrap_or(0);
        Progress { next: usize::try_from(next).unwrap_or(usize::MAX), left }
    }

    /// The next frame; `None` when there are no more.
    pub(super) fn next(&mut self, block: &[u8]) -> Option<Head> {
        self.left = self.left.checked_sub(1)?;
        let at = self.next;
        let step = word(block, at.checked_add(offset_of!(libc::tpacket3_hdr, tp_next_offset))?)?;
        self.next = at.checked_add(usize::try_from(step).ok()?)?;
        head(block, at)
    }
}

fn head(block: &[u8], at: usize) -> Option<Head> {
    let frame = block.get(at..)?;
    let field = |offset| word(frame, offset);
    let seconds = field(offset_of!(libc::tpacket3_hdr, tp_sec))?;
    let nanoseconds = field(offset_of!(libc::tpacket3_hdr, tp_nsec))?;
    let start = at.checked_add(usize::from(half(frame, offset_of!(libc::tpacket3_hdr, tp_mac))?))?;
    let captured = usize::try_from(field(offset_of!(libc::tpacket3_hdr, tp_snaplen))?).ok()?;
    // A packet that ends outside the block is not one.
    block.get(start..start.checked_add(captured)?)?;
    Some(Head {
        time: Timestamp::new(seconds.into(), nanoseconds.into()),
        start,
        captured,
        wire: field(offset_of!(libc::tpacket3_hdr, tp_len))?,
        tag: tag(frame)?,
        address: address(frame)?,
    })
}

/// The tag the kernel took off this frame.
#[expect(clippy::option_option, reason = "outside the block, or a frame without a tag")]
fn tag(frame: &[u8]) -> Option<Option<(u16, u16)>> {
    let variant = offset_of!(libc::tpacket3_hdr, hv1);
    let status = word(frame, offset_of!(libc::tpacket3_hdr, tp_status))?;
    let tci = word(frame, variant + offset_of!(libc::tpacket_hdr_variant1, tp_vlan_tci))?;
    let tpid = half(frame, variant + offset_of!(libc::tpacket_hdr_variant1, tp_vlan_tpid))?;
    let tpid = if status & libc::TP_STATUS_VLAN_TPID_VALID == 0 { DEFAULT_TPID } else { tpid };
    let present = tci != 0 || status & libc::TP_STATUS_VLAN_VALID != 0;
    Some(present.then_some((tpid, u16::try_from(tci & 0xffff).ok()?)))
}

fn address(frame: &[u8]) -> Option<Address> {
    let frame = frame.get(size_of::<libc::tpacket3_hdr>().next_multiple_of(libc::TPACKET_ALIGNMENT)..)?;
    let bytes = |offset: usize| frame.get(offset..);
    Some(Address {
        protocol: *bytes(offset_of!(libc::sockaddr_ll, sll_protocol))?.first_chunk()?,
        interface: word(frame, offset_of!(libc::sockaddr_ll, sll_ifindex))?,
        hardware: half(frame, offset_of!(libc::sockaddr_ll, sll_hatype))?,
        packet_type: *bytes(offset_of!(libc::sockaddr_ll, sll_pkttype))?.first()?,
        hardware_address: *bytes(offset_of!(libc::sockaddr_ll, sll_halen))?.first_chunk()?,
    })
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_ne_bytes(*b))
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|b| u16::from_ne_bytes(*b))
}

/// Puts back what the kernel took off, and gives the packet's place in the block and its length on the wire.
///
/// To be called once a frame: it changes the block.
pub(super) fn finish(block: &mut [u8], head: &Head, shape: Shape) -> (Range<usize>, u32) {
    let end = head.start.saturating_add(head.captured);
    let added = match (shape, head.tag) {
        (Shape::Raw, _) | (Shape::Ethernet, None) => 0,
        (Shape::Ethernet, Some(tag)) => insert_tag(block, head, tag).unwrap_or(0),
        (Shape::Cooked, tag) => insert_cooked(block, head, tag).unwrap_or(0),
    };
    let wire = head.wire.saturating_add(u32::try_from(added).unwrap_or(0));
    (head.start.saturating_sub(added)..end, wire)
}

/// Bytes put before the packet. `None`, with nothing changed, where a snap length left no room for the addresses.
fn insert_tag(block: &mut [u8], head: &Head, (tpid, tci): (u16, u16)) -> Option<usize> {
    let start = head.start.checked_sub(TAG_BYTES)?;
    let packet = block.get_mut(start..head.start.checked_add(head.captured)?)?;
    if head.captured < ADDRESS_BYTES {
        return None;
    }
    packet.copy_within(TAG_BYTES..TAG_BYTES + ADDRESS_BYTES, 0);
    let tag = packet.get_mut(ADDRESS_BYTES..)?;
    tag.get_mut(..2)?.copy_from_slice(&tpid.to_be_bytes());
    tag.get_mut(2..4)?.copy_from_slice(&tci.to_be_bytes());
    Some(TAG_BYTES)
}

fn insert_cooked(block: &mut [u8], head: &Head, tag: Option<(u16, u16)>) -> Option<usize> {
    let address = &head.address;
    let mut header = [0u8; SLL2_BYTES + TAG_BYTES];
    let (fields, behind) = header.split_at_mut_checked(SLL2_BYTES)?;
    let protocol = tag.map_or(address.protocol, |(tpid, _)| tpid.to_be_bytes());
    fields.get_mut(..2)?.copy_from_slice(&protocol);
    fields.get_mut(4..8)?.copy_from_slice(&address.interface.to_be_bytes());
    fields.get_mut(8..10)?.copy_from_slice(&address.hardware.to_be_bytes());
    *fields.get_mut(10)? = address.packet_type;
    fields.get_mut(11..20)?.copy_from_slice(&address.hardware_address);
    let mut bytes = SLL2_BYTES;
    if let Some((_, tci)) = tag {
        behind.get_mut(..2)?.copy_from_slice(&tci.to_be_bytes());
        let inner = if holds_tag(block.get(head.start..)?, address.protocol) { INNER_TAG } else { address.protocol };
        behind.get_mut(2..)?.copy_from_slice(&inner);
        bytes += TAG_BYTES;
    }
    block.get_mut(head.start.checked_sub(bytes)?..head.start)?.copy_from_slice(header.get(..bytes)?);
    Some(bytes)
}

/// Whether a second tag stands before the network header. Linux 6.10 and later name the type behind all tags, and still
/// leave all but the first in place; that the bytes are no IP header, but would be one tag further on, tells.
fn holds_tag(bytes: &[u8], protocol: [u8; 2]) -> bool {
    let version = bytes.first().map(|byte| byte >> 4);
    let ip = (protocol == [0x08, 0x00] && version != Some(4)) || (protocol == [0x86, 0xdd] && version != Some(6));
    ip && bytes.get(2..4) == Some(&protocol)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: [u8; 18] = [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 0x08, 0x00, 0x45, 0, 0, 0];
    const MAC: usize = 112;

    fn put(block: &mut [u8], at: usize, bytes: &[u8]) {
        block[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// A block with one frame for each tag, laid out as the kernel does.
    fn block(tags: &[Option<(u16, u16)>]) -> Vec<u8> {
        let (first, step) = (48usize, 160usize);
        let mut block = vec![0u8; first + step * tags.len()];
        let header = offset_of!(libc::tpacket_block_desc, hdr);
        put(&mut block, header, &1u32.to_ne_bytes());
        put(&mut block, header + 4, &u32::try_from(tags.len()).unwrap().to_ne_bytes());
        put(&mut block, header + 8, &48u32.to_ne_bytes());
        for (i, tag) in tags.iter().enumerate() {
            let at = first + i * step;
            for (n, value) in [160, 1_700_000_000, 123, 18, 60].iter().enumerate() {
                put(&mut block, at + 4 * n, &u32::to_ne_bytes(*value));
            }
            put(&mut block, at + 24, &112u16.to_ne_bytes());
            if let Some((tpid, tci)) = tag {
                put(&mut block, at + 20, &(1u32 | 1 << 4 | 1 << 6).to_ne_bytes());
                put(&mut block, at + 32, &u32::from(*tci).to_ne_bytes());
                put(&mut block, at + 36, &tpid.to_ne_bytes());
            }
            let address = [17, 0, 0x08, 0x00, 7, 0, 0, 0, 1, 0, 4, 6, 2, 2, 2, 2, 2, 2, 0, 0];
            put(&mut block, at + 48, &address);
            put(&mut block, at + MAC, &PACKET);
        }
        block
    }

    fn first(tag: Option<(u16, u16)>) -> (Vec<u8>, Head) {
        let block = block(&[tag]);
        let head = Progress::start(&block).next(&block).unwrap();
        (block, head)
    }

    #[test]
    fn frames_follow_one_another() {
        let block = block(&[None, Some((0x8100, 5))]);
        let mut progress = Progress::start(&block);
        let first = progress.next(&block).unwrap();
        assert_eq!(first.time, Timestamp(1_700_000_000_000_000_123));
        assert_eq!((first.start, first.captured, first.wire, first.tag), (48 + MAC, 18, 60, None));
        assert!(first.outgoing());
        assert_eq!(first.interface(), 7);
        assert_eq!(progress.next(&block).unwrap().tag, Some((0x8100, 5)));
        assert_eq!(progress.next(&block), None);
    }

    #[test]
    fn an_ethernet_tag_goes_back_behind_the_addresses() {
        let (mut block, head) = first(Some((0x88a8, 0x2064)));
        let (range, wire) = finish(&mut block, &head, Shape::Ethernet);
        let expected = [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 0x88, 0xa8, 0x20, 0x64, 0x08, 0x00, 0x45, 0, 0, 0];
        assert_eq!((&block[range], wire), (&expected[..], 64));
    }

    #[test]
    fn an_untagged_packet_stays_as_it_is() {
        let (mut block, head) = first(None);
        let (range, wire) = finish(&mut block, &head, Shape::Ethernet);
        assert_eq!((&block[range], wire), (&PACKET[..], 60));
    }

    #[test]
    fn a_cooked_header_is_made() {
        let (mut block, head) = first(None);
        let (range, wire) = finish(&mut block, &head, Shape::Cooked);
        let expected = [0x08, 0x00, 0, 0, 0, 0, 0, 7, 0, 1, 4, 6, 2, 2, 2, 2, 2, 2, 0, 0];
        assert_eq!((&block[range.start..range.start + 20], range.len(), wire), (&expected[..], 38, 80));
        let (mut block, head) = first(Some((0x8100, 100)));
        let (range, wire) = finish(&mut block, &head, Shape::Cooked);
        let packet = &block[range];
        assert_eq!((&packet[..2], &packet[20..24], wire), (&[0x81, 0x00][..], &[0, 100, 0x08, 0x00][..], 84));
    }

    #[test]
    fn a_packet_cut_inside_its_addresses_keeps_its_bytes() {
        let (mut block, mut head) = first(Some((0x8100, 1)));
        head.captured = 11;
        assert_eq!(finish(&mut block, &head, Shape::Ethernet), (head.start..head.start + 11, 60));
    }

    #[test]
    fn every_truncation_of_a_block_is_survived() {
        let whole = block(&[None, Some((0x8100, 1))]);
        for len in 0..whole.len() {
            let mut progress = Progress::start(&whole[..len]);
            let frames = std::iter::from_fn(|| progress.next(&whole[..len])).count();
            assert!(frames <= 2 && (frames == 2) == (len >= 48 + 160 + MAC + PACKET.len()), "{len}: {frames}");
        }
    }
}
