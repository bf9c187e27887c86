//! The filter of the list, in a terminal.

use super::is_given_back;
use super::terminal::{Terminal, sample};
use crate::build::{Wire, plain};

#[test]
fn a_filter_is_typed_and_one_may_be_given_at_the_start() {
    let file = sample("messages-commented.pcapng");
    let Some(mut terminal) = Terminal::with(&[&file], 120, 40) else { return };
    terminal.wait_for("✓");
    // samples/README.md: frames 3 to 8 are one text in fragments.
    terminal.keys("/websocket.opcode == 0\r").wait_for("of 27 shown");
    terminal.wait_for("4  ");
    terminal.keys("\x1b").wait_for("all is shown");
    terminal.keys("q");
    is_given_back(&mut terminal);
    let Some(mut terminal) = Terminal::with(&[&file, "-Y", "websocket.fin == 0"], 120, 40) else { return };
    terminal.wait_for("of 27 shown");
    terminal.keys("q");
    is_given_back(&mut terminal);
}

/// A capture of so many groups of a hundred frames: 98 texts, a ping, a binary message.
fn many(groups: usize) -> Vec<u8> {
    let mut group = Vec::new();
    (0..98).for_each(|_| group.extend(plain(0x81, b"tick")));
    group.extend(plain(0x89, b"?"));
    group.extend(plain(0x82, b"\0\x01"));
    (0..groups).fold(Wire::websocket(), |wire, _| wire.server(&group)).pcap()
}

#[test]
fn over_many_rows_every_key_is_answered_while_filters_run() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("many.pcap");
    std::fs::write(&file, many(3_000)).unwrap();
    let Some(mut terminal) = Terminal::with(&[file.to_str().unwrap()], 120, 40) else { return };
    terminal.wait_for("1/300 000 ✓");
    terminal.keys("H").wait_for("297 000 of 300 000 shown");
    terminal.keys("H").wait_for("1/300 000 ✓");
    let typed = "websocket.opcode==2";
    terminal.keys("/");
    for end in 1..=typed.len() {
        terminal.keys(&typed[end - 1..end]).wait_for(&format!("filter {}", &typed[..end]));
    }
    terminal.keys("\r").wait_for("3 000 of 300 000 shown");
    terminal.keys("G").wait_for("3 000  3 000 of 300 000 shown");
    terminal.keys("gg").wait_for("1  3 000 of 300 000 shown");
    terminal.keys("\x1b").wait_for("all is shown");
    // The first frame is a text: what is like it, and then what is not.
    terminal.keys("gg").wait_for("1/300 000 ✓");
    terminal.keys("=").wait_for("294 000 of 300 000 shown");
    terminal.keys("\x1b").wait_for("all is shown");
    terminal.keys("gg-").wait_for("6 000 of 300 000 shown");
    // One that reads all payloads is typed over by another, and keys pass meanwhile.
    terminal.keys("/\x15ws.text contains \"tick\"\rGgg/\x15ws.data contains 00:01\r");
    terminal.wait_for("3 000 of 300 000 shown");
    terminal.keys("G").wait_for("3 000  3 000 of 300 000 shown");
    terminal.keys("q");
    is_given_back(&mut terminal);
}
