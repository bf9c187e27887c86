//! Header blocks: any bytes, and those that another encoder made.
//!
//! Input: a byte of which bit 0 says that the decoder joins late; then operations `op, length` and as many bytes. By the low bits
//! of `op`: 0 a block as it is; 1 a list of fields, encoded by loona-hpack and decoded here, which must be the same; 2 the size
//! of the table that its encoder uses from the next list on; 3 a string, Huffman-coded, which both must read alike.

use loona_hpack::encoder::encode_integer;
use loona_hpack::huffman::HuffmanDecoder;
use sockeye::base::limits;
use sockeye::http::h2::hpack::{Decoder, Fault, Field};

/// Runs it.
pub fn run(input: &[u8]) {
    let Some((settings, mut rest)) = input.split_first() else { return };
    let mut any = Decoder::new(settings & 1 != 0);
    let mut theirs = loona_hpack::Encoder::new();
    let mut ours = Decoder::new(false);
    let mut update = Vec::new();
    while let Some(([op, len], after)) = rest.split_first_chunk() {
        let (bytes, after) = after.split_at(usize::from(*len).min(after.len()));
        rest = after;
        match op & 3 {
            0 => whatever(&mut any, bytes),
            1 => {
                let fields = fields(bytes);
                let mut block = std::mem::take(&mut update);
                block.extend(theirs.encode(fields.iter().copied()));
                let fields: Vec<_> = fields.into_iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
                assert_eq!(decoded(&mut ours, &block), fields);
            }
            2 => {
                let size = usize::from(*len) * 61;
                ours.allow(size as u64);
                theirs.set_max_table_size(size);
                update.extend(as_update(size));
            }
            _ => huffman(bytes),
        }
    }
}

/// The instruction that changes the size of the table (RFC 7541 section 6.3).
fn as_update(size: usize) -> Vec<u8> {
    let mut bytes = encode_integer(size, 5);
    bytes[0] = bytes[0] & 0x1f | 0x20;
    bytes
}

/// Names and values, each as long as the low bits of a byte before it say, which are fewer than those of others, so that
/// names repeat.
fn fields(mut bytes: &[u8]) -> Vec<(&[u8], &[u8])> {
    const NAMES: [&[u8]; 4] = [b":path", b"cookie", b"x-mine", b":method"];
    let mut fields = Vec::new();
    while let Some((head, rest)) = bytes.split_first() {
        let (value, rest) = rest.split_at(usize::from(head & 0x3f).min(rest.len()));
        let (name, value) = match head >> 6 {
            0 => value.split_at(value.len() / 2),
            name => (NAMES[usize::from(name)], value),
        };
        fields.push((name, value));
        bytes = rest;
    }
    fields
}

fn decoded(decoder: &mut Decoder, block: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut told = Vec::new();
    decoder.decode(block, |field| told.push(field)).unwrap();
    check(&told, block.len());
    told.into_iter().map(|field| (field.name.unwrap().to_vec(), field.value.unwrap().to_vec())).collect()
}

fn whatever(decoder: &mut Decoder, block: &[u8]) {
    let mut told = Vec::new();
    let result = decoder.decode(block, |field| told.push(field));
    check(&told, block.len());
    let len = |text: &Option<std::sync::Arc<[u8]>>| text.as_ref().map_or(0, |text| text.len() as u64);
    let list: u64 = told.iter().map(|field| 32 + len(&field.name) + len(&field.value)).sum();
    assert!(list <= limits::HPACK_LIST_BYTES);
    assert!(result != Err(Fault::TooLong) || block.len() > 64);
    assert!(decoder.memory() <= 4096 + 2 * 8 * 4096);
}

/// Fields follow one on the other inside the block.
fn check(told: &[Field], len: usize) {
    let mut end = 0;
    for field in told {
        assert!(field.span.start >= end && field.span.end > field.span.start && field.span.end <= len);
        end = field.span.end;
    }
}

/// A string of this code (RFC 7541 section 5.2), read by two.
fn huffman(bytes: &[u8]) {
    let block = [&[0, 1, b'a'][..], &encode_string_length(bytes.len()), bytes].concat();
    let mut told = Vec::new();
    let ours = Decoder::new(false).decode(&block, |field| told.push(field));
    match HuffmanDecoder::new().decode(bytes) {
        Ok(theirs) => {
            assert_eq!(ours, Ok(()));
            assert_eq!(told[0].value.as_deref(), Some(theirs.as_slice()));
        }
        Err(_) => assert_eq!(ours, Err(Fault::Huffman)),
    }
}

fn encode_string_length(len: usize) -> Vec<u8> {
    let mut bytes = encode_integer(len, 7);
    bytes[0] |= 0x80;
    bytes
}
