//! The filter of the list, in a terminal.

use super::is_given_back;
use super::terminal::{Terminal, sample};

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
