//! No size of terminal is too small or too odd.

use super::*;

/// The sizes at which every key is tried.
const SIZES: [(u16, u16); 7] = [(80, 24), (120, 40), (200, 60), (40, 12), (1, 1), (0, 0), (300, 6)];

/// Everything that fills the screen in another way.
const SCREENS: [&str; 19] = [
    "",
    "2",
    "3",
    "4",
    "5<Enter>j",
    "6",
    "<Tab>",
    "<Tab><Tab>",
    "<Tab><Tab><Tab>",
    "<Tab><Tab><Tab>[",
    "\\",
    "M",
    "?",
    "y",
    "<^p>z",
    ":t",
    "Cn",
    "/ws.length > 3<^s>",
    ":filter --explain not ws.ping && ws.length > 3 && ws.text contains \"a\"<Enter>",
];

const WIDTHS: [u16; 25] =
    [1, 2, 3, 4, 5, 7, 10, 16, 20, 32, 33, 34, 39, 40, 59, 60, 65, 66, 79, 80, 99, 109, 110, 111, 130];

const HEIGHTS: [u16; 15] = [1, 2, 3, 4, 5, 6, 7, 9, 12, 15, 16, 23, 24, 30, 45];

#[test]
fn every_view_is_drawn_at_every_size() {
    for keys in SCREENS {
        let mut screen = Screen::session(120, 40);
        screen.keys(keys);
        for width in WIDTHS {
            for height in HEIGHTS {
                screen.at(width, height);
                let buffer = screen.buffer();
                assert_eq!((buffer.area.width, buffer.area.height), (width, height));
                assert_eq!(screen.selected(), screen.inspector.state.list.selected);
            }
        }
    }
}

#[test]
fn all_small_sizes_one_by_one() {
    let mut screen = Screen::session(120, 40);
    for width in 0..24 {
        for height in 0..12 {
            for keys in ["", "<Tab>", "<Tab>", "<Tab>", "<Tab>", "G", "2", "<Esc>"] {
                screen.size = (width, height);
                screen.keys(keys);
                screen.buffer();
            }
        }
    }
}

#[test]
fn the_selected_row_is_seen_at_every_height() {
    let mut screen = Screen::session(100, 24);
    for frame in [1, 6, 11] {
        screen.keys(&format!(":{frame}<Enter>"));
        for height in 4..60 {
            screen.at(100, height);
            assert!(
                screen.lines().iter().any(|line| line.contains(&format!("▶{frame:>3} "))),
                "{frame} at {height}\n{}",
                screen.lines().join("\n")
            );
        }
    }
}

/// Every sample and every capture of the tests, in every view, large and small: nothing fails, and no character of a
/// payload reaches a cell that a terminal would obey or hide.
#[test]
fn every_capture_is_looked_at_in_every_view() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["samples", "tests/data/captures"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.contains(".pcap") {
                files.push(format!("{folder}/{name}"));
            }
        }
    }
    assert!(files.len() > 30, "{files:?}");
    for file in files {
        let mut screen = Screen::capture(&file, 120, 40);
        for keys in
            ["", "G", "<Tab>", "<Tab>", "<Tab>", "[", "<Esc>2j", "3G", "4G", "5<Enter>j<Enter>", "6", "<Esc>M", "M"]
        {
            screen.keys(keys);
            for (width, height) in [(200, 60), (40, 12)] {
                screen.at(width, height);
                let text: String = screen.buffer().content().iter().map(|cell| cell.symbol()).collect();
                let bad = |c: &char| {
                    c.is_control()
                        || matches!(*c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
                        || matches!(*c, '\u{feff}' | '\u{e0000}'..='\u{e007f}')
                };
                assert_eq!(text.chars().find(bad), None, "{file} {keys}");
            }
        }
    }
}

#[test]
fn every_size_is_drawn_with_every_key() {
    let keys: Vec<&str> = crate::tui::keys::BINDINGS.iter().flat_map(|binding| binding.keys).copied().collect();
    for (width, height) in SIZES {
        for sample in [Sample::session(), Sample::default()] {
            let mut screen = Screen::of(&sample, width, height);
            for first in &keys {
                for second in ["", "<Tab>", "j", "<PgDn>", "?"] {
                    screen.keys(&format!("<{first}>{second}"));
                    screen.buffer();
                }
            }
        }
    }
}

#[test]
fn help_can_be_read_in_a_small_terminal() {
    for (width, height) in [(40, 12), (80, 24), (30, 8)] {
        let mut screen = Screen::session(width, height);
        screen.keys("?");
        // Everything is seen while it is scrolled from its start to its end, one line a key.
        let mut seen = Vec::new();
        let boxed = |line: &String| Some(line.split_once('│')?.1.rsplit_once('│')?.0.trim().to_owned());
        let rows = crate::tui::draw::help::rows(
            &screen.inspector.state.keys,
            crate::tui::pages::place(&screen.inspector.state),
            width,
        )
        .len();
        for _ in 0..rows {
            for line in screen.lines().iter().filter_map(boxed) {
                if !seen.ends_with(std::slice::from_ref(&line)) && !seen.contains(&line) {
                    seen.push(line);
                }
            }
            screen.keys("j");
        }
        assert!(!seen.iter().any(|line| line.contains('…')), "{seen:?}");
        let text = seen.join(" ");
        for word in crate::tui::keys::BINDINGS.iter().flat_map(|binding| binding.help.split(' ')) {
            assert!(text.contains(word), "{word} at {width} x {height}");
        }
        assert!(
            width < 40 || screen.shows(&format!(" {rows}/{rows}")) || screen.shows("  Esc closes ─"),
            "{}",
            screen.lines().join("\n")
        );
    }
}

#[test]
fn the_palette_says_in_a_small_terminal_what_is_chosen() {
    let mut screen = Screen::session(40, 12);
    screen.keys("<^p>time of");
    assert!(screen.shows("time of-day") && screen.shows("how time is shown"), "{}", screen.lines().join("\n"));
    screen.keys("<^u>reference");
    assert!(screen.shows("time counts from this frame, or") && screen.shows("from the first again"));
}

#[test]
fn long_messages_are_read_in_full() {
    let mut screen = Screen::session(40, 12);
    screen.keys("yp");
    let lines = screen.lines();
    assert!(
        lines[10].starts_with(" sent to the terminal's clipboard:")
            && lines[11].starts_with(" payload of frame 1, 5 B")
    );
    screen.keys("j");
    assert!(screen.lines()[11].contains("1-6 frames"));
}
