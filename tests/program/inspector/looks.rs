//! What the screen looks like at the sizes that terminals have: panes, colours, what is shortened; the mouse, and the
//! ground of the terminal.

use vt100::Color;

use super::is_given_back;
use super::terminal::{SIZES, Terminal, mouse_is_off, sample};

/// The blue of the client in the themes for dark and for light terminals.
const DARK: Color = Color::Idx(75);
const LIGHT: Color = Color::Idx(25);

fn opened(arguments: &[&str], (columns, lines): (u16, u16)) -> Option<Terminal> {
    let mut terminal = Terminal::with(arguments, columns, lines)?;
    terminal.wait_for("✓");
    Some(terminal)
}

fn plain(size: (u16, u16)) -> Option<Terminal> {
    opened(&[&sample("messages-commented.pcapng")], size)
}

fn is_blue(terminal: &Terminal, blue: Color) -> bool {
    !terminal.drawn(|cell| cell.fgcolor() == blue && cell.contents() == "→").is_empty()
}

#[test]
fn the_pane_that_has_the_keys_is_marked() {
    for size in SIZES {
        let Some(mut terminal) = plain(size) else { return };
        let wide = size.0 >= 110;
        terminal.wait_for("● frames");
        let marks = if wide {
            [("━ ● fields ━", "─ bits ─"), ("━ ● bits ━", "─ bytes ─"), ("━ ● bytes ━", "─ fields ─")]
        } else {
            [("━[ ● fields ]━", " bits "), ("━ fields ━[ ● bits ]━", " bytes "), ("━ bits ━[ ● bytes ]━", " fields ")]
        };
        for (marked, other) in marks {
            terminal.keys("\t").wait_for(marked);
            assert!(terminal.contents().contains(other), "{}", terminal.contents());
            assert_eq!(terminal.contents().matches('●').count(), 1, "{}", terminal.contents());
        }
        terminal.keys("\t").wait_for("● frames");
        terminal.keys("q");
        is_given_back(&mut terminal);
    }
}

#[test]
fn one_line_less_leaves_both_panes() {
    for lines in [24, 23, 18] {
        let Some(mut terminal) = plain((80, lines)) else { return };
        // The list, and the fields below it.
        terminal.wait_for("Hello");
        terminal.wait_for("MASK 1");
        terminal.keys("q");
        is_given_back(&mut terminal);
    }
}

#[test]
fn the_bytes_have_their_share() {
    let Some(mut terminal) = plain((120, 40)) else { return };
    // 700 bytes behind a header of eight: 45 lines of 16 bytes.
    terminal.keys(":14\r").wait_for("14/27 ✓");
    for line in ["0000 02fe", "0010 ", "0020 ", "0030 ", "0040 ", "0050 "] {
        terminal.wait_for(line);
    }
    terminal.keys("q");
    is_given_back(&mut terminal);
}

#[test]
fn control_frames_and_header_bytes_look_otherwise() {
    for (colour, size) in SIZES.into_iter().flat_map(|size| [("always", size), ("never", size)]) {
        let Some(mut terminal) = opened(&["--color", colour, &sample("proxy-both-legs.pcap")], size) else {
            return;
        };
        // tests/data/captures/proxy-both-legs.jsonl, frame 1: "Hello" behind 81 85 and the key c1 31 f8 a6.
        terminal.keys("\t\t\t").wait_for("● bytes");
        let bytes = |bold: bool| {
            let line = terminal
                .cells()
                .into_iter()
                .find(|line| line.iter().map(vt100::Cell::contents).collect::<String>().contains("0000"));
            let line = line.unwrap();
            let from = (0..line.len()).find(|at| line[*at..].iter().take(4).map(vt100::Cell::contents).eq(["0"; 4]));
            let cells = line[from.unwrap() + 4..].iter().take(42);
            cells
                .filter(|cell| cell.bold() == bold && cell.contents() != " ")
                .map(vt100::Cell::contents)
                .collect::<String>()
        };
        assert!(bytes(true).starts_with("8185c131f8a6") && !bytes(true).contains("8954"), "{}", bytes(true));
        assert!(bytes(false).starts_with("895494caae"), "{}", bytes(false));
        // A ping has another arrow and weight than a text (RFC 6455 section 5.5.2: opcode 9).
        terminal.keys("\x1b").wait_for("● frames");
        terminal.keys("\x06ping\r").wait_for("“ping”: 1 of ");
        terminal.wait_for("⇢");
        let bold = terminal.drawn(|cell| cell.bold()).join(" ");
        assert!(bold.contains("TEXT") || bold.contains("BIN"), "{bold}");
        terminal.keys("q");
        is_given_back(&mut terminal);
    }
}

#[test]
fn the_palette_knows_the_keys() {
    for size in SIZES {
        let Some(mut terminal) = plain(size) else { return };
        for (typed, name, key) in
            [("next-finding", "next-finding", "!"), ("view talk", "view talk", "3"), ("top", "top", "gg Home")]
        {
            terminal.keys("\x10").keys(typed);
            let shows = |line: &str| {
                line.split_once(name).is_some_and(|(_, rest)| rest.trim_start().starts_with(&format!("{key} ")))
            };
            terminal.wait(name, |screen| screen.contents().lines().any(shows));
            terminal.keys("\x1b").wait("no palette", |screen| !screen.contents().contains("─ commands ─"));
        }
        terminal.keys("q");
        is_given_back(&mut terminal);
    }
}

#[test]
fn help_says_what_the_glyphs_are() {
    for size in SIZES {
        let Some(mut terminal) = plain(size) else { return };
        terminal.keys("?").wait_for("─ help ─");
        // A line a key, until it is seen.
        for _ in 0..40 {
            terminal.keys("j");
        }
        terminal.keys("k".repeat(22).as_str()).wait_for("an empty payload");
        terminal.keys("qq");
        is_given_back(&mut terminal);
    }
}

#[test]
fn what_is_held_back_is_said_while_a_pipe_is_read() {
    for (columns, lines) in SIZES {
        let file = sample("messages-commented.pcapng");
        let Some(mut terminal) = Terminal::with_input(&["-"], &file, columns, lines) else { return };
        terminal.wait("the first half", |screen| {
            screen.contents().contains("reading") && screen.contents().contains("frag")
        });
        terminal.keys("f").wait_for("frozen  ");
        terminal.keys("j").wait("the head", |screen| screen.contents().lines().next().unwrap_or("").contains("frozen"));
        terminal.go_on();
        terminal.wait_for("✓");
        assert!(!terminal.contents().contains("27/27"), "{}", terminal.contents());
        terminal.keys("fG").wait_for("27/27 ✓");
        terminal.wait("nothing frozen", |screen| !screen.contents().contains("frozen"));
        terminal.keys("q");
        is_given_back(&mut terminal);
    }
}

#[test]
fn a_guess_has_one_form_and_is_never_certain() {
    for size in SIZES {
        let Some(mut terminal) = opened(&[&sample("hello-midstream.pcap")], size) else { return };
        terminal.keys("6").wait_for("mid-stream, 99 % sure");
        terminal.keys("5\r").wait_for("99 % sure");
        for view in ["5", "6", "2", "1"] {
            terminal.keys(view).wait_for("✓");
            let text = terminal.contents();
            assert!(!text.contains("100 %") && !text.contains("1.000") && !text.contains("confidence"), "{text}");
        }
        terminal.keys("q");
        is_given_back(&mut terminal);
    }
}

#[test]
fn the_terminal_says_whether_it_is_light() {
    for (answer, blue) in [("ffff/ffff/ffff", LIGHT), ("fdfd/f6f6/e3e3", LIGHT), ("1e1e/1e1e/2e2e", DARK)] {
        for (size, end) in SIZES.into_iter().zip(["\x07", "\x1b\\", "\x07"]) {
            let Some(mut terminal) = Terminal::with(&[&sample("messages-commented.pcapng")], size.0, size.1) else {
                return;
            };
            terminal.wait_for_bytes(b"\x1b]11;?");
            // Keys that are typed meanwhile are kept, before the answer and after it.
            terminal.keys(&format!("2\x1b]11;rgb:{answer}{end}?")).wait_for("─ help ─");
            terminal.keys("q").wait("no help", |screen| !screen.contents().contains("─ help ─"));
            terminal.wait_for("✓ answers the key");
            terminal.keys("1").wait("the colours", |screen| {
                (0..size.0).any(|column| screen.cell(2, column).is_some_and(|cell| cell.fgcolor() == blue))
            });
            terminal.keys("q");
            is_given_back(&mut terminal);
        }
    }
}

#[test]
fn a_terminal_that_says_nothing_is_not_waited_for() {
    for size in SIZES {
        let Some(mut terminal) = plain(size) else { return };
        assert!(is_blue(&terminal, DARK));
        // What looks like an answer and is none is keys: Alt and ], then a digit.
        terminal.keys("\x1b]").keys("2").wait_for("✓ answers the key");
        terminal.keys("\x1b").wait("the list", |screen| !screen.contents().contains("answers the key"));
        terminal.keys("j").wait_for("2/27 ✓");
        // Late is not too late.
        terminal.keys("\x1b]11;rgb:ffff/ffff/ffff\x07").wait("other colours", |screen| {
            (0..size.0).any(|column| screen.cell(2, column).is_some_and(|cell| cell.fgcolor() == LIGHT))
        });
        terminal.keys("q");
        is_given_back(&mut terminal);
    }
}

#[test]
fn colours_that_were_chosen_are_not_asked_for() {
    let file = sample("messages-commented.pcapng");
    for (theme, blue) in [("light", LIGHT), ("dark", DARK)] {
        let Some(terminal) = opened(&["--theme", theme, &file], (80, 24)) else { return };
        assert!(is_blue(&terminal, blue) && !terminal.wrote(b"\x1b]11;?"));
    }
    // The command line counts before the configuration, and can give the choice back to the terminal.
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("sockeye")).unwrap();
    std::fs::write(folder.path().join("sockeye/config.toml"), "theme = \"light\"\n").unwrap();
    for (arguments, blue, asked) in [
        (vec![&*file], LIGHT, false),
        (vec!["--theme", "dark", &*file], DARK, false),
        (vec!["--theme", "auto", &*file], DARK, true),
    ] {
        let Some(mut terminal) = Terminal::in_folder(folder.path(), &arguments, 80, 24) else { return };
        terminal.wait_for("1/27 ✓");
        assert_eq!((is_blue(&terminal, blue), terminal.wrote(b"\x1b]11;?")), (true, asked), "{arguments:?}");
        terminal.keys("q");
        is_given_back(&mut terminal);
    }
}

#[test]
fn the_mouse_works_from_the_start_and_says_how_to_select() {
    for size in SIZES {
        let Some(mut terminal) = plain(size) else { return };
        terminal.wait("the mouse", |screen| !mouse_is_off(screen));
        // A press on the third row, and the wheel; rows and columns count from 1.
        terminal.keys("\x1b[<0;30;5M\x1b[<0;30;5m").wait_for("3/27 ✓");
        terminal.keys("\x1b[<65;30;5M").wait_for("6/27 ✓");
        terminal.keys("\x1b[<32;35;5M").wait_for("Shift and drag selects text; % leaves the mouse");
        terminal.keys("%").wait("no mouse", mouse_is_off);
        terminal.wait_for("the mouse is the terminal's own");
        terminal.keys("%").wait("the mouse", |screen| !mouse_is_off(screen));
        terminal.keys("q");
        is_given_back(&mut terminal);
    }
}
