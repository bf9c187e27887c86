//! Captures made by hand, field by field, from the drafts of the formats and without the reader's code.

use std::collections::VecDeque;
use std::io::{self, Read, Write};

use sockeye::base::LinkType;
use sockeye::capture::{self, Capture, OpenError, Options, Warning};

/// Byte order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Le,
    Be,
}

impl Order {
    pub fn b2(self, value: u16) -> [u8; 2] {
        if self == Order::Le { value.to_le_bytes() } else { value.to_be_bytes() }
    }
    pub fn b4(self, value: u32) -> [u8; 4] {
        if self == Order::Le { value.to_le_bytes() } else { value.to_be_bytes() }
    }
    pub fn b8(self, value: u64) -> [u8; 8] {
        if self == Order::Le { value.to_le_bytes() } else { value.to_be_bytes() }
    }
}

/// Bytes put together.
#[derive(Debug, Clone)]
pub struct Bytes {
    pub order: Order,
    pub out: Vec<u8>,
}

impl Bytes {
    pub fn new(order: Order) -> Bytes {
        Bytes { order, out: Vec::new() }
    }
    pub fn u16(mut self, value: u16) -> Bytes {
        self.out.extend(self.order.b2(value));
        self
    }
    pub fn u32(mut self, value: u32) -> Bytes {
        self.out.extend(self.order.b4(value));
        self
    }
    pub fn u64(mut self, value: u64) -> Bytes {
        self.out.extend(self.order.b8(value));
        self
    }
    pub fn raw(mut self, bytes: &[u8]) -> Bytes {
        self.out.extend(bytes);
        self
    }
    pub fn pad(mut self) -> Bytes {
        while !self.out.len().is_multiple_of(4) {
            self.out.push(0);
        }
        self
    }
    /// A pcapng option.
    pub fn option(self, code: u16, value: &[u8]) -> Bytes {
        self.u16(code).u16(value.len() as u16).raw(value).pad()
    }
}

/// A pcap file header.
pub fn pcap_header(order: Order, magic: u32, snaplen: u32, network: u32) -> Vec<u8> {
    Bytes::new(order).u32(magic).u16(2).u16(4).u32(0).u32(0).u32(snaplen).u32(network).out
}

/// A pcap record.
pub fn record(order: Order, seconds: u32, fraction: u32, wire: u32, data: &[u8]) -> Vec<u8> {
    Bytes::new(order).u32(seconds).u32(fraction).u32(data.len() as u32).u32(wire).raw(data).out
}

pub const MICRO: u32 = 0xa1b2_c3d4;
pub const NANO: u32 = 0xa1b2_3c4d;
pub const MODIFIED: u32 = 0xa1b2_cd34;

/// A pcapng block.
pub fn block(order: Order, kind: u32, body: &[u8]) -> Vec<u8> {
    let body = Bytes::new(order).raw(body).pad().out;
    let len = body.len() as u32 + 12;
    Bytes::new(order).u32(kind).u32(len).raw(&body).u32(len).out
}

/// A section header block.
pub fn shb(order: Order, options: &[u8]) -> Vec<u8> {
    block(order, 0x0a0d_0d0a, &Bytes::new(order).u32(0x1a2b_3c4d).u16(1).u16(0).u64(u64::MAX).raw(options).out)
}

/// An interface description block.
pub fn idb(order: Order, link: u16, snaplen: u32, options: &[u8]) -> Vec<u8> {
    block(order, 1, &Bytes::new(order).u16(link).u16(0).u32(snaplen).raw(options).out)
}

/// An enhanced packet block.
pub fn epb(order: Order, interface: u32, ticks: u64, wire: u32, data: &[u8], options: &[u8]) -> Vec<u8> {
    let head = Bytes::new(order).u32(interface).u32((ticks >> 32) as u32).u32(ticks as u32);
    block(order, 6, &head.u32(data.len() as u32).u32(wire).raw(data).pad().raw(options).out)
}

/// Packet data that differs for each `n`, of a length that does too.
pub fn payload(n: u32) -> Vec<u8> {
    let len = 16 + (n * 37) % 180;
    let more = (0..len).map(|i| (n.wrapping_mul(31).wrapping_add(i * 7) >> 1) as u8 | 1);
    n.to_be_bytes().into_iter().chain(more).collect()
}

/// A little-endian pcap of `count` packets, 3 ms apart.
pub fn plain_pcap(count: u32) -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut bytes = pcap_header(Order::Le, MICRO, 262_144, 1);
    let packets: Vec<_> = (0..count).map(payload).collect();
    for (n, data) in (0..).zip(&packets) {
        bytes.extend(record(Order::Le, 1_700_000_000 + n / 300, (n % 300) * 3000, data.len() as u32, data));
    }
    (bytes, packets)
}

/// A little-endian pcapng of the same packets.
pub fn plain_pcapng(count: u32) -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut bytes = shb(Order::Le, &[]);
    bytes.extend(idb(Order::Le, 1, 262_144, &[]));
    let packets: Vec<_> = (0..count).map(payload).collect();
    for (n, data) in (0_u32..).zip(&packets) {
        let ticks = 1_700_000_000_000_000 + u64::from(n) * 3000;
        bytes.extend(epb(Order::Le, 0, ticks, data.len() as u32, data, &[]));
    }
    (bytes, packets)
}

/// A packet, kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub number: u64,
    pub nanos: i64,
    pub link: LinkType,
    pub wire: u32,
    pub interface: u32,
    pub position: u64,
    pub comment: Option<String>,
    pub data: Vec<u8>,
}

/// All packets that are left.
pub fn rows(capture: &mut Capture) -> Vec<Row> {
    let mut rows = Vec::new();
    while let Some(packet) = capture.next_packet().unwrap() {
        rows.push(Row {
            number: packet.number,
            nanos: packet.time.0,
            link: packet.link,
            wire: packet.wire_len,
            interface: packet.interface,
            position: packet.position,
            comment: packet.comment.map(str::to_owned),
            data: packet.data.to_vec(),
        });
    }
    assert!(capture.next_packet().unwrap().is_none(), "the end stays the end");
    rows
}

/// Opens bytes as a source that gives them at most `chunk` at a time.
pub fn open(bytes: &[u8], chunk: usize, batch_bytes: usize) -> Result<Capture, OpenError> {
    let options = Options { batch_bytes, ..Options::default() };
    capture::open_reader("made", Chunks { bytes: bytes.to_vec(), at: 0, chunk }, &options)
}

/// All packets and warnings of `bytes`, read from a file.
pub fn read(bytes: &[u8]) -> (Vec<Row>, Vec<Warning>) {
    read_in(bytes, &Options::default())
}

/// The same, with options.
pub fn read_in(bytes: &[u8], options: &Options) -> (Vec<Row>, Vec<Warning>) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let mut capture = capture::open(file.path(), options).unwrap();
    let rows = rows(&mut capture);
    (rows, capture.warnings().to_vec())
}

/// All packets and warnings of `bytes`, read from a pipe that gives all that is asked for.
pub fn read_live(bytes: &[u8]) -> (Vec<Row>, Vec<Warning>) {
    let mut capture = open(bytes, usize::MAX, 1 << 20).unwrap();
    let rows = rows(&mut capture);
    (rows, capture.warnings().to_vec())
}

/// A reader that gives at most `chunk` bytes at a time.
pub struct Chunks {
    pub bytes: Vec<u8>,
    pub at: usize,
    pub chunk: usize,
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = &self.bytes[self.at..];
        let count = rest.len().min(buffer.len()).min(self.chunk);
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

/// A reader that gives each part by itself, and then fails: whoever reads once too often would have waited.
pub struct Script(pub VecDeque<Vec<u8>>);

impl Script {
    pub fn new(parts: &[&[u8]]) -> Script {
        Script(parts.iter().map(|part| part.to_vec()).collect())
    }
}

impl Read for Script {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(part) = self.0.front_mut() else { return Err(io::Error::other("would have waited")) };
        let count = part.len().min(buffer.len());
        buffer[..count].copy_from_slice(&part[..count]);
        part.drain(..count);
        if part.is_empty() {
            self.0.pop_front();
        }
        Ok(count)
    }
}
