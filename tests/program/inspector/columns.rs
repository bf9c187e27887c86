//! Columns and saved filters, in a terminal: what is chosen by keys is in the configuration afterwards, and there again.

use super::is_given_back;
use super::terminal::{Terminal, sample};

const OWN: &str = "# mine\ntime = \"of-day\" # always\n\n[keys]\nquit = \"q\" # alone\n";

#[test]
fn what_is_saved_by_keys_is_there_the_next_time_and_comments_stay() {
    let folder = tempfile::tempdir().unwrap();
    let file = sample("messages-commented.pcapng");
    let config = folder.path().join("sockeye/config.toml");
    std::fs::create_dir_all(config.parent().unwrap()).unwrap();
    std::fs::write(&config, OWN).unwrap();
    let Some(mut terminal) = Terminal::in_folder(folder.path(), &[&file], 120, 40) else { return };
    terminal.wait_for("✓");
    // A column of an expression, behind the first.
    terminal.keys("C").wait_for("like this");
    terminal.keys("nBytes:ws.length * 3\r").wait_for("Bytes");
    terminal.keys("s").wait_for("saved in");
    terminal.keys("q");
    terminal.wait("list without the box", |screen| !screen.contents().contains("like this"));
    // A filter, under a name.
    terminal.keys("/websocket.opcode == 0\x13").wait_for("save this filter");
    terminal.keys("middles\r").wait_for("$middles: saved in");
    terminal.keys("\r").wait_for("of 27 shown");
    terminal.keys("q");
    is_given_back(&mut terminal);
    let text = std::fs::read_to_string(&config).unwrap();
    for line in OWN.lines() {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(text.contains("middles = \"websocket.opcode == 0\"") && text.contains("\"Bytes:ws.length * 3\""), "{text}");
    let Some(mut terminal) = Terminal::in_folder(folder.path(), &[&file, "-Y", "$middles"], 120, 40) else { return };
    terminal.wait_for("of 27 shown");
    terminal.wait_for("Bytes");
    terminal.keys("q");
    is_given_back(&mut terminal);
}

#[test]
fn columns_may_be_given_at_the_start() {
    let file = sample("messages-commented.pcapng");
    let Some(mut terminal) = Terminal::with(&[&file, "--columns", "number,Who:ws.direction,payload"], 80, 24) else {
        return;
    };
    terminal.wait_for("Who");
    terminal.wait_for("✓");
    terminal.keys("q");
    is_given_back(&mut terminal);
}
