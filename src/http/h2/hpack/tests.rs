//! Vectors of RFC 7541 appendix C, and what breaks its rules.

use super::*;
use proptest::prelude::*;

fn text(bytes: Option<Arc<[u8]>>) -> String {
    bytes.map_or("?".to_owned(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn fields(decoder: &mut Decoder, hex: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let block = hex::decode(hex.replace(' ', "")).unwrap();
    let mut end = 0;
    decoder
        .decode(&block, |field| {
            assert_eq!(field.span.start, end, "fields follow one on the other");
            end = field.span.end;
            out.push((text(field.name), text(field.value)));
        })
        .unwrap();
    out
}

fn fault(hex: &str) -> Option<Fault> {
    Decoder::new(false).decode(&hex::decode(hex).unwrap(), |_| {}).err()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Appendix C.3 and C.4: three requests, plain and Huffman-coded.
#[test]
fn requests_of_the_rfc() {
    let plain = [
        "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        "8286 84be 5808 6e6f 2d63 6163 6865",
        "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
    ];
    let coded = [
        "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
        "8286 84be 5886 a8eb 1064 9cbf",
        "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
    ];
    for blocks in [plain, coded] {
        let mut decoder = Decoder::new(false);
        let common = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "www.example.com")];
        assert_eq!(fields(&mut decoder, blocks[0]), pairs(&common));
        assert_eq!(decoder.table.size(), 57);
        let second = [&common[..], &[("cache-control", "no-cache")]].concat();
        assert_eq!(fields(&mut decoder, blocks[1]), pairs(&second));
        assert_eq!(decoder.table.size(), 110);
        let third = [
            (":method", "GET"),
            (":scheme", "https"),
            (":path", "/index.html"),
            (":authority", "www.example.com"),
            ("custom-key", "custom-value"),
        ];
        assert_eq!(fields(&mut decoder, blocks[2]), pairs(&third));
        assert_eq!(decoder.table.size(), 164);
    }
}

/// Appendix C.5: responses, with a table of 256 bytes out of which entries fall.
#[test]
fn responses_of_the_rfc_with_eviction() {
    let mut decoder = Decoder::new(false);
    decoder.table.resize(256);
    let first = "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d";
    let date = "Mon, 21 Oct 2013 20:13:21 GMT";
    let rest = [("cache-control", "private"), ("date", date), ("location", "https://www.example.com")];
    assert_eq!(fields(&mut decoder, first), pairs(&[&[(":status", "302")], &rest[..]].concat()));
    assert_eq!(decoder.table.size(), 222);
    assert_eq!(fields(&mut decoder, "4803 3330 37c1 c0bf"), pairs(&[&[(":status", "307")], &rest[..]].concat()));
    assert_eq!(decoder.table.size(), 222);
    let third = "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31";
    let all = fields(&mut decoder, third);
    assert_eq!(all[0], (":status".to_owned(), "200".to_owned()));
    assert_eq!(all[5].1, "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1");
    assert_eq!(decoder.table.size(), 215);
}

/// Appendix C.2.3: a literal that is never indexed, and C.1: numbers.
#[test]
fn literals_say_how_they_were_written() {
    let mut forms = Vec::new();
    for block in ["100870617373776f726406736563726574", "040c2f73616d706c652f70617468", "82"] {
        Decoder::new(false).decode(&hex::decode(block).unwrap(), |field| forms.push(field.form)).unwrap();
    }
    assert_eq!(forms, [Form::Never, Form::Plain, Form::Indexed]);
    for (bytes, bits, number) in [(&[0x0a][..], 5, 10), (&[0x1f, 0x9a, 0x0a], 5, 1337), (&[0x2a], 8, 42)] {
        assert_eq!(Reader { block: bytes, at: 0 }.number(bits), Ok(number));
    }
}

#[test]
fn what_breaks_the_rules_is_named() {
    assert_eq!(fault("80"), Some(Fault::Index));
    assert_eq!(fault("be"), Some(Fault::Index));
    assert_eq!(fault("82 7f".replace(' ', "").as_str()), Some(Fault::Cut));
    assert_eq!(fault("ffffffffffffff7f"), Some(Fault::Number));
    assert_eq!(fault("4001618100"), Some(Fault::Huffman));
    assert_eq!(fault("3fe21f"), Some(Fault::TableSize));
    assert_eq!(fault("8220"), Some(Fault::LateUpdate));
    assert_eq!(fault("20"), None);
}

#[test]
fn entries_that_were_not_seen_are_unknown() {
    let mut decoder = Decoder::new(true);
    assert_eq!(fields(&mut decoder, "82be"), pairs(&[(":method", "GET"), ("?", "?")]));
    // One is added; the unseen ones are behind it.
    assert_eq!(fields(&mut decoder, "4001610162bebf"), pairs(&[("a", "b"), ("a", "b"), ("?", "?")]));
    // A value under an unseen name.
    assert_eq!(fields(&mut decoder, "0f30 01 63"), pairs(&[("?", "c")]));
    // Emptied, nothing unseen is left.
    assert_eq!(decoder.decode(&hex::decode("20be").unwrap(), |_| {}), Err(Fault::Index));
}

#[test]
fn few_bytes_do_not_become_many() {
    let mut decoder = Decoder::new(false);
    let long = [&[0x40, 0x01, b'a', 0x7f, 0x80, 0x1e][..], &[b'x'; 3_967]].concat();
    let block = [long, vec![0xbe; 10_000]].concat();
    let mut told = 0u64;
    let result = decoder.decode(&block, |field| told += wide(field.value.map_or(0, |value| value.len())));
    assert_eq!(result, Err(Fault::TooLong));
    assert!(told <= limits::HPACK_LIST_BYTES);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(blocks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..100), 1..5), late: bool) {
        let mut decoder = Decoder::new(late);
        for block in blocks {
            let _ = decoder.decode(&block, |field| assert!(field.span.end <= block.len()));
            prop_assert!(decoder.table.size() <= table::USUAL);
        }
    }
}
