//! Keys that look for something, and digits, at the sizes that terminals have.

use vt100::Color;

use super::is_given_back;
use super::terminal::{SIZES, Terminal, sample};

/// The ground of what is looked for, in the theme for dark terminals.
const FOUND: Color = Color::Idx(227);

fn opened(file: &str, (columns, lines): (u16, u16)) -> Option<Terminal> {
    let mut terminal = Terminal::with(&[&sample(file)], columns, lines)?;
    terminal.wait_for("✓");
    Some(terminal)
}

#[test]
fn what_is_found_is_marked_and_counted() {
    for size in SIZES {
        let Some(mut terminal) = opened("messages-commented.pcapng", size) else { return };
        // samples/README.md: frames 3 to 8 are "fragmented text: déjà vu ☃ 😀" in fragments, frame 9 is its echo.
        terminal.keys("\x06mented\r").wait_for("“mented”: 1 of 3");
        terminal.wait_for("4/27 ✓");
        // In the list frame 4, and on a large screen frame 8 by its number, for the text is in its message, and frame 9; in
        // the tree the payload of frame 4.
        let found = terminal.drawn(|cell| cell.bgcolor() == FOUND);
        let large = size.1 > 30;
        assert!(found.iter().filter(|text| text.contains("mented")).count() >= if large { 3 } else { 2 }, "{found:?}");
        assert!(!large || found.iter().any(|text| text == "8"), "{found:?}");
        terminal.keys("n").wait_for("“mented”: 2 of 3");
        terminal.wait_for("8/27 ✓");
        terminal.keys("N").wait_for("“mented”: 1 of 3");
        terminal.keys("N").wait_for("“mented”: 3 of 3, went on from the other end");
        // In the tree.
        terminal.keys("\t\x06mented\r").wait_for("“mented”: 1 of ");
        // A key right behind Esc would be one with Alt.
        terminal.keys("\x1b").wait_for("● frames");
        // What is not there is named.
        terminal.keys("\x06no such text\r").wait_for("“no such text” found in no frame");
        terminal.keys("\x06no such text\t\r").wait_for("regex “no such text” found in no frame");
        terminal.keys("q");
        is_given_back(&mut terminal);
    }
}

#[test]
fn what_is_found_is_seen_in_the_bytes() {
    for size in SIZES {
        let Some(mut terminal) = opened("messages-commented.pcapng", size) else { return };
        // On the wire a client's frame is masked: the unmasked bytes are shown, from the place on.
        terminal.keys("\x06mented\r").wait_for("“mented”: 1 of 3");
        terminal.keys("\t\t\t").wait_for("unmasked 7 B");
        // 6d 65 6e 74 65 64, as hex and as text beside it.
        let found = terminal.drawn(|cell| cell.bgcolor() == FOUND).join(" ");
        assert!(found.replace(' ', "").contains("656e746564"), "{found}");
        // And there: /, as hex.
        terminal.keys("\x06zz\r").wait_for("“zz” found nowhere in these bytes");
        terminal.keys("q");
        is_given_back(&mut terminal);
    }
}

#[test]
fn every_view_finds_what_it_shows() {
    for size in SIZES {
        let Some(mut terminal) = opened("auth-origin-redirect.pcap", size) else { return };
        // samples/README.md: one of the refused upgrades was answered with 403.
        terminal.keys("2\x06403\r").wait_for("“403”: 1 of ");
        terminal.wait_for("refused 403");
        terminal.keys("\x06no such text\r").wait_for("“no such text” found nowhere here");
        terminal.keys("6\x06sec-websocket-key\r").wait_for("“sec-websocket-key”: ");
        terminal.keys("5\x06no such text\r").wait_for("“no such text” found nowhere here");
        terminal.keys("q");
        is_given_back(&mut terminal);
        let Some(mut terminal) = opened("messages-commented.pcapng", size) else { return };
        // Two entries of the conversation, but three frames on the ladder.
        terminal.keys("3\x06mented\r").wait_for("“mented”: 1 of 2");
        terminal.wait_for("TEXT 35 B in 6 frames");
        terminal.keys("4\x06mented\r").wait_for("“mented”: ");
        terminal.wait_for("of 3");
        terminal.keys("q");
        is_given_back(&mut terminal);
    }
}

#[test]
fn a_digit_is_a_view_and_a_number_is_typed_after_a_colon() {
    for size in SIZES {
        let Some(mut terminal) = opened("messages-commented.pcapng", size) else { return };
        terminal.keys("G").wait_for("27/27 ✓");
        // At once after each other, as a hand in a hurry types them: the first entry of view 3, and not frame 3.
        terminal.keys("3gg").wait_for("1/27 ✓");
        terminal.wait_for("▌Hello");
        terminal.keys("4\x1b[H").wait_for("101 Switching Protocols");
        terminal.wait_for("1/27 ✓");
        terminal.keys(":12\r").wait_for("12/27 ✓");
        terminal.wait_for("▶ 12");
        terminal.keys("10j").wait_for("22/27 ✓");
        terminal.keys("11gg").wait_for("11/27 ✓");
        terminal.keys("q");
        is_given_back(&mut terminal);
    }
}

#[test]
fn where_there_is_no_finding_it_says_so() {
    for size in SIZES {
        let Some(mut terminal) = opened("messages-commented.pcapng", size) else { return };
        terminal.keys("!").wait_for("no frame with a finding");
        terminal.keys("q");
        is_given_back(&mut terminal);
    }
}
