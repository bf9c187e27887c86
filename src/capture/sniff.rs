//! What a file that is no capture looks like, so that the message can name the way out.
//!
//! In: the first bytes of a file (after decompression). Out: a [`Guess`]; any bytes give one.

use std::fmt;

use super::compression::Compression;

/// What a file looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Guess {
    /// What was around it.
    pub compression: Option<Compression>,
    /// What it is, and the way out.
    pub text: &'static str,
}

impl fmt::Display for Guess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.compression {
            Some(compression) => write!(f, "{compression} data that holds something else: {}", self.text),
            None => f.write_str(self.text),
        }
    }
}

/// Written by hardware or software of IXIA, in either byte order.
const IXIA: &str = "an IXIA capture; convert it: editcap -F pcapng IN OUT";

/// First bytes of formats that people take for captures, and the way out.
const MAGICS: &[(&[u8], &str)] = &[
    (b"snoop\0\0\0", "a snoop capture; convert it: editcap -F pcapng IN OUT"),
    (b"GMBU", "a Microsoft Network Monitor capture; convert it: editcap -F pcapng IN OUT"),
    (b"RTSS", "a Microsoft Network Monitor capture; convert it: editcap -F pcapng IN OUT"),
    (b"TRSNIFF data", "a Sniffer capture; convert it: editcap -F pcapng IN OUT"),
    (b"XCP\0", "a NetXRay capture; convert it: editcap -F pcapng IN OUT"),
    (b"btsnoop\0", "a Bluetooth log; convert it: editcap -F pcapng IN OUT"),
    (&[0x1c, 0x00, 0x01, 0xac], IXIA),
    (&[0xac, 0x01, 0x00, 0x1c], IXIA),
    (&[0x1c, 0x00, 0x01, 0xab], IXIA),
    (&[0xab, 0x01, 0x00, 0x1c], IXIA),
    (b"BZh", "bzip2 data; decompress it first: bunzip2 -c FILE | sockeye -"),
    (b"\xfd7zXZ\0", "xz data; decompress it first: xz -dc FILE | sockeye -"),
    (&[0x02, 0x21, 0x4c, 0x18], "lz4 data of the legacy format; decompress it first: lz4 -dc FILE | sockeye -"),
    (&[0x1f, 0x9d], "compress data; decompress it first: gzip -dc FILE | sockeye -"),
    (&[0x1f, 0x8b], "gzip data; decompress it first: gzip -dc FILE | sockeye -"),
    (&[0x28, 0xb5, 0x2f, 0xfd], "zstd data; decompress it first: zstd -dc FILE | sockeye -"),
    (&[0x04, 0x22, 0x4d, 0x18], "lz4 data; decompress it first: lz4 -dc FILE | sockeye -"),
    (b"PK\x03\x04", "a zip archive; unpack the capture in it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack the capture in it first"),
    (b"Rar!", "a RAR archive; unpack the capture in it first"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"SQLite format 3\0", "an SQLite database"),
];

/// Words that begin the lines of a TLS key log (the NSS key log format).
const KEY_LOG: &[&str] = &[
    "CLIENT_RANDOM ",
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET ",
    "SERVER_HANDSHAKE_TRAFFIC_SECRET ",
    "RSA ",
    "# SSL/TLS secrets",
];

/// What `bytes`, the beginning of a file, looks like.
pub(super) fn guess(bytes: &[u8], compression: Option<Compression>) -> Guess {
    Guess { compression, text: text(bytes) }
}

fn text(bytes: &[u8]) -> &'static str {
    if let Some((_, text)) = MAGICS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return text;
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return "a tar archive; unpack the capture in it first";
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return "text (UTF-16); give a pcap or pcapng file";
    }
    if bytes.iter().all(|&byte| byte == 0) {
        return "zero bytes only; the copy or the disk has lost its content";
    }
    // A character cut at the end of what was read is still text.
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            bytes.get(..error.valid_up_to()).and_then(|front| std::str::from_utf8(front).ok()).unwrap_or("")
        }
        Err(_) => "",
    };
    if valid.is_empty() || valid.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\x1b' | '\x0c')) {
        return "its first bytes are of no known format; give a pcap or pcapng file";
    }
    words(valid.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']))
}

fn words(text: &str) -> &'static str {
    if text.lines().any(|line| KEY_LOG.iter().any(|word| line.starts_with(word))) {
        return "it looks like a TLS key log; give the capture it belongs to";
    }
    if text.starts_with('{') || text.starts_with('[') {
        if text.contains("\"log\"") && (text.contains("\"creator\"") || text.contains("\"entries\"")) {
            return "it looks like an HTTP archive (HAR), which has no packets; give a pcap or pcapng file";
        }
        return "it looks like JSON; give the pcap or pcapng file it was made from";
    }
    let lower: String = text.chars().take(64).collect::<String>().to_ascii_lowercase();
    if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        return "it looks like an HTML page; was a download refused?";
    }
    if lower.starts_with("<?xml") {
        return "it looks like XML; give the pcap or pcapng file it was made from";
    }
    "it looks like text; give a pcap or pcapng file"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_told() {
        for (bytes, word) in [
            (&b"hello, this is a note\n"[..], "text"),
            (b"# SSL/TLS secrets log file, generated by NSS\n", "TLS key log"),
            (b"CLIENT_RANDOM 00 11\n", "TLS key log"),
            (b"{\"log\":{\"version\":\"1.2\",\"creator\":{}}}", "HAR"),
            (b"[{\"_index\": \"packets\"}]", "JSON"),
            (b"<!DOCTYPE html><p>404", "HTML"),
            (b"<?xml version=\"1.0\"?><pdml>", "XML"),
            (b"snoop\0\0\0\0\0\0\x02", "editcap"),
            (&[0xac, 0x01, 0x00, 0x1c, 2, 0], "IXIA"),
            (b"PK\x03\x04....", "zip"),
            (b"\x7fELF\x02", "program"),
            (&[0; 64], "zero bytes"),
            (&[0x80, 0xff, 0x13, 0x37], "no known format"),
            (b"\xff\xfeh\0i\0", "UTF-16"),
            ("caf\u{e9}".as_bytes().split_last().unwrap().1, "text"),
        ] {
            assert!(text(bytes).contains(word), "{bytes:?}: {}", text(bytes));
        }
        let inner = guess(b"hello", Some(Compression::Gzip)).to_string();
        assert!(inner.starts_with("gzip data that holds something else: it looks like text"), "{inner}");
    }
}
