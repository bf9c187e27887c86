//! One thread or many: the same calls in the same order, and the same sums.

use std::path::{Path, PathBuf};

use sockeye::capture;
use sockeye::dissect::{self, Dissector, Options, Sink, Told, Wants};
use sockeye::output::{Columns, JsonLines, List, Look, Out, Output, Style, Summary, Table, Text};

use crate::generate::{self, Kind};

/// Every call, as text.
#[derive(Default, PartialEq, Eq)]
struct Calls(Vec<String>);

impl Sink for Calls {
    fn wants(&self) -> Wants {
        Wants { frame_payload: true, message_payload: true, bytes: true, packets: true, exchanges: true }
    }

    fn tell(&mut self, told: &Told<'_>) {
        // How much is read at once is no part of what is found.
        if !matches!(told, Told::CaughtUp | Told::Started(_)) {
            self.0.push(format!("{told:?}"));
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

/// Frames, messages, payload bytes, message bytes, notes, connections.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sums([u64; 6]);

impl Sink for Sums {
    fn wants(&self) -> Wants {
        Wants::NOTHING
    }

    fn tell(&mut self, told: &Told<'_>) {
        match *told {
            Told::Frame(_, frame) => {
                self.0[0] += 1;
                self.0[2] += frame.header.length;
            }
            Told::Message(_, message) => {
                self.0[1] += 1;
                self.0[3] += message.length;
            }
            Told::Note { .. } => {
                self.0[4] += 1;
            }
            Told::Closed(_) => {
                self.0[5] += 1;
            }
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        false
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
        let mut capture = open(&path);
        let mut dissector = Dissector::new(Options { secrets: capture.secrets(), ..Options::default() });
        while let Some(packet) = capture.next_packet().unwrap() {
            dissector.push(&packet, &mut by_hand);
        }
        dissector.finish(&mut by_hand);
        assert!(one == by_hand, "{}", path.display());
        for (threads, spread) in
            [(2, None), (2, Some(false)), (2, Some(true)), (3, Some(true)), (4, Some(true)), (5, Some(true))]
        {
            let mut many = Calls::default();
            let options = Options { spread, ..Options::default() };
            let (counted, result) = dissect::run(&mut open(&path), &options, threads, &mut many);
            result.unwrap();
            assert!(one == many, "{} on {threads}, {spread:?}", path.display());
            assert_eq!(format!("{counts:?}"), format!("{counted:?}"));
        }
    }
}

/// What goes through a link is what goes in.
#[test]
fn a_borrowed_sink_and_two_as_one_are_told_all() {
    for path in captures() {
        let mut alone = Calls::default();
        dissect::run(&mut open(&path), &Options::default(), 1, &mut alone).1.unwrap();
        for threads in 1..=3 {
            let options = Options { spread: Some(true), ..Options::default() };
            let (mut calls, mut sums) = (Calls::default(), Sums::default());
            let mut both = (&mut calls as &mut dyn Sink, (&mut sums, Calls::default()));
            dissect::run(&mut open(&path), &options, threads, &mut both).1.unwrap();
            let (_, (_, last)) = both;
            assert!(alone == calls && alone == last, "{} on {threads}", path.display());
        }
    }
}

/// Traffic in which connections wait, are held back, go on without what is missing, and end at the same time.
#[test]
fn many_threads_wait_as_one_waits() {
    let kinds = [Kind::Reorder, Kind::Disorder, Kind::Idle, Kind::Open, Kind::Fragments];
    for (kind, left_open) in kinds.into_iter().flat_map(|kind| [(kind, false), (kind, true)]) {
        let mut options = generate::Options::new(kind, 3000);
        (options.left_open, options.reorder, options.duplicate) = (left_open, 20, 5);
        let mut whole = Vec::new();
        generate::generate(&options, &mut whole).unwrap();
        // Every 50th packet is lost: patience ends for many connections at once.
        let lossy = without_every(50, &whole);
        for file in [whole, lossy] {
            let run = |threads, at_hand| {
                let reader = std::io::Cursor::new(file.clone());
                let mut capture = capture::open_reader("generated", reader, &capture::Options::default()).unwrap();
                let mut calls = Calls::default();
                let options = Options { at_hand, spread: Some(true), ..Options::default() };
                let (counts, _) = dissect::run(&mut capture, &options, threads, &mut calls);
                (calls, format!("{counts:?}"))
            };
            let one = run(1, None);
            for threads in 1..=3 {
                assert!(run(threads, Some(2)) == one, "{kind:?} on {threads}");
            }
        }
    }
}

/// A nanosecond pcap of this byte order without every `n`th packet.
fn without_every(n: usize, file: &[u8]) -> Vec<u8> {
    let (header, mut rest) = file.split_at(24);
    let mut kept = header.to_vec();
    for number in 1.. {
        let Some(length) = rest.get(8..12) else { break };
        let end = 16 + u32::from_ne_bytes(length.try_into().unwrap()) as usize;
        if number % n != 0 {
            kept.extend_from_slice(&rest[..end]);
        }
        rest = &rest[end..];
    }
    kept
}

/// What is printed, to the byte.
#[test]
fn many_threads_print_what_one_prints() {
    let look = Look { style: Style { colour: true }, width: Some(100), heading: true };
    for path in captures() {
        for list in [List::Frames, List::Messages, List::Connections] {
            let print = |threads: usize| {
                let mut outputs: Vec<Box<dyn Output>> = vec![
                    Box::new(Text::new(list, Out::memory(), look)),
                    Box::new(JsonLines::new(list, Out::memory())),
                    Box::new(Table::csv(Columns::choose(list, &[]).unwrap(), Out::memory(), false)),
                ];
                for output in &mut outputs {
                    let mut printer = Whole(output.as_mut());
                    let options = Options { spread: Some(true), ..Options::default() };
                    dissect::run(&mut open(&path), &options, threads, &mut printer).1.unwrap();
                    output.finish(&Summary::default());
                }
                outputs.iter().map(|output| output.out().bytes().to_vec()).collect::<Vec<_>>()
            };
            let one = print(1);
            for threads in 2..=3 {
                assert!(print(threads) == one, "{} of {} on {threads}", list.name(), path.display());
            }
        }
    }
}

/// An output as a sink.
struct Whole<'o>(&'o mut dyn Output);

impl Sink for Whole<'_> {
    fn wants(&self) -> Wants {
        self.0.wants()
    }

    fn tell(&mut self, told: &Told<'_>) {
        self.0.tell(told);
    }

    fn is_done(&self) -> bool {
        self.0.is_done()
    }
}

#[test]
fn what_is_put_aside_and_brought_back_changes_nothing() {
    for path in captures() {
        let mut all_at_hand = Calls::default();
        let (counts, _) = dissect::run(&mut open(&path), &Options::default(), 1, &mut all_at_hand);
        for threads in [1, 2] {
            let options = Options { at_hand: Some(1), spread: Some(true), ..Options::default() };
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
