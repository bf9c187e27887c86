//! Compressed messages after losses and late starts: what can be known is known and right, the rest is a hole.
//!
//! The truth is flate2's. After a loss nothing of the history is known, so each later message is inflated twice, with
//! two histories that differ in every byte: what comes out the same both times does not depend on what was lost.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use proptest::prelude::*;
use sockeye::base::{Code, Direction};

use crate::build::{By, Found, FoundMessage, Wire, plain};

const WINDOW: usize = 32 * 1024;

/// What happens to a message on its way into the capture.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    Kept,
    /// The whole frame is lost.
    Lost,
    /// So many of the payload's bytes, in parts of 256, are kept, and the rest is lost.
    Cut(u8),
}

struct Deflater {
    raw: Compress,
    takeover: bool,
}

impl Deflater {
    fn new(takeover: bool) -> Deflater {
        Deflater { raw: Compress::new(Compression::best(), false), takeover }
    }

    fn message(&mut self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len() * 2 + 200);
        self.raw.compress_vec(text, &mut out, FlushCompress::Sync).unwrap();
        assert!(out.ends_with(&[0, 0, 0xff, 0xff]));
        out.truncate(out.len() - 4);
        if !self.takeover {
            self.raw.reset();
        }
        out
    }
}

/// Inflates one message after `history`.
fn inflate(history: &[u8], message: &[u8]) -> Vec<u8> {
    let mut raw = Decompress::new(false);
    if !history.is_empty() {
        raw.set_dictionary(&history[history.len().saturating_sub(WINDOW)..]).unwrap();
    }
    let mut out = Vec::with_capacity(1 << 20);
    raw.decompress_vec(&[message, &[0, 0, 0xff, 0xff]].concat(), &mut out, FlushDecompress::Sync).unwrap();
    out
}

/// For each message what can be known of its bytes; `None` for one that is lost or cut.
fn truth(texts: &[Vec<u8>], fates: &[Fate], takeover: bool) -> Vec<Option<Vec<Option<u8>>>> {
    let filler: Vec<u8> = (0..WINDOW).map(|i| (i * 7 % 253) as u8).collect();
    let unknown = || [filler.clone(), filler.iter().map(|byte| !byte).collect()];
    let mut deflater = Deflater::new(takeover);
    let mut histories = [vec![], vec![]];
    let mut known = Vec::new();
    for (text, fate) in texts.iter().zip(fates) {
        let message = deflater.message(text);
        if *fate != Fate::Kept {
            if takeover {
                histories = unknown();
            }
            known.push(None);
            continue;
        }
        let [one, other] = [0, 1].map(|i| inflate(&histories[i], &message));
        let bytes: Vec<_> = one.iter().zip(&other).map(|(a, b)| (a == b).then_some(*a)).collect();
        // What is known is what was sent.
        assert!(bytes.len() == text.len() && bytes.iter().zip(text).all(|(k, t)| k.is_none_or(|k| k == *t)));
        known.push(Some(bytes));
        if takeover {
            histories[0].extend(one);
            histories[1].extend(other);
        }
    }
    known
}

/// A message as found, its holes as `None`.
fn with_holes(message: &FoundMessage) -> Vec<Option<u8>> {
    let mut bytes = message.payload.iter().copied().map(Some);
    let mut out = Vec::new();
    for at in 0..message.length {
        let hole = message.holes.iter().any(|(start, len)| (*start..start + len).contains(&at));
        out.push(if hole { None } else { bytes.next().expect("every byte outside a hole") });
    }
    assert_eq!(bytes.next(), None, "no byte more");
    out
}

/// Frames of one direction, each in a segment of its own, some of them lost; and where each starts.
fn send(mut wire: Wire, texts: &[Vec<u8>], fates: &[Fate], takeover: bool) -> (Found, Vec<u64>) {
    let mut deflater = Deflater::new(takeover);
    let (mut offset, mut offsets) = (0, Vec::new());
    for (text, fate) in texts.iter().zip(fates) {
        let frame = plain(0xc1, &deflater.message(text));
        offsets.push(offset);
        offset += frame.len() as u64;
        wire = match fate {
            Fate::Kept => wire.server(&frame),
            Fate::Lost => wire.lose(By::Server, &frame),
            Fate::Cut(share) => {
                let header = frame.len() - payload_len(&frame);
                let kept = header + (frame.len() - header - 1) * usize::from(*share) / 256;
                wire.server(&frame[..kept]).lose(By::Server, &frame[kept..])
            }
        };
    }
    (wire.fin().dissect(), offsets)
}

fn payload_len(frame: &[u8]) -> usize {
    match frame[1] {
        126 => usize::from(u16::from_be_bytes([frame[2], frame[3]])),
        short => usize::from(short),
    }
}

/// A message as it was sent, what became of it, where it starts, and what can be known of it.
type Sent<'a> = (&'a Vec<u8>, Fate, u64, &'a Option<Vec<Option<u8>>>);

fn compare(found: &Found, sent: &[Sent<'_>]) {
    let mut messages: Vec<&FoundMessage> = found.messages_by(Direction::Server).collect();
    for (n, (text, fate, offset, known)) in sent.iter().enumerate() {
        let at = messages.iter().position(|message| message.offset == *offset);
        let message = at.map(|at| messages.remove(at));
        match (fate, message, known) {
            (Fate::Lost, None, _) => {}
            (Fate::Kept, Some(message), Some(known)) => {
                assert!(with_holes(message) == *known, "message {n}: {message:?}");
                let whole = known.iter().all(Option::is_some);
                assert_eq!((message.complete, message.length), (whole, text.len() as u64), "message {n}");
                let blamed = message.codes.contains(&Code::InflateHistory);
                assert_eq!(blamed, !whole, "message {n}: {:?}", message.codes);
            }
            (Fate::Cut(_), Some(message), _) => {
                assert!(!message.complete && message.ended, "message {n}: {message:?}");
                let seen = with_holes(message);
                let right = seen.iter().zip(*text).all(|(seen, sent)| seen.is_none_or(|seen| seen == *sent));
                assert!(seen.len() <= text.len() && right, "message {n}: what came before the cut is right");
            }
            // After a lost frame the place is lost, and the few bytes before another loss may not show where it is.
            (Fate::Cut(_), None, _)
                if n.checked_sub(1)
                    .and_then(|before| sent.get(before))
                    .is_some_and(|(_, fate, ..)| *fate != Fate::Kept) => {}
            (_, message, _) => panic!("message {n}: {fate:?}, found {message:?}"),
        }
    }
    assert_eq!(messages, Vec::<&FoundMessage>::new(), "no message is made up");
}

/// Text that repeats itself and what was said before.
fn texts() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let word =
        prop::sample::select(vec!["tick ", "price ", "{\"px\":", "volume ", "0.125, ", "EURUSD ", "déjà ", "vu "]);
    let fresh = "[a-z]{1,8}";
    let text = prop::collection::vec(prop_oneof![4 => word.prop_map(String::from), 1 => fresh.prop_map(|s| s)], 3..60);
    prop::collection::vec(text.prop_map(|words| words.concat().into_bytes()), 3..12)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn messages_after_losses_are_known_as_far_as_they_can_be(
        texts in texts(),
        fates in prop::collection::vec(
            prop_oneof![5 => Just(Fate::Kept), 1 => Just(Fate::Lost), 1 => any::<u8>().prop_map(Fate::Cut)], 12),
        takeover: bool,
    ) {
        let parameters = if takeover { "" } else { "; server_no_context_takeover" };
        let fates = &fates[..texts.len()];
        let (found, offsets) = send(Wire::deflate(parameters, parameters), &texts, fates, takeover);
        let truth = truth(&texts, fates, takeover);
        let sent: Vec<_> = (0..texts.len()).map(|n| (&texts[n], fates[n], offsets[n], &truth[n])).collect();
        compare(&found, &sent);
    }
}

#[test]
fn a_connection_joined_late_is_inflated_by_the_widest_window_there_is() {
    let said: Vec<Vec<u8>> =
        (0..9).map(|n| format!("tick {n}: EURUSD 1.0{n}25 volume {}", n * 37).into_bytes()).collect();
    for takeover in [true, false] {
        // The handshake and the first three messages come before the capture; the client's text tells what it is.
        let mut deflater = Deflater::new(takeover);
        let frames: Vec<Vec<u8>> = said.iter().map(|text| plain(0xc1, &deflater.message(text))).collect();
        let mut wire = Wire::joined();
        for frame in &frames[3..] {
            let asked = crate::build::masked(0x81, b"{\"ask\":\"the next price of EURUSD, please\"}");
            wire = wire.client(asked).server(frame);
        }
        let found = wire.fin().dissect();
        let mut late = Deflater::new(takeover);
        said[..3].iter().for_each(|text| drop(late.message(text)));
        // What the messages before the capture held is unknown; without takeover nothing depends on it.
        let known: Vec<Vec<Option<u8>>> = {
            let filler: Vec<u8> = (0..WINDOW).map(|i| (i * 7 % 253) as u8).collect();
            let mut histories = [filler.clone(), filler.iter().map(|byte| !byte).collect::<Vec<u8>>()];
            said[3..]
                .iter()
                .map(|text| {
                    let message = late.message(text);
                    let [one, other] = [0, 1].map(|i| inflate(&histories[i], &message));
                    histories[0].extend(&one);
                    histories[1].extend(&other);
                    one.iter().zip(&other).map(|(a, b)| (a == b).then_some(*a)).collect()
                })
                .collect()
        };
        if !takeover {
            assert!(known.iter().flatten().all(Option::is_some));
        }
        let known: Vec<_> = known.into_iter().map(Some).collect();
        // A connection joined late starts at the first frame that is there.
        let mut offset = 0;
        let mut sent = Vec::new();
        for n in 0..known.len() {
            sent.push((&said[3 + n], Fate::Kept, offset, &known[n]));
            offset += frames[3 + n].len() as u64;
        }
        compare(&found, &sent);
        assert_eq!(found.connections[0].evidence.name(), "mid-stream");
    }
}
