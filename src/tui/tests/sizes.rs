//! No size of terminal is too small or too odd.

use super::*;

/// Everything that fills the screen in another way.
const SCREENS: [&str; 16] = [
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
                assert_eq!(screen.selected(), screen.state.list.selected);
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
