//! Looking for things.

use super::*;

#[test]
fn payloads_fields_and_bytes_are_searched() {
    let mut screen = Screen::session(120, 40);
    assert_eq!(screen.keys("<^f>hello<Enter>").selected(), 2);
    assert_eq!(screen.keys("n").selected(), 1);
    assert!(screen.shows("went on from the other end"));
    // A text that lies across fragments is found where its message ends.
    assert_eq!(screen.keys("<^f>fragmented<Enter>").selected(), 6);
    assert_eq!(screen.keys("n").selected(), 7);
    assert_eq!(screen.keys("N").selected(), 6);
    assert_eq!(screen.keys("<^f>f.{3,}d text<Tab><Enter>").selected(), 7);
    assert_eq!(screen.keys("gg<^f>ff<Space>ff<Tab><Enter>").selected(), 10);
    screen.keys("<^f>zz<Tab>");
    assert!(screen.shows("find regex zz") || screen.shows("find text zz"), "{}", screen.lines().join("\n"));
    screen.keys("<Esc>");
    let mut screen = Screen::session(120, 40);
    screen.keys("<Enter><^f>unpredict<Enter><^f>xored<Enter>");
    assert_eq!(screen.inspector.state.field().unwrap().field.name(), "ws.key");
    screen.keys("<Tab><Tab><^f><Tab><Tab>58e8<Enter>");
    assert_eq!(screen.inspector.state.bytes.cursor, 4);
}

#[test]
fn frames_with_the_same_value_are_found() {
    let mut screen = Screen::session(120, 40);
    screen.keys("<Enter>jjj");
    assert_eq!(screen.inspector.state.field().unwrap().field.name(), "ws.opcode");
    assert_eq!(screen.keys("*").selected(), 2);
    assert_eq!(screen.keys("**").selected(), 7);
    assert_eq!(screen.keys("#").selected(), 3);
}

#[test]
fn what_a_row_says_besides_its_payload_is_found() {
    // Frame 8 is the ping, 9 its pong, 11 the close with 4001 "app says bye"; 3 to 6 are one text message.
    let mut screen = Screen::session(120, 40);
    assert_eq!(screen.keys("<^f>ping<Enter>").selected(), 8);
    assert_eq!(screen.keys("<^f>PONG<Enter>").selected(), 9);
    assert_eq!(screen.keys("gg<^f>close<Enter>").selected(), 11);
    assert_eq!(screen.keys("gg<^f>4001 app<Enter>").selected(), 11);
    assert_eq!(screen.keys("gg<^f>private use<Enter>").selected(), 11);
    assert_eq!(screen.keys("gg<^f>ws.close.unanswered<Enter>").selected(), 11);
    assert_eq!(screen.keys("gg<^f>cont<Enter>").selected(), 4);
    // Of a message the row has the message's opcode: the text that ends with frame 6.
    screen.keys("gg<^f>text<Enter>M");
    assert_eq!(screen.selected(), 2);
    assert_eq!(screen.keys("n").selected(), 6);
    // A letter of a name is none of it.
    let mut screen = Screen::session(120, 40);
    screen.keys("<^f>k<Enter>");
    assert!(screen.shows("found in no frame"), "{}", screen.lines().join("\n"));
    // RFC 6455 section 7.4.1: 1001 is "going away", 1006 is never on the wire, but may be looked for.
    let mut sample = Sample::default();
    let id = sample.connect();
    sample.send(id, Direction::Server, true, Opcode::Text, b"x");
    sample.send(id, Direction::Server, true, Opcode::Close, &[0x03, 0xee]);
    sample.send(id, Direction::Client, true, Opcode::Close, &[0x03, 0xe9]);
    sample.flush();
    let mut screen = Screen::of(&sample, 120, 40);
    assert_eq!(screen.keys("<^f>1006<Enter>").selected(), 2);
    assert_eq!(screen.keys("<^f>going away<Enter>").selected(), 3);
}

#[test]
fn a_place_that_a_row_has_no_room_for_is_brought_into_it() {
    let mut sample = Sample::default();
    let id = sample.connect();
    let long = format!("{}needle{}", "hay ".repeat(70), " more hay".repeat(20));
    sample.send(id, Direction::Server, true, Opcode::Text, long.as_bytes());
    // Further on than a preview goes: the row's number is marked, and the bytes go to the place.
    let longer = format!("{}needle", "hay ".repeat(500));
    sample.send(id, Direction::Server, true, Opcode::Text, longer.as_bytes());
    sample.flush();
    for (width, height) in [(80, 24), (80, 23), (120, 40), (200, 60)] {
        let mut screen = Screen::of(&sample, width, height);
        screen.keys("<^f>needle<Enter>");
        assert!(screen.shows("“needle”: 2 of 2") && screen.selected() == 2, "{}", screen.lines().join("\n"));
        assert!(screen.lines()[2].contains("…") && screen.lines()[2].contains("needle"), "{}", screen.lines()[2]);
        screen.keys("<Tab><Tab><Tab>");
        // 2000 bytes of hay, and the place is seen in the bytes: 2000 is 0x7d0, and the wire has four bytes before it.
        let found: String = found(&screen).concat();
        assert!(found.contains("needle"), "{found} {}", screen.lines().join("\n"));
        assert!(screen.shows("07d0 "), "{}", screen.lines().join("\n"));
    }
    let mut screen = Screen::of(&sample, 120, 40);
    screen.keys("[<^f>needle<Enter>");
    assert!(found(&screen).iter().any(|line| line.ends_with("needle")), "{:?}", found(&screen));
}

/// What is marked as found, line by line.
fn found(screen: &Screen) -> Vec<String> {
    let (buffer, style) = (screen.buffer(), Theme::dark().found);
    let line = |y| {
        let cells = (0..buffer.area.width).map(|x| &buffer[(x, y)]);
        cells.filter(|cell| Some(cell.bg) == style.bg).map(|cell| cell.symbol()).collect::<String>()
    };
    (0..buffer.area.height).map(line).filter(|text| !text.is_empty()).collect()
}

#[test]
fn marks_are_seen_in_what_is_inverse_and_without_colours() {
    let mut screen = Screen::session(120, 40);
    screen.keys("<Enter><^f>a client must mask<Enter>");
    assert!(screen.shows("“a client must mask”: 1 of 1"), "{}", screen.lines().join("\n"));
    assert!(found(&screen).iter().any(|line| line == "a client must mask"), "{:?}", found(&screen));
    screen.inspector.state.theme = Theme::plain();
    let buffer = screen.buffer();
    let underlined = buffer
        .content()
        .iter()
        .filter(|cell| cell.modifier.contains(Modifier::REVERSED | Modifier::UNDERLINED | Modifier::BOLD));
    assert!(underlined.map(|cell| cell.symbol()).collect::<String>().contains("a client must mask"));
    // Esc takes the marks away, and n brings them back.
    screen.inspector.state.theme = Theme::dark();
    screen.keys("<Esc><Esc>");
    assert_eq!(found(&screen), [""; 0]);
    screen.keys("<Enter>n");
    assert!(!found(&screen).is_empty());
}

#[test]
fn steps_are_counted_without_looking_again() {
    let mut screen = Screen::session(120, 40);
    screen.keys("<^f>fragmented<Enter>");
    assert!(screen.shows("“fragmented”: 1 of 2"));
    let searches = |screen: &Screen| screen.effects.iter().filter(|effect| matches!(effect, Effect::Search(_))).count();
    screen.keys("nn");
    assert_eq!((screen.selected(), searches(&screen)), (6, 1), "{:?}", screen.effects);
    assert!(screen.shows("“fragmented”: 1 of 2, went on from the other end"));
    // From wherever one is.
    assert_eq!(screen.keys("GN").selected(), 7);
    assert!(screen.shows("“fragmented”: 2 of 2"));
    // Messages are other rows than frames.
    screen.keys("Mn");
    assert_eq!((screen.selected(), searches(&screen)), (6, 2));
}

#[test]
fn findings_and_values_are_counted_too() {
    let mut screen = Screen::session(120, 40);
    screen.keys("!");
    assert!(screen.shows("a finding: 1 of 1"), "{}", screen.lines().join("\n"));
    let mut sample = Sample::default();
    let id = sample.connect();
    for _ in 0..3 {
        sample.send(id, Direction::Client, true, Opcode::Text, b"x");
    }
    sample.flush();
    let mut screen = Screen::of(&sample, 80, 24);
    assert!(screen.keys("!").shows("no frame with a finding"));
    assert!(screen.keys("*").shows("opcode 1 TEXT: 2 of 3"), "{}", screen.lines().join("\n"));
}

#[test]
fn a_long_search_is_left_off() {
    use crate::tui::search::Outcome;
    let mut screen = Screen::session(120, 40);
    screen.keys("<^f>x");
    let chord = crate::tui::keys::Chord::parse("Enter").unwrap().remove(0);
    screen.event(Event::Key(chord.event()));
    let number = screen.inspector.state.find.number;
    screen.event(Event::Searched(number, Outcome::Looking(40)));
    assert!(screen.shows("“x”: looking … 40 %, Esc leaves off"));
    screen.keys("<Esc>");
    assert!(screen.shows("left off") && screen.effects.last() == Some(&Effect::LeaveOff(number + 1)));
    // What it still says counts no more.
    screen.event(Event::Searched(number, Outcome::Found(7, false)));
    assert_eq!(screen.selected(), 1);
}
