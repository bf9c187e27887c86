//! What the pages have in common that go along one connection: the conversation and the ladder. Both lay lines out from a
//! first one on, keep the selected frame in sight, and lead to its frame.

use std::marker::PhantomData;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::trace::{Bytes, ConnectionRow, Trace};
use crate::tui::keys::Action;
use crate::tui::line::{self, Line};
use crate::tui::page::{Finding, Page};
use crate::tui::page_name::PageName;
use crate::tui::pane::Pane;
use crate::tui::pattern::Pattern;
use crate::tui::rows::{Kind, Rows};
use crate::tui::state::State;

/// A line, and the frame it belongs to, if it belongs to one.
pub(super) type Row = (Line, Option<u64>);

/// What is different from page to page.
pub(super) trait Along: Default + Send {
    /// Only frames that stand for an entry are looked through.
    const ENTRIES: bool;

    /// The lines that are visible, each with the frame it belongs to; `top` is moved only as far as it must for the
    /// selected frame to be among them.
    fn lay_out(top: &mut u64, state: &State, list: &ConnectionRow, bytes: Bytes<'_>, area: Rect) -> Vec<Row>;

    /// The frames that are visible from `top` on, or a few more.
    fn seen(top: u64, trace: &Trace, list: &ConnectionRow, lines: u16) -> Vec<u64>;

    /// The frame that a key of movement leads to.
    fn step(state: &State, trace: &Trace, list: &ConnectionRow, action: Action, times: u64) -> Option<u64>;

    /// The frame that stands for this one.
    fn stands_for(trace: &Trace, list: &ConnectionRow, frame: u64) -> u64;
}

/// A page that goes along one connection.
#[derive(Default)]
pub(super) struct AlongPage<A> {
    /// The first thing shown: what that is, the page knows.
    top: u64,
    /// The visible lines.
    lines: Vec<Line>,
    /// The frame that each of them belongs to.
    frames: Vec<Option<u64>>,
    along: PhantomData<A>,
}

impl<A: Along> Page for AlongPage<A> {
    fn frames(&mut self, state: &State, bytes: Bytes<'_>, area: Rect) -> Vec<u64> {
        // Which messages are seen is known only once the page is laid out.
        self.settle(state, bytes, area);
        let list = bytes.trace().connections().get(state.connection);
        list.map(|list| A::seen(self.top, bytes.trace(), list, area.height)).unwrap_or_default()
    }

    fn settle(&mut self, state: &State, bytes: Bytes<'_>, area: Rect) {
        let list = bytes.trace().connections().get(state.connection);
        let rows = list.map(|list| A::lay_out(&mut self.top, state, list, bytes, area)).unwrap_or_default();
        (self.lines, self.frames) = rows.into_iter().take(usize::from(area.height)).unzip();
    }

    fn draw(&self, state: &State, area: Rect, buffer: &mut Buffer) {
        line::draw(&state.theme, &self.lines, state.pane == Pane::Page, area, buffer);
    }

    fn step(&mut self, state: &mut State, action: Action, times: u64) {
        let shared = state.trace.clone();
        let trace = shared.read();
        let Some(list) = trace.connections().get(state.connection) else { return };
        state.choose_frame(A::step(state, &trace, list, action, times));
    }

    fn click(&mut self, state: &mut State, line: u64) {
        let frame = usize::try_from(line).ok().and_then(|line| self.frames.get(line));
        state.choose_frame(frame.copied().flatten());
    }

    fn find(&mut self, state: &mut State, _pattern: &Pattern, _forward: bool) -> Finding {
        let rows = Rows { kind: Kind::Frames, only: Some(state.connection), frozen: None, shown: None };
        Finding::Frames { rows, entries: A::ENTRIES }
    }

    fn open(&mut self, state: &mut State) {
        let shared = state.trace.clone();
        let trace = shared.read();
        match trace.connections().get(state.connection).filter(|list| list.frame_count() > 0) {
            Some(list) => {
                state.choose_frame(Some(A::stands_for(&trace, list, state.list.selected)));
                state.leave_filter_for(&trace);
                state.show(PageName::FRAMES);
            }
            None => state.show(PageName::HANDSHAKE),
        }
    }
}
