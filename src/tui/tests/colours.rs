//! Colours, and that nothing is lost without them.

use super::*;

#[test]
fn no_colour_means_no_colour() {
    use ratatui::style::Color;
    let mut screen = Screen::session(120, 40);
    screen.inspector.state.theme = Theme::plain();
    for keys in ["1", "2", "3", "4", "5", "6", "1?", "<Esc>y", "<Esc>"] {
        let buffer = screen.keys(keys).buffer();
        assert!(buffer.content().iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset), "{keys}");
    }
}

#[test]
fn direction_has_a_colour_and_a_glyph() {
    let screen = Screen::session(120, 40);
    let buffer = screen.buffer();
    let theme = Theme::dark();
    for (row, arrow, style) in [(2u16, "→", theme.client), (3, "←", theme.server)] {
        let cell = (0..buffer.area.width).map(|x| &buffer[(x, row)]).find(|cell| cell.symbol() == arrow).unwrap();
        assert_eq!(Some(cell.fg), style.fg);
    }
}
