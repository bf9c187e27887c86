//! What tools print of bytes is read as those bytes, or refused with its place (tests/data/dumps/README.md).

use std::path::PathBuf;

use proptest::prelude::*;
use sockeye::teach::dump::{Form, read};

fn files() -> Vec<(String, PathBuf)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/dumps");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .filter(|(name, _)| name.ends_with(".txt"))
        .collect();
    files.sort();
    files
}

#[test]
fn what_tools_print_is_read_as_their_bytes_or_refused() {
    let (mut as_bytes, mut refused) = (0, 0);
    for (name, path) in files() {
        let text = std::fs::read_to_string(&path).unwrap();
        let of = name.split('.').next().unwrap();
        let found = read(&text);
        if of == "refused" {
            let wrong = found.unwrap_err();
            assert!(wrong.line.is_some(), "{name}: {wrong}");
            refused += 1;
        } else {
            let bytes = std::fs::read(path.with_file_name(format!("{of}.bin"))).unwrap();
            assert_eq!(found.unwrap_or_else(|wrong| panic!("{name}: {wrong}")).bytes, bytes, "{name}");
            as_bytes += 1;
        }
    }
    assert!(as_bytes > 30 && refused > 5, "{as_bytes}, {refused}");
}

#[test]
fn a_dump_that_lacks_a_line_is_refused() {
    let mut tried = 0;
    for (name, path) in
        files().into_iter().filter(|(name, _)| name.starts_with("frames.xxd.") || name.contains("canonical"))
    {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        // Without its first line or its last it is the dump of other bytes.
        for lacking in 1..lines.len().saturating_sub(2) {
            let rest: String =
                (0..).zip(&lines).filter(|(n, _)| *n != lacking).map(|(_, line)| format!("{line}\n")).collect();
            // A row of zeros is made up for by the '*' before or behind it.
            if lines[lacking].contains('*') || lines[lacking].contains("00 00 00 00 00 00 00 00  00 00") {
                continue;
            }
            assert!(read(&rest).is_err(), "{name} without line {}", lacking + 1);
            tried += 1;
        }
    }
    assert!(tried > 3, "{tried}");
}

#[test]
fn forms_of_programs() {
    // The unmasked "Hello" of RFC 6455 section 5.7, and its beginnings.
    const HELLO: &[u8] = b"\x81\x05Hello";
    for (text, form) in [
        (r"\x81\x05Hello", Form::Literal),
        (r#""\x81\x05Hello""#, Form::Literal),
        (r"b'\x81\x05Hello'", Form::Literal),
        (r"$'\x81\x05Hello'", Form::Literal),
        (r#"char hello[] = "\201\5" "Hello";"#, Form::Literal),
        (r#""\u0081\u0005Hello""#, Form::Literal),
        ("\"\\x81\\x05\\x48\" \\\n\"\\x65\\x6c\\x6c\\x6f\"\n", Form::Literal),
        (r"\x81 \x05 \x48\x65\x6c\x6c\x6f", Form::Hex),
        ("{ 0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f }", Form::Array),
        ("char peer0_0[] = { /* Packet 8 */\n0x81, 0x05, 0x48, 0x65, \n0x6c, 0x6c, 0x6f };", Form::Array),
        ("{0x81, 5, 'H', 'e', 'l', 'l', 'o'}", Form::Array),
        ("[129, 5, 72, 101, 108, 108, 111]", Form::Array),
        (r#"{"type":"Buffer","data":[129,5,72,101,108,108,111]}"#, Form::Array),
        ("<Buffer 81 05 48 65 6c 6c 6f>", Form::Array),
        ("let hello: [u8; 7] = [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f];", Form::Array),
        ("[]byte{0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}", Form::Array),
        ("gQVIZWxsbw==", Form::Base64),
        ("gQVIZWxsbw", Form::Base64),
        ("8105 48656c6c6f", Form::Hex),
        ("81:05:48:65:6c:6c:6f", Form::Hex),
        ("81-05-48-65-6C-6C-6F", Form::Hex),
        ("0x8105,0x48656c6c6f", Form::Hex),
        ("\"81 05 48 65 6c 6c 6f\"", Form::Hex),
        ("\u{feff}\x1b[1;32m81\x1b[0m 05 48 65 6c 6c 6f", Form::Hex),
        ("10000001 00000101 01001000 01100101 01101100 01101100 01101111", Form::Bits),
        ("0000 81 05 48 65 6c 6c 6f", Form::Rows),
        ("0x0000:  8105 4865 6c6c 6f                        ..Hello", Form::Rows),
        ("81 05 48 65 6c 6c 6f  ..Hello", Form::Rows),
    ] {
        let found = read(text).unwrap_or_else(|wrong| panic!("{text}: {wrong}"));
        assert_eq!((&found.bytes[..], found.form), (HELLO, form), "{text}");
    }
}

#[test]
fn what_could_be_read_in_two_ways_or_not_at_all_is_refused_at_its_place() {
    for (text, line, column) in [
        ("81 05 48 6", None, 10),
        ("81 05\n48 6g", Some(2), 5),
        ("818", None, 1),
        // The text of a dump: `ab` looks like a byte.
        ("0000 81 02 61 62 ..ab", None, 18),
        ("81 02 61 62 ..ab", None, 13),
        ("00000000: 8102 4142  ..xy", None, 22),
        ("81:02:61 62", None, 10),
        // An offset, or bytes.
        ("8180 48 65 6c", None, 1),
        ("00000000  81 05 48\n00000010  65 6c\n", Some(2), 1),
        ("00000000  81 05 48\n00000000  81 05\n", Some(2), 1),
        ("81 05 48\n00000003: 65 6c", Some(1), 1),
        ("00000000  81 05\n*\n", Some(2), 1),
        ("00000000  81 05\n*\nffffffff\n", Some(3), 1),
        ("0000000 0581 6548\n", None, 9),
        // Decimal, or hex.
        ("[81, 05]", None, 2),
        ("[129, 256]", None, 7),
        ("<Buffer 81 05 ... 7 more bytes>", None, 15),
        ("char a[] = {0x81};\nchar b[] = {0x82};", Some(2), 6),
        ("unsigned char a[] = {0x81, 0x05}; unsigned int a_len = 3;", None, 56),
        (r"\x81\x05He llo", None, 11),
        (r#""\x81\q""#, None, 6),
        (r#""\x81"#, None, 6),
        ("hello", None, 1),
        ("test", None, 1),
    ] {
        let wrong = read(text).expect_err(text);
        assert_eq!((wrong.line, wrong.column), (line, column), "{text}: {wrong}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in r#"([0-9a-f ]{0,40}|[ -~\n]{0,40}|0000: |\n\*\n|[\\x"'{\[|]){0,6}"#) {
        if let Err(wrong) = read(&text) {
            prop_assert!(wrong.column <= text.chars().count() + 1 && wrong.line.is_none_or(|line| line <= text.lines().count()));
        }
    }

    #[test]
    fn rows_of_any_bytes_are_those_bytes(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), 0x20..0x7f_u8], 1..80)) {
        let mut dump = String::new();
        for (n, row) in bytes.chunks(16).enumerate() {
            let hex: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
            let text: String = row.iter().map(|byte| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' }).collect();
            dump += &format!("{:08x}: {:<47}  {text}\n", n * 16, hex.join(" "));
        }
        prop_assert_eq!(read(&dump).unwrap().bytes, bytes);
    }
}
