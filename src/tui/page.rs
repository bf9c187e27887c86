//! What a page is: something that fills the screen, by a digit. The list of frames is one, the ladder another.
//!
//! A page has a state of its own, looks up what is visible ([`Page::settle`]), and draws it ([`Page::draw`]) without
//! looking up anything. What all pages share, the selected frame above all, stands in [`State`].

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::areas::Areas;
use super::hit::Hit;
use super::keys::{Action, Place};
use super::page_name::PageName;
use super::pattern::Pattern;
use super::rows::Rows;
use super::state::State;
use crate::trace::Bytes;

/// What the program says of a page, and how the page is made.
pub(crate) struct About {
    /// Its name.
    pub name: PageName,
    /// What it shows, in a few words.
    pub shows: &'static str,
    /// What keys mean there.
    pub place: Place,
    /// The selected frame is seen on it, so that whoever goes to a frame stays on this page.
    pub shows_selected: bool,
    /// What is copied from it.
    pub copies: Copies,
    /// Makes it.
    pub page: fn() -> Box<dyn Page>,
}

/// What is copied from a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Copies {
    /// The selected frame, or a part of it; its message, in a list of messages.
    Selected,
    /// The whole message of the selected frame.
    Message,
    /// The handshake of the connection.
    Handshake,
}

/// Where a page looks for something.
pub(crate) enum Finding {
    /// In frames, by and by.
    Frames {
        /// Those of these rows.
        rows: Rows,
        /// Only those that stand for an entry of a conversation.
        entries: bool,
    },
    /// In its own lines, at once: it has gone to this place, if there is one.
    Lines(Option<Hit>),
}

/// A page, with what only it remembers.
pub(crate) trait Page: Send {
    /// Says where its parts stand in `body`. As a rule the fields of the selected frame are beside, where there is room.
    fn areas(&self, state: &State, body: Rect, areas: &mut Areas) {
        areas.page_and_fields(state, body);
    }

    /// Frames that it is going to show: their messages are inflated before it is settled.
    fn frames(&mut self, _state: &State, _bytes: Bytes<'_>, _area: Rect) -> Vec<u64> {
        Vec::new()
    }

    /// Looks up what is visible in `area`.
    fn settle(&mut self, state: &State, bytes: Bytes<'_>, area: Rect);

    /// Draws what was looked up.
    fn draw(&self, state: &State, area: Rect, buffer: &mut Buffer);

    /// Does what a key of movement asks for.
    fn step(&mut self, state: &mut State, action: Action, times: u64);

    /// Goes into what is selected.
    fn open(&mut self, state: &mut State);

    /// Looks for a pattern after the place where it is, or before.
    fn find(&mut self, state: &mut State, _pattern: &Pattern, _forward: bool) -> Finding {
        Finding::Frames { rows: state.list.rows.clone(), entries: false }
    }

    /// The mouse has hit this line of it.
    fn click(&mut self, _state: &mut State, _line: u64) {}
}
