//! libpcap, or Npcap on Windows, loaded at run time where it is installed.
//!
//! In: a capture filter, or an interface. Out: the compiled program, or packets. Nothing links to the library: a
//! machine without it gets [`Missing`], which says what to install. With [`super::ring`] the only file with unsafe
//! code: every call below follows the manual page of the function it names (pcap(3PCAP) and the pages it lists).
//!
//! Invariant: a [`Handle`] owns its `pcap_t` and closes it once; what `pcap_next_ex` lends is read before the next call.
#![expect(unsafe_code, reason = "calls into a C library that is loaded at run time; each block says why it holds")]

use std::ffi::{CStr, CString, c_char, c_int, c_uint};
use std::net::IpAddr;
use std::ptr::{self, NonNull};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::bpf::{Instruction, Program};
use super::error::{Error, FilterError, Missing};
use super::interface::{Address, Interface};
use crate::base::{LinkType, Timestamp};

const NAMES: &[&str] = if cfg!(windows) {
    &["C:\\Windows\\System32\\Npcap\\wpcap.dll", "wpcap.dll"]
} else if cfg!(target_os = "macos") {
    &["/usr/lib/libpcap.A.dylib", "libpcap.A.dylib", "libpcap.dylib"]
} else {
    &["libpcap.so.1", "libpcap.so.0.8", "libpcap.so"]
};

/// `PCAP_ERRBUF_SIZE`.
const ERROR_BYTES: usize = 256;
/// `PCAP_NETMASK_UNKNOWN`: "ip broadcast" is then an error instead of wrong.
const NETMASK_UNKNOWN: c_uint = 0xffff_ffff;
/// `PCAP_TSTAMP_PRECISION_NANO`.
const NANOSECONDS: c_int = 1;
/// `PCAP_ERROR_ACTIVATED` and the other statuses this file tells apart.
const NO_SUCH_DEVICE: c_int = -5;
const PERMISSION_DENIED: c_int = -8;
const PROMISC_PERMISSION_DENIED: c_int = -11;
/// `PCAP_IF_LOOPBACK`, `PCAP_IF_UP`, `PCAP_IF_RUNNING`.
const IF_LOOPBACK: u32 = 1;
const IF_UP: u32 = 2;
const IF_RUNNING: u32 = 4;

/// `pcap_t`.
#[repr(C)]
struct Pcap {
    opaque: [u8; 0],
}

#[repr(C)]
struct BpfInsn {
    code: u16,
    jt: u8,
    jf: u8,
    k: u32,
}

#[repr(C)]
struct BpfProgram {
    len: c_uint,
    instructions: *mut BpfInsn,
}

#[cfg(unix)]
type TimeVal = libc::timeval;
#[cfg(windows)]
#[repr(C)]
#[derive(Clone, Copy)]
struct TimeVal {
    tv_sec: std::ffi::c_long,
    tv_usec: std::ffi::c_long,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct PacketHeader {
    time: TimeVal,
    captured: u32,
    wire: u32,
}

#[repr(C)]
struct PcapIf {
    next: *mut PcapIf,
    name: *mut c_char,
    description: *mut c_char,
    addresses: *mut PcapAddress,
    flags: u32,
}

#[repr(C)]
struct PcapAddress {
    next: *mut PcapAddress,
    address: *const u8,
    netmask: *const u8,
    broadcast: *const u8,
    destination: *const u8,
}

macro_rules! functions {
    ($($name:ident($($argument:ty),*) $(-> $result:ty)?;)*) => {
        struct Functions {
            $($name: unsafe extern "C" fn($($argument),*) $(-> $result)?,)*
        }

        impl Functions {
            /// SAFETY: the library has to be libpcap; then each symbol has the type written below.
            unsafe fn of(library: &libloading::Library) -> Option<Functions> {
                Some(Functions {
                    // SAFETY: as the function demands; the pointers stay valid because the library is never closed.
                    $($name: *unsafe { library.get(stringify!($name)) }.ok()?,)*
                })
            }
        }
    };
}

functions! {
    pcap_lib_version() -> *const c_char;
    pcap_open_dead(c_int, c_int) -> *mut Pcap;
    pcap_compile(*mut Pcap, *mut BpfProgram, *const c_char, c_int, c_uint) -> c_int;
    pcap_freecode(*mut BpfProgram);
    pcap_geterr(*mut Pcap) -> *const c_char;
    pcap_statustostr(c_int) -> *const c_char;
    pcap_close(*mut Pcap);
    pcap_create(*const c_char, *mut c_char) -> *mut Pcap;
    pcap_set_snaplen(*mut Pcap, c_int) -> c_int;
    pcap_set_promisc(*mut Pcap, c_int) -> c_int;
    pcap_set_timeout(*mut Pcap, c_int) -> c_int;
    pcap_set_immediate_mode(*mut Pcap, c_int) -> c_int;
    pcap_set_buffer_size(*mut Pcap, c_int) -> c_int;
    pcap_set_tstamp_precision(*mut Pcap, c_int) -> c_int;
    pcap_get_tstamp_precision(*mut Pcap) -> c_int;
    pcap_activate(*mut Pcap) -> c_int;
    pcap_setnonblock(*mut Pcap, c_int, *mut c_char) -> c_int;
    pcap_setfilter(*mut Pcap, *mut BpfProgram) -> c_int;
    pcap_datalink(*mut Pcap) -> c_int;
    pcap_next_ex(*mut Pcap, *mut *const PacketHeader, *mut *const u8) -> c_int;
    pcap_stats(*mut Pcap, *mut [c_uint; 8]) -> c_int;
    pcap_findalldevs(*mut *mut PcapIf, *mut c_char) -> c_int;
    pcap_freealldevs(*mut PcapIf);
}

/// The loaded library.
pub struct Library {
    functions: Functions,
}

/// `pcap_compile` was not safe to call from two threads before libpcap 1.8.
static COMPILING: Mutex<()> = Mutex::new(());

impl Library {
    /// The library, loaded at the first call and kept.
    ///
    /// # Errors
    /// [`Missing`] where it is not installed, or lacks a function of version 1.5 (2013).
    pub fn get() -> Result<&'static Library, Missing> {
        static LOADED: OnceLock<Option<Library>> = OnceLock::new();
        LOADED.get_or_init(|| NAMES.iter().find_map(|name| Library::load(name))).as_ref().ok_or(Missing)
    }

    fn load(name: &str) -> Option<Library> {
        // SAFETY: libpcap's initialisers do nothing that this program could upset.
        #[cfg(not(windows))]
        let library = unsafe { libloading::Library::new(name) }.ok()?;
        // SAFETY: as above. The flag makes Packet.dll be looked for beside wpcap.dll.
        #[cfg(windows)]
        let library: libloading::Library = unsafe {
            use libloading::os::windows::{LOAD_WITH_ALTERED_SEARCH_PATH, Library as Windows};
            Windows::load_with_flags(name, LOAD_WITH_ALTERED_SEARCH_PATH).ok()?.into()
        };
        // SAFETY: a library of this name is libpcap.
        let functions = unsafe { Functions::of(&library) }?;
        // The functions point into it, and statics are never dropped.
        std::mem::forget(library);
        Some(Library { functions })
    }

    /// What the library calls itself: `libpcap version 1.10.3 (with TPACKET_V3)`.
    #[must_use]
    pub fn version(&self) -> String {
        // SAFETY: returns a string that lives as long as the library.
        unsafe { text((self.functions.pcap_lib_version)()) }
    }

    /// Compiles a capture filter for packets of `link`, without opening anything.
    ///
    /// # Errors
    /// The library's own words.
    pub fn compile(&self, expression: &str, link: LinkType) -> Result<Program, String> {
        let c_expression = CString::new(expression).map_err(|_| "the filter holds a zero byte".to_owned())?;
        let _one_at_a_time = COMPILING.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: no pointers go in; a null result is turned away.
        let handle = NonNull::new(unsafe { (self.functions.pcap_open_dead)(dlt(link), c_int::from(u16::MAX)) })
            .ok_or("libpcap is out of memory")?;
        let handle = Handle { library: self, pcap: handle, ready: None, nanoseconds: false };
        handle.compile(&c_expression)
    }

    /// Every interface the library can capture on.
    ///
    /// # Errors
    /// [`Error::List`] with the library's own words.
    pub fn interfaces(&self) -> Result<Vec<Interface>, Error> {
        let mut first = ptr::null_mut();
        let mut message = [0; ERROR_BYTES];
        // SAFETY: both pointers live until the call returns; the buffer has the size the manual asks for.
        if unsafe { (self.functions.pcap_findalldevs)(&raw mut first, message.as_mut_ptr()) } != 0 {
            // SAFETY: on failure the buffer holds a terminated string.
            return Err(Error::List(std::io::Error::other(unsafe { text(message.as_ptr()) })));
        }
        let mut found = Vec::new();
        let mut next = first;
        // SAFETY: a list as the manual describes it, valid until it is freed below.
        while let Some(interface) = unsafe { next.as_ref() } {
            found.push(interface_of(interface));
            next = interface.next;
        }
        // SAFETY: the list from above, freed once; nothing borrows from it.
        unsafe { (self.functions.pcap_freealldevs)(first) };
        Ok(found)
    }

    /// Opens an interface for capture.
    ///
    /// # Errors
    /// The library's own words, a lacking right, or a filter it does not take.
    pub fn open(&'static self, interface: &str, settings: &Settings<'_>) -> Result<Handle<'static>, Error> {
        let failed = |message: String| Error::Library { interface: interface.to_owned(), message };
        let name = CString::new(interface).map_err(|_| failed("the name holds a zero byte".to_owned()))?;
        let mut message = [0; ERROR_BYTES];
        // SAFETY: both pointers live until the call returns; the buffer has the size the manual asks for.
        let pcap = NonNull::new(unsafe { (self.functions.pcap_create)(name.as_ptr(), message.as_mut_ptr()) });
        // SAFETY: on failure the buffer holds a terminated string.
        let pcap = pcap.ok_or_else(|| failed(unsafe { text(message.as_ptr()) }))?;
        let mut handle = Handle { library: self, pcap, ready: None, nanoseconds: false };
        handle.activate(interface, settings)?;
        if let Some(filter) = settings.filter {
            handle.set_filter(filter).map_err(|message| FilterError::refused(filter, message))?;
        }
        Ok(handle)
    }
}

/// How to capture through the library.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    /// Capture filter.
    pub filter: Option<&'a str>,
    /// Also what is addressed to others.
    pub promiscuous: bool,
    /// Bytes kept of each packet.
    pub snap: u32,
    /// Bytes of the kernel's buffer.
    pub buffer_bytes: usize,
}

/// An interface that is open, or the dead handle a filter is compiled on.
pub struct Handle<'l> {
    library: &'l Library,
    pcap: NonNull<Pcap>,
    ready: Option<(PacketHeader, NonNull<u8>)>,
    nanoseconds: bool,
}

// SAFETY: a pcap_t is not bound to the thread that made it, only not to be used from two at once.
unsafe impl Send for Handle<'_> {}

impl Handle<'_> {
    fn activate(&mut self, interface: &str, settings: &Settings<'_>) -> Result<(), Error> {
        let (f, p) = (&self.library.functions, self.pcap.as_ptr());
        let int = |value: u32| c_int::try_from(value).unwrap_or(c_int::MAX);
        let buffer = int(u32::try_from(settings.buffer_bytes).unwrap_or(u32::MAX));
        // SAFETY: a handle that was created and not yet activated, as each of these calls wants it. Settings that a
        // platform lacks are refused by status and then stay at their default.
        let status = unsafe {
            (f.pcap_set_snaplen)(p, int(settings.snap));
            (f.pcap_set_promisc)(p, c_int::from(settings.promiscuous));
            (f.pcap_set_timeout)(p, 1);
            (f.pcap_set_immediate_mode)(p, 1);
            (f.pcap_set_buffer_size)(p, buffer);
            (f.pcap_set_tstamp_precision)(p, NANOSECONDS);
            (f.pcap_activate)(p)
        };
        if status < 0 {
            return Err(self.refusal(interface, status));
        }
        // SAFETY: an active handle.
        self.nanoseconds = unsafe { (f.pcap_get_tstamp_precision)(p) } == NANOSECONDS;
        let mut message = [0; ERROR_BYTES];
        // A blocking read would not return while nothing passes. SAFETY: an active handle, and a buffer of the size the
        // manual asks for.
        unsafe { (f.pcap_setnonblock)(p, 1, message.as_mut_ptr()) };
        Ok(())
    }

    fn refusal(&self, interface: &str, status: c_int) -> Error {
        let interface = interface.to_owned();
        match status {
            PERMISSION_DENIED | PROMISC_PERMISSION_DENIED => {
                Error::NotPermitted { interface, program: std::env::current_exe().unwrap_or_default() }
            }
            NO_SUCH_DEVICE => Error::UnknownInterface { name: interface, nearest: None },
            // SAFETY: returns a string that lives as long as the library.
            _ => match unsafe { text((self.library.functions.pcap_statustostr)(status)) } {
                said if self.error().is_empty() => Error::Library { interface, message: said },
                said => Error::Library { interface, message: format!("{said}: {}", self.error()) },
            },
        }
    }

    /// What the library says went wrong last.
    fn error(&self) -> String {
        // SAFETY: an open handle; the string is copied before the next call.
        unsafe { text((self.library.functions.pcap_geterr)(self.pcap.as_ptr())) }
    }

    fn with_program<T>(&self, expression: &CStr, then: impl FnOnce(&mut BpfProgram) -> T) -> Result<T, String> {
        let functions = &self.library.functions;
        let mut program = BpfProgram { len: 0, instructions: ptr::null_mut() };
        let (pcap, optimise) = (self.pcap.as_ptr(), 1);
        // SAFETY: an open handle, a program to fill and a terminated string, all alive until the call returns.
        let status =
            unsafe { (functions.pcap_compile)(pcap, &raw mut program, expression.as_ptr(), optimise, NETMASK_UNKNOWN) };
        if status != 0 {
            return Err(self.error());
        }
        let result = then(&mut program);
        // SAFETY: filled by pcap_compile, freed once.
        unsafe { (functions.pcap_freecode)(&raw mut program) };
        Ok(result)
    }

    fn compile(&self, expression: &CStr) -> Result<Program, String> {
        self.with_program(expression, |program| {
            let len = if program.instructions.is_null() { 0 } else { usize::try_from(program.len).unwrap_or(0) };
            let start = if len == 0 { NonNull::dangling().as_ptr() } else { program.instructions };
            // SAFETY: pcap_compile filled `len` instructions there.
            let code = unsafe { std::slice::from_raw_parts(start, len) };
            Program::new(code.iter().map(|i| Instruction { code: i.code, jt: i.jt, jf: i.jf, k: i.k }).collect())
        })
    }

    fn set_filter(&self, expression: &str) -> Result<(), String> {
        let expression = CString::new(expression).map_err(|_| "the filter holds a zero byte".to_owned())?;
        let _one_at_a_time = COMPILING.lock().unwrap_or_else(PoisonError::into_inner);
        let set = self.library.functions.pcap_setfilter;
        // SAFETY: an active handle and a compiled program, which the library copies.
        match self.with_program(&expression, |program| unsafe { set(self.pcap.as_ptr(), program) })? {
            0 => Ok(()),
            _ => Err(self.error()),
        }
    }

    /// What this interface's packets start with.
    #[must_use]
    pub fn link(&self) -> LinkType {
        // SAFETY: an active handle.
        link_of(unsafe { (self.library.functions.pcap_datalink)(self.pcap.as_ptr()) })
    }

    /// Makes the next packet the current one, without waiting. Whether there is one.
    ///
    /// # Errors
    /// The library's own words; the capture is over then.
    pub fn advance(&mut self) -> Result<bool, String> {
        let (mut header, mut data) = (ptr::null(), ptr::null());
        let next = self.library.functions.pcap_next_ex;
        self.ready = None;
        // SAFETY: an active handle; both pointers live until the call returns.
        match unsafe { next(self.pcap.as_ptr(), &raw mut header, &raw mut data) } {
            1 => {
                // SAFETY: after 1 the header is valid until the next call; it is copied here.
                let header = unsafe { header.as_ref() }.copied();
                self.ready = header.zip(NonNull::new(data.cast_mut()));
                Ok(self.ready.is_some())
            }
            0 => Ok(false),
            _ => Err(self.error()),
        }
    }

    /// The current packet: time, bytes and length on the wire.
    #[must_use]
    pub fn current(&self) -> Option<(Timestamp, &[u8], u32)> {
        let (header, data) = self.ready.as_ref()?;
        let scale = if self.nanoseconds { 1 } else { 1000 };
        #[allow(clippy::useless_conversion, reason = "the fields are 32 bits wide on some systems")]
        let time = Timestamp::new(i64::from(header.time.tv_sec), i64::from(header.time.tv_usec).saturating_mul(scale));
        // SAFETY: the library keeps the packet until the next pcap_next_ex, which needs `&mut self`.
        let bytes = unsafe { std::slice::from_raw_parts(data.as_ptr(), usize::try_from(header.captured).unwrap_or(0)) };
        Some((time, bytes, header.wire))
    }

    /// Packets received and packets dropped for lack of room, since the start.
    #[must_use]
    pub fn counts(&self) -> Option<(u64, u64)> {
        // Npcap's pcap_stat has more fields than others'; eight numbers hold every one.
        let mut counts: [c_uint; 8] = [0; 8];
        // SAFETY: an active handle and room for the longest pcap_stat.
        let status = unsafe { (self.library.functions.pcap_stats)(self.pcap.as_ptr(), &raw mut counts) };
        let [received, dropped, at_interface, ..] = counts.map(u64::from);
        (status == 0).then_some((received, dropped + at_interface))
    }
}

impl Drop for Handle<'_> {
    fn drop(&mut self) {
        // SAFETY: this value owns the handle, and it is closed once.
        unsafe { (self.library.functions.pcap_close)(self.pcap.as_ptr()) };
    }
}

/// SAFETY: `string` has to be null or to point at a terminated string.
unsafe fn text(string: *const c_char) -> String {
    if string.is_null() {
        return String::new();
    }
    // SAFETY: as the function demands.
    unsafe { CStr::from_ptr(string) }.to_string_lossy().into_owned()
}

fn interface_of(interface: &PcapIf) -> Interface {
    // SAFETY: strings of a list from pcap_findalldevs, null or terminated.
    let (name, description) = unsafe { (text(interface.name), text(interface.description)) };
    let mut addresses = Vec::new();
    let mut next = interface.addresses;
    // SAFETY: a list inside that list, valid as long as it.
    while let Some(entry) = unsafe { next.as_ref() } {
        // Some systems cut the bytes of a netmask short, so it is not read.
        addresses.extend(ip_of(entry.address).map(|ip| Address { ip, prefix: None }));
        next = entry.next;
    }
    let flag = |bit| interface.flags & bit != 0;
    let (up, running, loopback) = (flag(IF_UP), flag(IF_RUNNING), flag(IF_LOOPBACK));
    Interface { name, index: 0, up, running, loopback, link: None, addresses, description }
}

/// The address in a `sockaddr`; the bytes of both kinds stand at the same place on every system.
fn ip_of(address: *const u8) -> Option<IpAddr> {
    const V4: u16 = 2;
    const V6: u16 = if cfg!(windows) {
        23
    } else if cfg!(target_os = "linux") {
        10
    } else {
        30
    };
    if address.is_null() {
        return None;
    }
    // SAFETY: every sockaddr has two bytes of length and family, and at least the bytes of its family.
    let at = |offset: usize| unsafe { address.add(offset).read() };
    let bsd = !cfg!(any(windows, target_os = "linux"));
    match if bsd { u16::from(at(1)) } else { u16::from_ne_bytes([at(0), at(1)]) } {
        V4 => Some(IpAddr::from(std::array::from_fn::<u8, 4, _>(|i| at(4 + i)))),
        V6 => Some(IpAddr::from(std::array::from_fn::<u8, 16, _>(|i| at(8 + i)))),
        _ => None,
    }
}

/// The number this system's libpcap knows a link type by: only raw IP has another than in files.
fn dlt(link: LinkType) -> c_int {
    match link {
        LinkType::RAW if cfg!(target_os = "openbsd") => 14,
        LinkType::RAW => 12,
        LinkType(other) => c_int::from(other),
    }
}

fn link_of(dlt: c_int) -> LinkType {
    match dlt {
        12 | 14 => LinkType::RAW,
        other => LinkType(u16::try_from(other).unwrap_or(u16::MAX)),
    }
}
