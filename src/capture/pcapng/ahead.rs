//! Decryption secrets further on in a capture that is a file.
//!
//! In: the file. Out: the content of its decryption secrets blocks (draft-ietf-opsawg-pcapng section 4.7), wherever they stand: who
//! writes a capture while it is made knows the secrets of a connection a little later than its first packets, and of a short one
//! when it is over. Only the heads of blocks are looked at; a block that cannot be one ends the search.

use std::io;

use super::block;
use super::order::Order;
use crate::base::number::{narrow, wide};
use crate::base::{Secrets, limits};

/// Bytes read at a time.
const CHUNK: usize = 256 * 1024;

/// Block types (sections 4.1 and 4.7).
const SECTION: u32 = 0x0a0d_0d0a;
const SECRETS: u32 = 0x0000_000a;

/// Bytes of the smallest block: type, length, and the length again.
const LEAST: u64 = 12;

/// Reads a file at a position, and says how many bytes there were.
pub(in crate::capture) trait ReadAt {
    fn read_at(&self, position: u64, into: &mut [u8]) -> io::Result<usize>;
}

/// The secrets of a file, up to [`limits::KEY_LOG_BYTES_AHEAD`] of them.
pub(in crate::capture) fn secrets(file: &impl ReadAt) -> Vec<Secrets> {
    let mut found = Vec::new();
    let mut window = Window { file, start: 0, bytes: vec![0; CHUNK], len: 0 };
    let (mut position, mut order, mut kept) = (0, Order::Little, 0);
    while let Some(head) = window.get(position, 12) {
        let [a, b, c, d, e, f, g, h, mark @ ..] = head;
        if u32::from_le_bytes([a, b, c, d]) == SECTION {
            let Some(of_section) = Order::of_mark(mark) else { break };
            order = of_section;
        }
        let (kind, len) = (order.u32([a, b, c, d]), u64::from(order.u32([e, f, g, h])));
        if len < LEAST || len % 4 != 0 {
            break;
        }
        if kind == SECRETS && len <= wide(limits::KEY_LOG_BYTES_AHEAD) {
            let mut bytes = vec![0; narrow(len)];
            let whole = file.read_at(position, &mut bytes).is_ok_and(|read| wide(read) == len);
            let Some((kind, bytes)) = Some(bytes).filter(|_| whole).and_then(|bytes| block::secrets(&bytes, order))
            else {
                break;
            };
            kept += bytes.len();
            if kept > limits::KEY_LOG_BYTES_AHEAD {
                break;
            }
            found.push(Secrets { kind, bytes, after: 0 });
        }
        position += len;
    }
    found
}

/// A part of the file.
struct Window<'f, R> {
    file: &'f R,
    start: u64,
    bytes: Vec<u8>,
    len: usize,
}

impl<R: ReadAt> Window<'_, R> {
    /// Twelve bytes at a position; nothing where the file ends before, or cannot be read.
    fn get(&mut self, position: u64, len: usize) -> Option<[u8; 12]> {
        let is_inside = position >= self.start && position + wide(len) <= self.start + wide(self.len);
        if !is_inside {
            self.start = position;
            self.len = self.file.read_at(position, &mut self.bytes).ok()?;
        }
        let at = narrow(position - self.start);
        self.bytes.get(..self.len)?.get(at..)?.first_chunk().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bytes(Vec<u8>);

    impl ReadAt for Bytes {
        fn read_at(&self, position: u64, into: &mut [u8]) -> io::Result<usize> {
            let rest = self.0.get(narrow(position)..).unwrap_or_default();
            let len = rest.len().min(into.len());
            into[..len].copy_from_slice(&rest[..len]);
            Ok(len)
        }
    }

    fn block(order: Order, kind: u32, content: &[u8]) -> Vec<u8> {
        let content = [content, &vec![0; content.len().next_multiple_of(4) - content.len()]].concat();
        let len = order.bytes(u32::try_from(content.len() + 12).unwrap());
        [&order.bytes(kind)[..], &len, &content, &len].concat()
    }

    fn section(order: Order) -> Vec<u8> {
        let content = [&order.bytes(0x1a2b_3c4d)[..], &[0; 4], &[0xff; 8]].concat();
        block(order, SECTION, &content)
    }

    fn key_log(order: Order, text: &str) -> Vec<u8> {
        let len = order.bytes(u32::try_from(text.len()).unwrap());
        block(order, SECRETS, &[&order.bytes(Secrets::TLS_KEY_LOG)[..], &len, text.as_bytes()].concat())
    }

    fn found(file: Vec<u8>) -> Vec<String> {
        secrets(&Bytes(file)).iter().map(|secrets| String::from_utf8(secrets.bytes.clone()).unwrap()).collect()
    }

    #[test]
    fn secrets_are_found_behind_packets_in_sections_of_either_order() {
        let (little, big) = (Order::Little, Order::Big);
        let packets = block(little, 6, &vec![0; CHUNK + 40]);
        let file = [
            section(little),
            packets.clone(),
            key_log(little, "one"),
            block(little, 6, &[7; 100]),
            section(big),
            key_log(big, "other"),
        ]
        .concat();
        assert_eq!(found(file.clone()), ["one", "other"]);
        // Wherever it is cut nothing else is found, and nothing is waited for.
        for cut in (0..200).chain(file.len() - 60..file.len()) {
            assert!(found(file[..cut].to_vec()).len() <= 2);
        }
    }

    #[test]
    fn a_block_that_is_none_ends_the_search() {
        for len in [0u32, 8, 13] {
            let broken = [&6u32.to_le_bytes()[..], &len.to_le_bytes(), &[0; 40]].concat();
            let file = [section(Order::Little), key_log(Order::Little, "one"), broken, key_log(Order::Little, "two")];
            assert_eq!(found(file.concat()), ["one"]);
        }
    }
}
