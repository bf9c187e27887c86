//! Bytes in a WebSocket stream that are no frames: an HTTP message, a body behind the 101, JSON or text without framing.
//!
//! In: the bytes where a frame should begin. Out: whether they are a frame or text, and what the text is. RFC 6455
//! section 5.1 has frames and nothing else, so whoever writes text has lost its way. Every byte of ASCII text has FIN 0,
//! and nearly all make a header that no frame has; a header that some frame may have is believed as long as the bytes
//! after it may be its payload. Nothing here takes longer than the bytes are many.

use super::check;
use super::header::{Header, LengthForm, Opcode};
use super::rules::Rules;
use crate::base::number::narrow;
use crate::base::{Code, Direction, Note};

/// Text in a row, bytes, where the header that they make breaks the rules: of bytes that mean nothing one in three is
/// text, so one such run in 10^7 is chance.
const ENOUGH: usize = 16;

/// The same where the header may be that of a fragment.
const ENOUGH_AFTER_HEADER: usize = 32;

/// Characters of ASCII with which a text begins: in what is masked the second byte is none.
const PLAIN: usize = 4;

/// Bytes of a run of text kept to name it.
pub(super) const HEAD: usize = 256;

/// Characters of it that a note shows.
const SHOWN: usize = 40;

/// What bytes are where a frame should begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A frame, whatever is wrong with it.
    Frame,
    /// Text.
    Text,
    /// Neither, and nobody knows what.
    Neither,
    /// It is not known yet; what follows tells.
    More,
}

/// A frame whose first byte is this one may be text: FIN is 0, and it is no plain fragment. All that costs a real frame.
#[inline]
pub(super) fn may_be_text(first: u8) -> bool {
    first > 2 && first < 0x7f
}

/// Looks at the bytes where a frame should begin; `last`: there will be no more. Unless it is so, what is said of some bytes
/// is said of them with others behind them, too: it does not depend on where they are cut. More than some 150 bytes are
/// never asked for.
pub(super) fn verdict(bytes: &[u8], direction: Direction, rules: &Rules, last: bool) -> Verdict {
    let Some(first) = bytes.first() else { return Verdict::Frame };
    if is_status_line(bytes) {
        return Verdict::Text;
    }
    if !last && may_become_status_line(bytes) {
        return Verdict::More;
    }
    let (run, ended) = run(bytes);
    // An extension that is not known may use any header.
    if run < 2 && ended || rules.unknown_extension {
        return Verdict::Frame;
    }
    let opcode = Opcode::from_bits(*first);
    // RSV1 on a fragment, compressed as agreed on.
    let lawful = rules.inflation.is_some() && first & 0x70 == 0x40 && matches!(opcode.bits(), 0..=2);
    if run >= if lawful { ENOUGH_AFTER_HEADER } else { ENOUGH } {
        // What is compressed is no text; other fragments may be, and are believed where a frame ends with them.
        let fragment = matches!(opcode.bits(), 0..=2) || first & 0x70 == 0;
        return match is_frame(bytes, direction, rules, last) {
            _ if lawful || !fragment => Verdict::Text,
            Some(true) => Verdict::Frame,
            Some(false) => Verdict::Text,
            None => Verdict::More,
        };
    }
    if !ended {
        return match last {
            false => Verdict::More,
            true if run >= 2 && !lawful => Verdict::Text,
            true => Verdict::Frame,
        };
    }
    // A short text before a frame, as of a body.
    match bytes.get(run..).and_then(|rest| is_lawful(rest, direction, rules)) {
        Some(true) if !lawful => Verdict::Text,
        None if !last && !lawful => Verdict::More,
        _ => Verdict::Frame,
    }
}

/// Length of the text in whole characters at the start of the bytes, and whether something follows that is none.
fn run(bytes: &[u8]) -> (usize, bool) {
    let ascii = ascii_run(bytes);
    if ascii < PLAIN {
        return (ascii, ascii < bytes.len());
    }
    let (len, begun) = text_run(bytes);
    // Whether the last character is one is not known yet.
    (len, begun == 0 && len < bytes.len())
}

/// How a status line begins, or with another digit.
const STATUS_LINE: &[u8; 9] = b"HTTP/1.0 ";

fn is_status_line(bytes: &[u8]) -> bool {
    matches!(bytes, [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0' | b'1', b' ', ..])
}

/// The bytes may be the first ones of a status line.
fn may_become_status_line(bytes: &[u8]) -> bool {
    let may = |(at, byte): (usize, u8), wanted: u8| byte == wanted || at == 7 && byte == b'1';
    bytes.len() < STATUS_LINE.len()
        && bytes.iter().copied().enumerate().zip(*STATUS_LINE).all(|(one, wanted)| may(one, wanted))
}

/// The frame that begins here ends before a header without fault, or, where there will be no more, where the bytes do. `None`
/// as long as that is not known. What claims to be longer than a short frame can be is none: who would wait for it?
fn is_frame(bytes: &[u8], direction: Direction, rules: &Rules, last: bool) -> Option<bool> {
    let short = |header: &Header| header.form == LengthForm::Bits7;
    let Some(header) = Header::parse(bytes).ok().filter(short) else { return Some(false) };
    let end = u64::from(header.wire_len()).saturating_add(header.length);
    let after = bytes.get(narrow(end)..);
    let lawful = after.and_then(|after| is_lawful(after, direction, rules));
    lawful.or(last.then_some(after.is_some_and(<[u8]>::is_empty)))
}

/// Whether the header at the start of the bytes breaks no rule; `None` where it is not whole.
pub(super) fn is_lawful(bytes: &[u8], direction: Direction, rules: &Rules) -> Option<bool> {
    let header = Header::parse(bytes).ok()?;
    let mut notes = Vec::new();
    check::header(direction, &header, rules, &mut notes);
    Some(notes.is_empty())
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

fn ascii_run(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| !is_text(*byte)).unwrap_or(bytes.len())
}

/// Length of the text at the start of the bytes, in whole characters of UTF-8; and how many bytes behind it, up to their end,
/// begin a character that is not whole.
pub(super) fn text_run(bytes: &[u8]) -> (usize, usize) {
    let end = bytes.iter().position(|byte| *byte < 0x80 && !is_text(*byte)).unwrap_or(bytes.len());
    match std::str::from_utf8(bytes.get(..end).unwrap_or(bytes)) {
        Ok(_) => (end, 0),
        Err(error) if error.error_len().is_none() && end == bytes.len() => {
            (error.valid_up_to(), end - error.valid_up_to())
        }
        Err(error) => (error.valid_up_to(), 0),
    }
}

/// Looks at what follows a text: only a header without fault is taken for one. As of [`verdict`], `last` says that there will
/// be no more, and where the bytes are cut changes nothing.
pub(super) fn verdict_behind(bytes: &[u8], direction: Direction, rules: &Rules, last: bool) -> Verdict {
    match is_lawful(bytes, direction, rules) {
        Some(true) => Verdict::Frame,
        Some(false) => Verdict::Neither,
        None if last => Verdict::Frame,
        None => Verdict::More,
    }
}

/// What `len` bytes of text are that begin with `head`; `body`: the head of the response announced a body, and this is
/// what follows it.
pub(super) fn note(head: &[u8], len: u64, direction: Direction, body: bool) -> Note {
    let text = String::from_utf8_lossy(head);
    let line = text.lines().next().unwrap_or_default();
    let (code, what) = if is_status_line(head) {
        let status = line.split_once(' ').map_or("", |(_, status)| status);
        (Code::StreamHttp, format!("a response, {}", cut(status.trim())))
    } else if let Some(request) =
        line.trim_end().strip_suffix(" HTTP/1.1").or(line.trim_end().strip_suffix(" HTTP/1.0"))
    {
        (Code::StreamHttp, format!("a request, {}", cut(request)))
    } else if body {
        (Code::StreamBody, format!("{}: {:?}", kind(&text), cut(line)))
    } else {
        (Code::StreamUnframed, format!("{}: {:?}", kind(&text), cut(line)))
    };
    Note::new(code).with_detail(format!("{len} bytes from the {}, {what}", direction.name()))
}

/// What a text is, by its beginning.
fn kind(text: &str) -> &'static str {
    let start = text.trim_start();
    let is = |prefix: &str| start.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    if is("<!doctype html") || is("<html") {
        "HTML"
    } else if start.starts_with('<') {
        "markup"
    } else if start.starts_with(['{', '[']) {
        "JSON"
    } else {
        "text"
    }
}

fn cut(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::websocket::Inflation;

    fn server(bytes: &[u8], last: bool) -> Verdict {
        verdict(bytes, Direction::Server, &Rules::default(), last)
    }

    fn deflate() -> Rules {
        let inflation = Some(Inflation { window_bits: 15, takeover: true, per_frame: false });
        Rules { inflation, ..Rules::default() }
    }

    #[test]
    fn what_is_written_without_frames_is_text() {
        for text in [
            &b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n"[..],
            b"GET /next HTTP/1.1\r\nHost: h\r\n",
            b"POST /next HTTP/1.1\r\nHost: h\r\n",
            b"<!DOCTYPE html>\r\n<html>",
            b"{\"type\":\"hello\",\"msg\":\"raw json\"}",
            b"[1, 2, 3, 4, 5, 6, 7, 8]",
            b"\r\n\r\nwelcome to the server",
            b"1a\r\n<p>the first chunk of it</p>\r\n",
            b"Bad credentials, go away now and never come back",
            b"authentication failed for the user called root",
            "Bienvenue à tous ceux qui écoutent".as_bytes(),
        ] {
            // Some may still be a frame, as long as it is not known what follows.
            assert_ne!(server(text, false), Verdict::Frame, "{}", text.escape_ascii());
            assert_eq!(server(text, true), Verdict::Text, "{}", text.escape_ascii());
            assert_eq!(server(&text.repeat(9), false), Verdict::Text, "{}", text.escape_ascii());
            let verdict = verdict(text, Direction::Server, &deflate(), true);
            assert_eq!(verdict, Verdict::Text, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn a_short_text_is_known_by_what_follows_it() {
        assert_eq!(server(b"OK\r\n", false), Verdict::More);
        assert_eq!(server(b"OK\r\n", true), Verdict::Text);
        assert_eq!(server(b"OK\r\n\x81\x05hello", false), Verdict::Text);
        assert_eq!(server(b"OK\r\n\x81", false), Verdict::More);
        assert_eq!(server(b"OK\r\n\xff\x01", false), Verdict::Frame);
    }

    #[test]
    fn frames_stay_frames_whatever_is_wrong_with_them() {
        // A fragmented ping, a reserved opcode, RSV1 that nobody agreed on, each with a text.
        for frame in [&b"\x09\x05hello"[..], b"\x0b\x05hello", b"\x41\x05hello", b"\x40\x05hello", b"\x2a\x00"] {
            assert_eq!(server(frame, true), Verdict::Frame, "{}", frame.escape_ascii());
        }
        let long: Vec<u8> = [&b"\x41\x28"[..], &[b'x'; 40]].concat();
        assert_eq!(server(&long, false), Verdict::More);
        assert_eq!(server(&long, true), Verdict::Frame);
        assert_eq!(server(&[&long[..], b"\x80\x01y"].concat(), false), Verdict::Frame);
        // A masked one has MASK in its second byte.
        let client = |bytes: &[u8]| verdict(bytes, Direction::Client, &Rules::default(), true);
        assert_eq!(client(b"\x41\x85aaaahello"), Verdict::Frame);
        // A compressed fragment, cut anywhere.
        let fragment = b"\x41\x7e\x20\x20 \x12\x34";
        for end in 1..fragment.len() {
            assert_ne!(verdict(&fragment[..end], Direction::Server, &deflate(), false), Verdict::Text);
            assert_eq!(verdict(&fragment[..end], Direction::Server, &deflate(), true), Verdict::Frame);
        }
        assert_eq!(verdict(fragment, Direction::Server, &deflate(), false), Verdict::Frame);
        let foreign = Rules { unknown_extension: true, ..Rules::default() };
        assert_eq!(verdict(b"what an extension makes of it", Direction::Server, &foreign, true), Verdict::Frame);
    }

    proptest! {
        #[test]
        fn what_is_said_of_some_bytes_is_said_of_them_with_others_behind_them(
            pieces in proptest::collection::vec(prop_oneof![
                "[ -~]{1,20}".prop_map(String::into_bytes),
                "[a-zà-ü文🙂]{1,9}".prop_map(String::into_bytes),
                Just(b"HTTP/1.1 ".to_vec()),
                Just(b"\x41\x12".to_vec()),
                Just(b"\x81\x02".to_vec()),
                proptest::collection::vec(any::<u8>(), 1..4),
            ], 1..12),
            compressed: bool,
            unknown_extension: bool,
            client: bool,
        ) {
            let bytes = pieces.concat();
            let rules = Rules { unknown_extension, ..if compressed { deflate() } else { Rules::default() } };
            let direction = if client { Direction::Client } else { Direction::Server };
            let mut said = Verdict::More;
            for end in 1..=bytes.len() {
                let now = verdict(&bytes[..end], direction, &rules, false);
                prop_assert!(said == now || said == Verdict::More, "{}: {said:?}, {now:?}", bytes[..end].escape_ascii());
                prop_assert!(now != Verdict::More || end < 150);
                said = now;
            }
        }
    }

    #[test]
    fn text_ends_where_a_byte_is_none_in_any_two_pieces() {
        let text = "naïve — 文字 🙂\r\n".as_bytes();
        for tail in [&b"\x81\x05hello"[..], b"\xc1\x05hello", b"\x00", b"\xff"] {
            let all = [text, tail].concat();
            assert_eq!(text_run(&all), (text.len(), 0));
            for middle in 0..text.len() {
                let (first, begun) = text_run(&all[..middle]);
                assert_eq!(first + begun, middle);
                assert_eq!(text_run(&all[first..]), (text.len() - first, 0), "{middle}");
            }
        }
        // Bytes that begin no character, in whole and as far as it is seen.
        assert_eq!((text_run(b"a\xe0"), text_run(b"a\xe0\x80"), text_run(b"a\xc3\x01")), ((1, 1), (1, 0), (1, 0)));
    }

    #[test]
    fn each_is_named_for_what_it_is() {
        let said = |head: &[u8], body| {
            let note = note(head, 99, Direction::Server, body);
            (note.code, note.detail.unwrap().into_owned())
        };
        let (http, body, bare) = (Code::StreamHttp, Code::StreamBody, Code::StreamUnframed);
        for (head, announced, code, what) in [
            (&b"HTTP/1.1 400 Bad Request\r\nA: b\r\n"[..], false, http, "a response, 400 Bad Request"),
            (b"HTTP/1.1 400 Bad Request", true, http, "a response, 400 Bad Request"),
            (b"GET /next HTTP/1.1\r\nHost: h\r\n", false, http, "a request, GET /next"),
            (b"OK\r\n", true, body, "text: \"OK\""),
            (b"<!doctype HTML><title>", false, bare, "HTML: \"<!doctype HTML><title>\""),
            (b"\n{\"a\":1}", false, bare, "JSON: \"\""),
            (b"hello\x7f", false, bare, "text: \"hello\\u{7f}\""),
        ] {
            assert_eq!(said(head, announced), (code, format!("99 bytes from the server, {what}")));
        }
    }
}
