//! Header compression against another encoder: what loona-hpack makes of random lists of fields, ours reads back.

use loona_hpack::Encoder;
use loona_hpack::encoder::encode_integer;
use proptest::prelude::*;
use sockeye::http::h2::hpack::{Decoder, Form};

type Field = (Vec<u8>, Vec<u8>);

/// What a sender does with its table before a list.
#[derive(Debug, Clone)]
enum Before {
    Nothing,
    /// It takes so many bytes from now on, which the other side allowed.
    Resize(usize),
    /// The same, and before that it was emptied: both updates stand in the block (RFC 7541 section 4.2).
    Empty(usize),
}

fn text(most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![proptest::collection::vec(b'a'..=b'e', 0..4), proptest::collection::vec(any::<u8>(), 0..most)]
}

fn name() -> impl Strategy<Value = Vec<u8>> {
    let known = [":method", ":path", ":status", "accept-encoding", "cookie", "www-authenticate", "x-mine"];
    prop_oneof![3 => proptest::sample::select(known.map(|name| name.as_bytes().to_vec()).to_vec()), 1 => text(40)]
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    let known = ["GET", "/", "200", "gzip, deflate", "a=b"];
    prop_oneof![3 => proptest::sample::select(known.map(|value| value.as_bytes().to_vec()).to_vec()), 2 => text(200)]
}

fn before() -> impl Strategy<Value = Before> {
    let size = prop_oneof![Just(0_usize), 0..400_usize, 0..=20_000_usize];
    prop_oneof![4 => Just(Before::Nothing), 1 => size.clone().prop_map(Before::Resize), 1 => size.prop_map(Before::Empty)]
}

/// Dynamic Table Size Update (RFC 7541 section 6.3).
fn update(size: usize) -> Vec<u8> {
    let mut bytes = encode_integer(size, 5);
    bytes[0] = bytes[0] & 0x1f | 0x20;
    bytes
}

proptest! {
    #[test]
    fn what_another_encodes_is_read_back(
        lists in proptest::collection::vec((before(), proptest::collection::vec((name(), value()), 0..12)), 1..12),
    ) {
        let (mut theirs, mut ours) = (Encoder::new(), Decoder::new(false));
        for (before, list) in lists {
            let mut block = Vec::new();
            if let Before::Resize(size) | Before::Empty(size) = before {
                ours.allow(size as u64);
                if matches!(before, Before::Empty(_)) {
                    theirs.set_max_table_size(0);
                    block.extend(update(0));
                }
                theirs.set_max_table_size(size);
                block.extend(update(size));
            }
            block.extend(theirs.encode(list.iter().map(|(name, value)| (name.as_slice(), value.as_slice()))));
            let (mut read, mut end) = (Vec::<Field>::new(), None);
            let result = ours.decode(&block, |field| {
                assert!(end.is_none_or(|end| end == field.span.start), "fields follow one on the other");
                assert!(field.form != Form::Never);
                end = Some(field.span.end);
                read.push((field.name.unwrap().to_vec(), field.value.unwrap().to_vec()));
            });
            prop_assert_eq!(result, Ok(()));
            prop_assert_eq!(read, list);
            prop_assert!(end.is_none_or(|end| end == block.len()));
        }
    }
}
