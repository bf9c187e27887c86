//! The ring that the kernel fills: an AF_PACKET socket with a TPACKET_V3 receive ring (Linux).
//!
//! In: an interface and a filter program. Out: blocks of memory, each holding frames that [`super::frame`] reads. The
//! only file that talks to the socket, and with [`super::library`] the only one with unsafe code.
//!
//! The order of calls matters: socket with protocol 0 (it receives nothing yet), version, reserve, filter, ring, map,
//! bind to the protocol and interface, promiscuous. In any other order packets slip in that the filter would reject,
//! or packets of other interfaces.
//!
//! Invariant: a block belongs to this side from the moment its status says `TP_STATUS_USER` (read with acquire
//! order) until [`Ring::release`] writes `TP_STATUS_KERNEL` (with release order); only then is its memory touched.
//! Source: the kernel's Documentation/networking/packet_mmap.rst.
#![expect(unsafe_code, reason = "sockets with options and a memory map shared with the kernel; each block says why")]

use std::ffi::{c_int, c_void};
use std::io;
use std::mem;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::bpf::Program;

/// What to open, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setup<'a> {
    /// Interface to listen on; `None` for all of them.
    pub interface: Option<u32>,
    /// The kernel takes the link header away.
    pub cooked: bool,
    /// Also what is addressed to others.
    pub promiscuous: bool,
    /// Decides what enters the ring, and how much of it.
    pub filter: &'a Program,
    /// Size of one block, a power of two of at least a page.
    pub block_bytes: u32,
    /// Number of blocks.
    pub blocks: u32,
    /// Longest time a packet waits in a block that is not full.
    pub retire: Duration,
    /// Free bytes wanted before each packet.
    pub headroom: u32,
}

/// A call that failed while opening: which, and why.
#[derive(Debug)]
pub(super) struct Failed {
    /// The call, as a person would look it up.
    pub call: &'static str,
    /// What the kernel said.
    pub source: io::Error,
}

/// Counts since the last time they were asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Packets the filter accepted, dropped ones included.
    pub accepted: u32,
    /// Packets dropped because the ring was full.
    pub dropped: u32,
}

/// An open ring.
#[derive(Debug)]
pub(super) struct Ring {
    socket: OwnedFd,
    map: NonNull<u8>,
    map_bytes: usize,
    block_bytes: usize,
    blocks: usize,
    current: usize,
    acquired: bool,
}

// SAFETY: the map belongs to this value alone and is process memory, valid on every thread.
unsafe impl Send for Ring {}

impl Ring {
    /// Opens a ring that receives from now on.
    pub(super) fn open(setup: &Setup<'_>) -> Result<Ring, Failed> {
        let socket = socket(setup.cooked)?;
        set(&socket, libc::PACKET_VERSION, "PACKET_VERSION", &(libc::tpacket_versions::TPACKET_V3 as c_int))?;
        set(&socket, libc::PACKET_RESERVE, "PACKET_RESERVE", &setup.headroom)?;
        attach(&socket, setup.filter)?;
        set(&socket, libc::PACKET_RX_RING, "PACKET_RX_RING", &request(setup))?;
        let block_bytes = usize::try_from(setup.block_bytes).unwrap_or(0);
        let blocks = usize::try_from(setup.blocks).unwrap_or(0);
        let map_bytes = block_bytes.saturating_mul(blocks);
        let map = map(&socket, map_bytes)?;
        let ring = Ring { socket, map, map_bytes, block_bytes, blocks, current: 0, acquired: false };
        ring.bind(setup.interface)?;
        if let (true, Some(interface)) = (setup.promiscuous, setup.interface) {
            ring.join_promiscuous(interface)?;
        }
        Ok(ring)
    }

    fn bind(&self, interface: Option<u32>) -> Result<(), Failed> {
        // SAFETY: sockaddr_ll is plain old data; all zero is a valid value of it.
        let mut address: libc::sockaddr_ll = unsafe { mem::zeroed() };
        address.sll_family = u16::try_from(libc::AF_PACKET).unwrap_or(0);
        address.sll_protocol = u16::try_from(libc::ETH_P_ALL).unwrap_or(0).to_be();
        address.sll_ifindex = interface.map_or(0, |index| c_int::try_from(index).unwrap_or(-1));
        let bytes = socklen::<libc::sockaddr_ll>();
        // SAFETY: the pointer and length describe `address`, which lives until the call returns.
        let status = unsafe { libc::bind(self.socket.as_raw_fd(), ptr::from_ref(&address).cast(), bytes) };
        checked("bind", status).map(drop)
    }

    fn join_promiscuous(&self, interface: u32) -> Result<(), Failed> {
        let membership = libc::packet_mreq {
            mr_ifindex: c_int::try_from(interface).unwrap_or(-1),
            mr_type: u16::try_from(libc::PACKET_MR_PROMISC).unwrap_or(0),
            mr_alen: 0,
            mr_address: [0; 8],
        };
        set(&self.socket, libc::PACKET_ADD_MEMBERSHIP, "PACKET_ADD_MEMBERSHIP", &membership)
    }

    /// Whether the current block is filled and ours.
    pub(super) fn acquire(&mut self) -> bool {
        self.acquired = self.acquired || self.status().load(Ordering::Acquire) & libc::TP_STATUS_USER != 0;
        self.acquired
    }

    /// The current block; empty unless [`Ring::acquire`] said yes.
    pub(super) fn block(&self) -> &[u8] {
        let bytes = if self.acquired { self.block_bytes } else { 0 };
        // SAFETY: the block lies inside the map, which lives as long as self. It was acquired, so the kernel does not
        // write it before `release`, which needs `&mut self` and so outlives this borrow.
        unsafe { std::slice::from_raw_parts(self.block_start().as_ptr(), bytes) }
    }

    /// The current block, to put a header before a packet; empty unless [`Ring::acquire`] said yes.
    pub(super) fn block_mut(&mut self) -> &mut [u8] {
        let bytes = if self.acquired { self.block_bytes } else { 0 };
        // SAFETY: as in `block`; `&mut self` makes it the only borrow, and the map is writable.
        unsafe { std::slice::from_raw_parts_mut(self.block_start().as_ptr(), bytes) }
    }

    /// Gives the current block back to the kernel and moves to the next.
    pub(super) fn release(&mut self) {
        if mem::take(&mut self.acquired) {
            self.status().store(libc::TP_STATUS_KERNEL, Ordering::Release);
            self.current = (self.current + 1) % self.blocks.max(1);
        }
    }

    fn block_start(&self) -> NonNull<u8> {
        // SAFETY: current < blocks, so the offset lies inside the map of blocks * block_bytes bytes.
        unsafe { self.map.add(self.current * self.block_bytes) }
    }

    fn status(&self) -> &AtomicU32 {
        let offset =
            mem::offset_of!(libc::tpacket_block_desc, hdr) + mem::offset_of!(libc::tpacket_hdr_v1, block_status);
        // SAFETY: a block starts at a multiple of the page size, so the status is inside the map and aligned; kernel
        // and program both access it as one word, here only through this atomic or while the block is ours.
        unsafe { AtomicU32::from_ptr(self.block_start().add(offset).as_ptr().cast()) }
    }

    /// What happened since the last call. The kernel starts again from zero each time.
    pub(super) fn counts(&self) -> io::Result<Counts> {
        let mut counts = libc::tpacket_stats_v3 { tp_packets: 0, tp_drops: 0, tp_freeze_q_cnt: 0 };
        get(&self.socket, libc::SOL_PACKET, libc::PACKET_STATISTICS, &mut counts)?;
        Ok(Counts { accepted: counts.tp_packets, dropped: counts.tp_drops })
    }

    /// Takes the error that waits on the socket: `ENETDOWN` after its interface went down.
    pub(super) fn take_error(&self) -> Option<io::Error> {
        let mut code: c_int = 0;
        get(&self.socket, libc::SOL_SOCKET, libc::SO_ERROR, &mut code).ok()?;
        (code != 0).then(|| io::Error::from_raw_os_error(code))
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: exactly the region that `map` made, and nothing borrows from it any more.
        unsafe { libc::munmap(self.map.as_ptr().cast::<c_void>(), self.map_bytes) };
    }
}

fn checked(call: &'static str, status: c_int) -> Result<c_int, Failed> {
    if status < 0 { Err(Failed { call, source: io::Error::last_os_error() }) } else { Ok(status) }
}

fn socklen<T>() -> libc::socklen_t {
    libc::socklen_t::try_from(mem::size_of::<T>()).unwrap_or(0)
}

fn socket(cooked: bool) -> Result<OwnedFd, Failed> {
    let kind = if cooked { libc::SOCK_DGRAM } else { libc::SOCK_RAW };
    // SAFETY: no memory is passed. Protocol 0: nothing is received before `bind` names one.
    let status = unsafe { libc::socket(libc::AF_PACKET, kind | libc::SOCK_CLOEXEC, 0) };
    // SAFETY: the descriptor is new and nobody else has it.
    checked("socket(AF_PACKET)", status).map(|fd| unsafe { OwnedFd::from_raw_fd(fd) })
}

fn set<T>(socket: &OwnedFd, option: c_int, call: &'static str, value: &T) -> Result<(), Failed> {
    let (level, fd) = (libc::SOL_PACKET, socket.as_raw_fd());
    // SAFETY: the pointer and length describe `value`, a C struct or integer that the kernel only reads.
    checked(call, unsafe { libc::setsockopt(fd, level, option, ptr::from_ref(value).cast(), socklen::<T>()) }).map(drop)
}

fn get<T>(socket: &OwnedFd, level: c_int, option: c_int, value: &mut T) -> io::Result<()> {
    let mut bytes = socklen::<T>();
    // SAFETY: the pointer and length describe `value`, a C struct or integer for which every bit pattern is valid; the
    // kernel writes no more than `bytes`.
    let status =
        unsafe { libc::getsockopt(socket.as_raw_fd(), level, option, ptr::from_mut(value).cast(), &raw mut bytes) };
    checked("getsockopt", status).map(drop).map_err(|failed| failed.source)
}

fn attach(socket: &OwnedFd, filter: &Program) -> Result<(), Failed> {
    let mut code: Vec<libc::sock_filter> =
        filter.instructions().iter().map(|i| libc::sock_filter { code: i.code, jt: i.jt, jf: i.jf, k: i.k }).collect();
    let program = libc::sock_fprog { len: u16::try_from(code.len()).unwrap_or(u16::MAX), filter: code.as_mut_ptr() };
    let (level, option, fd) = (libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, socket.as_raw_fd());
    let bytes = socklen::<libc::sock_fprog>();
    // SAFETY: `program` points at `code`, which lives until the call returns; the kernel copies and verifies it. A
    // program too long for u16 is longer than any the kernel takes, and is refused by it.
    let status = unsafe { libc::setsockopt(fd, level, option, ptr::from_ref(&program).cast(), bytes) };
    checked("SO_ATTACH_FILTER", status).map(drop)
}

fn request(setup: &Setup<'_>) -> libc::tpacket_req3 {
    libc::tpacket_req3 {
        tp_block_size: setup.block_bytes,
        tp_block_nr: setup.blocks,
        // Version 3 packs frames of any size; frame size and number only have to agree with the blocks.
        tp_frame_size: setup.block_bytes,
        tp_frame_nr: setup.blocks,
        tp_retire_blk_tov: u32::try_from(setup.retire.as_millis()).unwrap_or(u32::MAX).max(1),
        tp_sizeof_priv: 0,
        tp_feature_req_word: 0,
    }
}

fn map(socket: &OwnedFd, bytes: usize) -> Result<NonNull<u8>, Failed> {
    let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
    // SAFETY: a fresh mapping at an address of the kernel's choice; nothing existing is replaced.
    let address = unsafe { libc::mmap(ptr::null_mut(), bytes, protection, flags, socket.as_raw_fd(), 0) };
    match NonNull::new(address.cast::<u8>()) {
        Some(map) if address != libc::MAP_FAILED => Ok(map),
        _ => Err(Failed { call: "mmap", source: io::Error::last_os_error() }),
    }
}

/// Waits for rings.
#[derive(Debug, Default)]
pub(super) struct Poller {
    entries: Vec<libc::pollfd>,
}

impl Poller {
    /// Waits until one of `rings` has a block or an error, a signal arrives, or `timeout` has passed.
    pub(super) fn wait<'a>(&mut self, rings: impl Iterator<Item = &'a Ring>, timeout: Duration) -> io::Result<()> {
        self.entries.clear();
        self.entries.extend(rings.map(|ring| libc::pollfd {
            fd: ring.socket.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        }));
        let count = libc::nfds_t::try_from(self.entries.len()).unwrap_or(0);
        let timeout = libc::timespec {
            tv_sec: libc::time_t::try_from(timeout.as_secs()).unwrap_or(libc::time_t::MAX),
            tv_nsec: timeout.subsec_nanos().into(),
        };
        // SAFETY: pointer and count describe `entries`, and the timeout lives until the call returns; no signal mask.
        let status = unsafe { libc::ppoll(self.entries.as_mut_ptr(), count, &raw const timeout, ptr::null()) };
        match checked("poll", status) {
            Err(failed) if failed.source.kind() != io::ErrorKind::Interrupted => Err(failed.source),
            Err(_) => {
                // A signal: what the entries say is not defined.
                self.entries.clear();
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    /// Whether an error waits on the ring that was `index`-th in the last call of [`Poller::wait`].
    pub(super) fn failed(&self, index: usize) -> bool {
        let bad = libc::POLLERR | libc::POLLHUP | libc::POLLNVAL;
        self.entries.get(index).is_some_and(|entry| entry.revents & bad != 0)
    }
}
