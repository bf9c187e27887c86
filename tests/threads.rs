//! One thread or many: the same calls in the same order, and the same sums.

use std::path::{Path, PathBuf};

use sockeye::base::{At, ConnectionId, Note};
use sockeye::capture;
use sockeye::dissect::{
    self, Connection, Dissector, FramePlace, MessagePlace, NotePlace, Options, Sink, StreamBytes, Wants,
};
use sockeye::websocket::{Frame, Message};

/// Every call, as text.
#[derive(Default, PartialEq, Eq)]
struct Calls(Vec<String>);

impl Sink for Calls {
    fn wants(&self) -> Wants {
        Wants { frame_payload: true, message_payload: true, bytes: true }
    }

    fn opened(&mut self, connection: &Connection) {
        self.0.push(format!("opened {connection:?}"));
    }

    fn frame(&mut self, place: &FramePlace, frame: &Frame<'_>) {
        self.0.push(format!("{place:?} {frame:?}"));
    }

    fn message(&mut self, place: &MessagePlace<'_>, message: &Message<'_>) {
        self.0.push(format!("{place:?} {message:?}"));
    }

    fn note(&mut self, connection: ConnectionId, place: NotePlace, note: &Note, at: At) {
        self.0.push(format!("{connection} {place:?} {note:?} {at:?}"));
    }

    fn connection(&mut self, connection: &Connection) {
        self.0.push(format!("closed {connection:?}"));
    }

    fn bytes(&mut self, bytes: &StreamBytes<'_>) {
        self.0.push(format!("{bytes:?}"));
    }
}

/// Frames, messages, payload bytes, message bytes, notes, connections.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sums([u64; 6]);

impl Sink for Sums {
    fn frame(&mut self, _: &FramePlace, frame: &Frame<'_>) {
        self.0[0] += 1;
        self.0[2] += frame.header.length;
    }

    fn message(&mut self, _: &MessagePlace<'_>, message: &Message<'_>) {
        self.0[1] += 1;
        self.0[3] += message.length;
    }

    fn note(&mut self, _: ConnectionId, _: NotePlace, _: &Note, _: At) {
        self.0[4] += 1;
    }

    fn connection(&mut self, _: &Connection) {
        self.0[5] += 1;
    }
}

fn captures() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = ["samples", "tests/data/captures"]
        .iter()
        .filter_map(|folder| std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).ok())
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains(".pcap"))
        .collect();
    found.sort();
    assert!(found.len() > 5, "{found:?}");
    found
}

fn open(path: &Path) -> capture::Capture {
    capture::open(path, &capture::Options::default()).unwrap()
}

#[test]
fn many_threads_tell_what_one_tells() {
    for path in captures() {
        let mut one = Calls::default();
        let (counts, result) = dissect::run(&mut open(&path), &Options::default(), 1, &mut one);
        result.unwrap();
        let mut by_hand = Calls::default();
        let mut dissector = Dissector::new(Options::default());
        let mut capture = open(&path);
        while let Some(packet) = capture.next_packet().unwrap() {
            dissector.push(&packet, &mut by_hand);
        }
        dissector.finish(&mut by_hand);
        assert!(one == by_hand, "{}", path.display());
        for threads in 2..=5 {
            let mut many = Calls::default();
            let (counted, result) = dissect::run(&mut open(&path), &Options::default(), threads, &mut many);
            result.unwrap();
            assert!(one == many, "{} on {threads}", path.display());
            assert_eq!(format!("{counts:?}"), format!("{counted:?}"));
        }
    }
}

#[test]
fn what_is_put_aside_and_brought_back_changes_nothing() {
    for path in captures() {
        let mut all_at_hand = Calls::default();
        let (counts, _) = dissect::run(&mut open(&path), &Options::default(), 1, &mut all_at_hand);
        for threads in [1, 2] {
            let options = Options { at_hand: Some(1), ..Options::default() };
            let mut one_at_hand = Calls::default();
            let (counted, _) = dissect::run(&mut open(&path), &options, threads, &mut one_at_hand);
            assert!(all_at_hand == one_at_hand, "{} on {threads}", path.display());
            assert_eq!(format!("{counts:?}"), format!("{counted:?}"));
        }
    }
}

#[test]
fn many_sinks_add_up_to_one() {
    for path in captures() {
        let mut one = Sums::default();
        let (counts, _) = dissect::run(&mut open(&path), &Options::default(), 1, &mut one);
        for threads in [1, 2, 7] {
            let (sinks, counted, result) =
                dissect::reduce(&mut open(&path), &Options::default(), threads, Sums::default);
            result.unwrap();
            assert_eq!(sinks.len(), threads);
            let mut sum = Sums::default();
            for sink in sinks {
                for (total, part) in sum.0.iter_mut().zip(sink.0) {
                    *total += part;
                }
            }
            assert_eq!(sum, one, "{}", path.display());
            assert_eq!(format!("{counts:?}"), format!("{counted:?}"));
        }
    }
}
