//! Keys in, pictures out: what stands on the screen, and that the panes agree.

mod arriving;
mod colours;
mod columns;
mod copying;
mod filtering;
mod finding;
mod keys;
mod moving;
mod odd;
mod overlays;
mod panes;
mod sizes;
mod snapshots;
mod truth;
mod views;

use std::path::Path;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::theme::Theme;
use super::{Effect, Event, Inspector, State, draw};
use crate::base::{Code, Direction};
use crate::trace::sample::Sample;
use crate::websocket::Opcode;

struct Screen {
    inspector: Inspector,
    size: (u16, u16),
    effects: Vec<Effect>,
}

impl Screen {
    fn of(sample: &Sample, width: u16, height: u16) -> Screen {
        let state = State::new(
            sample.shared(),
            Arc::new(sample.store.clone()),
            "messages-plain.pcap".to_owned(),
            Theme::dark(),
        );
        let mut inspector = Inspector::new(state);
        inspector.settle((width, height));
        Screen { inspector, size: (width, height), effects: Vec::new() }
    }

    fn session(width: u16, height: u16) -> Screen {
        Screen::of(&Sample::session(), width, height)
    }

    /// A bundled sample or a capture of the tests, read to its end.
    fn capture(file: &str, width: u16, height: u16) -> Screen {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let size = (width, height);
        let mut screen = Screen {
            inspector: super::load(crate::capture::Source::named(&path), super::Options::default(), size).unwrap(),
            size,
            effects: Vec::new(),
        };
        screen.rest();
        screen
    }

    /// Waits for what is looked up a piece at a time.
    fn rest(&mut self) {
        self.inspector.settle(self.size);
        while self.inspector.state.busy {
            self.inspector.settle(self.size);
        }
    }

    /// The same at another size.
    fn at(&mut self, width: u16, height: u16) -> &mut Screen {
        self.size = (width, height);
        self.rest();
        self
    }

    /// Presses one key of the table.
    fn key(&mut self, key: &str) -> &mut Screen {
        for chord in super::keys::Chord::parse(key).unwrap() {
            let effects = self.inspector.press(chord, self.size);
            self.effects.extend(effects);
        }
        self
    }

    /// Presses keys: letters, and names in angle brackets: `jj<Enter><^d>`.
    fn keys(&mut self, script: &str) -> &mut Screen {
        for chord in super::keys::script(script) {
            let effects = self.inspector.press(chord, self.size);
            self.effects.extend(effects);
        }
        self
    }

    fn event(&mut self, event: Event) {
        let effects = self.inspector.update(event);
        self.effects.extend(effects);
        self.inspector.settle(self.size);
    }

    fn buffer(&self) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.size.0, self.size.1));
        draw::draw(&self.inspector, &mut buffer);
        buffer
    }

    fn lines(&self) -> Vec<String> {
        let buffer = self.buffer();
        let line = |y| {
            let mut text = String::new();
            let mut x = 0;
            while x < buffer.area.width {
                let symbol = buffer[(x, y)].symbol();
                text.push_str(symbol);
                x += super::text::width(symbol).max(1) as u16;
            }
            text.trim_end().to_owned()
        };
        (0..buffer.area.height).map(line).collect()
    }

    fn shows(&self, text: &str) -> bool {
        self.lines().iter().any(|line| line.contains(text))
    }

    /// Everything drawn inverse, line by line.
    fn inverse(&self) -> Vec<String> {
        let buffer = self.buffer();
        let line = |y| {
            let cells = (0..buffer.area.width).map(|x| &buffer[(x, y)]);
            cells
                .filter(|cell| cell.modifier.contains(Modifier::REVERSED))
                .map(|cell| cell.symbol())
                .collect::<String>()
        };
        (0..buffer.area.height).map(line).filter(|text| !text.trim().is_empty()).map(|t| t.trim().to_owned()).collect()
    }

    fn selected(&self) -> u64 {
        self.inspector.state.list.selected
    }
}
