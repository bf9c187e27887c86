//! Moving about: keys, digits, marks, the mouse.

use super::*;

#[test]
fn keys_move_as_in_vi() {
    let mut screen = Screen::session(80, 24);
    let mut after = |keys: &str| screen.keys(keys).selected();
    assert_eq!(after("j"), 2);
    assert_eq!(after("<Down>k<Up>k"), 1);
    assert_eq!(after("G"), 11);
    assert_eq!(after("gg"), 1);
    assert_eq!(after(":5<Enter>"), 5);
    assert_eq!(after("G10k"), 1);
    assert_eq!(after("999G"), 11);
    assert_eq!(after("<Home><^d>"), 4);
    assert_eq!(after("<^u>"), 1);
    assert_eq!(after("!"), 11);
    assert_eq!(after("{"), 10);
    assert_eq!(after("}"), 11);
    assert_eq!(after("}"), 11);
    assert!(screen.shows("last frame of this connection"));
}

#[test]
fn a_digit_is_a_view_unless_a_number_comes_of_it() {
    use crate::tui::page_name::PageName;
    let mut screen = Screen::session(120, 40);
    for (digit, page) in ["1", "2", "3", "4", "5", "6"].into_iter().zip(crate::tui::pages::ALL) {
        assert_eq!(screen.keys(digit).inspector.state.page, page.name);
        screen.keys("<Esc>");
    }
    screen.keys("4");
    screen.event(Event::Pause);
    screen.keys(":5<Enter>");
    // Going to a frame shows the frames.
    assert_eq!((screen.inspector.state.page, screen.selected()), (PageName::FRAMES, 5));
}

#[test]
fn marks_and_the_time_reference() {
    let mut screen = Screen::session(120, 40);
    screen.keys(":5<Enter>ma:8<Enter>mb'a");
    assert_eq!(screen.selected(), 5);
    assert_eq!(screen.keys("'b").selected(), 8);
    assert!(screen.lines()[6].starts_with("a"), "{}", screen.lines()[6]);
    screen.keys("'z");
    assert!(screen.shows("no mark z; there are a b"));
    screen.keys("T");
    assert!(screen.shows("-0.007 000") && screen.shows(" 0.003 000"), "{}", screen.lines().join("\n"));
    let session = screen.inspector.state.session();
    let mut again = Screen::session(120, 40);
    again.inspector.state.resume(crate::tui::session::Session::read(&session.write()));
    again.event(Event::Grown);
    assert_eq!(again.selected(), 8);
    assert_eq!(again.keys("'a").selected(), 5);
}

#[test]
fn a_click_selects_what_it_hits() {
    use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
    let mut screen = Screen::session(120, 40);
    assert!(matches!(screen.keys("%").effects.as_slice(), [Effect::Mouse(true)]));
    let mut click = |column: u16, row: u16| {
        let kind = MouseEventKind::Down(MouseButton::Left);
        screen.event(Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
        (screen.selected(), screen.inspector.state.pane, screen.inspector.state.field().unwrap().field.name())
    };
    assert_eq!(click(30, 4).0, 3);
    // The MASK bit: left of the diagram is column 55, MASK is bit 8.
    let area_row = 17 + 3;
    assert_eq!(click(55 + 8 * 2 + 1, area_row).2, "ws.mask");
    assert_eq!(click(10, 21).2, "ws.mask");
    // Outside of everything nothing happens.
    assert_eq!(click(119, 39).0, 3);
}

/// Presses the mouse on the first place where this is shown.
fn click(screen: &mut Screen, wanted: &str) {
    use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
    let lines = screen.lines();
    let place = lines.iter().enumerate().find_map(|(row, line)| Some((row, line.find(wanted)?)));
    let (row, at) = place.unwrap_or_else(|| panic!("{wanted} in\n{}", lines.join("\n")));
    let column = crate::tui::text::width(&lines[row][..at]) as u16;
    let kind = MouseEventKind::Down(MouseButton::Left);
    screen.event(Event::Mouse(MouseEvent { kind, column, row: row as u16, modifiers: KeyModifiers::NONE }));
}

#[test]
fn a_click_on_a_name_shows_what_it_names() {
    use crate::tui::page_name::PageName;
    use crate::tui::pane::Pane;
    for (width, height) in [(80, 24), (80, 23), (120, 40), (200, 60)] {
        let mut screen = Screen::session(width, height);
        // Tabs stand beside each other; elsewhere a line follows the name.
        let rule = if width < 110 { "" } else { "─" };
        for (name, pane) in [("bits", Pane::Bits), ("bytes", Pane::Bytes), ("fields", Pane::Fields)] {
            click(&mut screen, &format!("{name} {rule}"));
            assert_eq!(screen.inspector.state.pane, pane, "{width} {name}");
        }
        click(&mut screen, &format!("bytes {rule}"));
        click(&mut screen, "unmasked │");
        assert_eq!(screen.inspector.state.bytes.source, crate::base::Source::Unmasked);
        click(&mut screen, "text │");
        assert!(screen.inspector.state.bytes.text);
        click(&mut screen, "wire │");
        assert!(!screen.inspector.state.bytes.text && screen.shows("wire 11 B"));
        // The third byte is the first of the key (RFC 6455 section 5.2: two bytes before it).
        click(&mut screen, if width == 120 { "aed8" } else { "ae d8" });
        assert_eq!(
            (screen.inspector.state.bytes.cursor, screen.inspector.state.field().unwrap().field.name()),
            (2, "ws.key")
        );
        if width >= 110 {
            click(&mut screen, "ladder");
            assert_eq!(screen.inspector.state.page, PageName("ladder"));
        }
    }
}

#[test]
fn a_click_selects_a_line_of_every_view() {
    use crate::tui::page_name::PageName;
    for (width, height) in [(80, 24), (80, 23), (120, 40), (160, 40)] {
        let mut screen = Screen::session(width, height);
        screen.keys("3");
        click(&mut screen, "fragmented text");
        assert_eq!((screen.selected(), screen.inspector.state.page), (6, PageName("talk")));
        screen.keys("4");
        click(&mut screen, "#4 CONT");
        assert_eq!((screen.selected(), screen.inspector.state.page), (4, PageName("ladder")));
        screen.keys("5<Enter>");
        click(&mut screen, "#11");
        assert_eq!((screen.selected(), screen.inspector.state.page), (11, PageName("notes")));
    }
    let mut screen = Screen::capture("samples/auth-origin-redirect.pcap", 80, 24);
    screen.keys("2");
    click(&mut screen, "refused 403");
    assert_eq!(screen.inspector.state.connection.connection.0, 2);
}
