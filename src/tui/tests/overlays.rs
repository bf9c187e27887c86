//! Help, the command line, the palette, and what is pasted.

use super::*;

#[test]
fn help_footer_and_dispatch_come_from_one_table() {
    let mut screen = Screen::session(120, 140);
    screen.keys("?");
    let lines = screen.lines();
    for binding in crate::tui::keys::BINDINGS {
        let (keys, help) = (binding.keys.join(" "), binding.help);
        let shown = |line: &String| line.contains(&format!(" {keys} ")) && line.contains(&format!(" {help}"));
        assert!(lines.iter().any(shown), "{keys} {help}");
    }
    screen.keys("q");
    assert!(screen.effects.is_empty() && screen.inspector.state.overlay.is_none());
    screen.keys("q");
    assert_eq!(screen.effects, [Effect::Quit]);
}

#[test]
fn commands_and_the_palette_do_what_keys_do() {
    let mut screen = Screen::session(120, 40);
    assert_eq!(screen.keys(":7<Enter>").selected(), 7);
    assert_eq!(screen.keys(":message 3<Enter>").selected(), 6);
    screen.keys(":theme l<Tab><Enter>");
    assert_eq!(screen.inspector.state.theme.name, "light");
    screen.keys(":frobnicate<Enter>");
    assert!(screen.shows("no command `frobnicate`"));
    screen.keys("<^p>zoom<Enter>");
    assert!(screen.inspector.state.zoomed);
    screen.keys("<^p>frame<Enter>");
    assert!(screen.inspector.state.overlay.is_some());
    screen.keys("2<Enter>");
    assert_eq!(screen.selected(), 2);
}

#[test]
fn pasted_text_presses_no_keys() {
    let mut screen = Screen::session(120, 40);
    screen.event(Event::Paste("jjq".to_owned()));
    assert_eq!((screen.selected(), screen.effects.len()), (1, 0));
    screen.keys("<^f>");
    screen.event(Event::Paste("lat\nency".to_owned()));
    assert_eq!(screen.keys("<Enter>").selected(), 8);
}
