//! Keys in the views that are read from top to bottom.

use super::steps::stepped;
use crate::base::SocketId;
use crate::trace::Trace;
use crate::tui::keys::Action;
use crate::tui::scene::findings::{Finding, frame_of};
use crate::tui::scene::talk::{entry_after, entry_before, nearest};
use crate::tui::state::{State, View};

impl State {
    pub(super) fn step_page(&mut self, action: Action, times: u64) {
        let shared = self.trace.clone();
        let trace = shared.read();
        let page = self.scene.areas.page.map_or(1, |area| u64::from(area.height.saturating_sub(1)).max(1));
        match self.view {
            View::Frames => {}
            View::Connections => self.step_connections(&trace, action, page, times),
            View::Talk => self.step_talk(&trace, action, page, times),
            View::Ladder => self.step_ladder(&trace, action, page, times),
            View::Notes => {
                let (all, _) = self.findings.at(&trace, 0);
                self.findings.selected = stepped(action, self.findings.selected, all, page, times);
                self.show_finding(&trace);
            }
            View::Handshake => {
                let here = u64::try_from(self.handshake_top).unwrap_or(0);
                let to = stepped(action, here, u64::from(u16::MAX), page, times);
                self.handshake_top = usize::try_from(to).unwrap_or(0);
            }
        }
    }

    fn step_connections(&mut self, trace: &Trace, action: Action, page: u64, times: u64) {
        let rows = u64::try_from(trace.connections().count()).unwrap_or(0);
        let here = trace.connections().index(self.connection).and_then(|row| u64::try_from(row).ok()).unwrap_or(0);
        let row = stepped(action, here, rows, page, times);
        if let Some(row) = usize::try_from(row).ok().and_then(|row| trace.connections().at(row)) {
            self.choose_connection(row.id);
            if let Some(frame) = row.frame(0) {
                self.list.selected = frame;
            }
        }
    }

    fn choose_connection(&mut self, id: SocketId) {
        self.connection = id;
        self.handshake_top = 0;
        self.follow = false;
    }

    fn step_talk(&mut self, trace: &Trace, action: Action, page: u64, times: u64) {
        let id = self.connection;
        let Some(list) = trace.connections().get(id) else { return };
        let here = nearest(trace, id, self.list.selected);
        // A page holds about four lines an entry.
        let entries = |lines: u64| (lines / 4).max(1).saturating_mul(times);
        let walk = |steps: u64, forward: bool| {
            let next =
                |frame: &u64| if forward { entry_after(trace, id, *frame) } else { entry_before(trace, id, *frame) };
            let steps = usize::try_from(steps).unwrap_or(usize::MAX);
            std::iter::successors(Some(here), next).take(steps.saturating_add(1)).last()
        };
        let to = match action {
            Action::Down => walk(times, true),
            Action::Up => walk(times, false),
            Action::PageDown => walk(entries(page), true),
            Action::PageUp => walk(entries(page), false),
            Action::HalfDown => walk(entries(page / 2), true),
            Action::HalfUp => walk(entries(page / 2), false),
            Action::Top => list.frame(0).map(|frame| nearest(trace, id, frame)),
            Action::Bottom => list.frame_count().checked_sub(1).and_then(|last| list.frame(last)),
            _ => None,
        };
        self.choose_frame(to);
    }

    fn step_ladder(&mut self, trace: &Trace, action: Action, page: u64, times: u64) {
        let Some(list) = trace.connections().get(self.connection) else { return };
        let rows = u64::try_from(list.frame_count()).unwrap_or(0);
        let here = u64::try_from(list.index_of(self.list.selected)).unwrap_or(0).min(rows.saturating_sub(1));
        let row = stepped(action, here, rows, page, times);
        self.choose_frame(usize::try_from(row).ok().and_then(|row| list.frame(row)));
    }

    fn choose_frame(&mut self, frame: Option<u64>) {
        if let Some(frame) = frame.filter(|frame| *frame > 0) {
            self.list.selected = frame;
            self.follow = false;
        }
    }

    /// The selected place's frame is selected too, so that everything about it stands beside.
    fn show_finding(&mut self, trace: &Trace) {
        if let (_, Some(Finding::Place(index))) = self.findings.at(trace, self.findings.selected) {
            let placed = trace.notes().get(index);
            self.choose_frame(placed.as_ref().and_then(|placed| frame_of(trace, placed)));
            if let Some(placed) = placed {
                self.connection = placed.socket;
            }
        }
    }

    /// Enter in a view of lines.
    pub(super) fn open_in_page(&mut self) {
        let shared = self.trace.clone();
        let trace = shared.read();
        match self.view {
            View::Connections => {
                drop(trace);
                self.only(Some(self.connection));
            }
            View::Talk | View::Ladder
                if trace.connections().get(self.connection).is_none_or(|row| row.frame_count() == 0) =>
            {
                self.show(View::Handshake);
            }
            View::Talk | View::Ladder => {
                if self.view == View::Talk {
                    let here = nearest(&trace, self.connection, self.list.selected);
                    self.choose_frame(Some(here));
                }
                self.leave_filter_for(&trace);
                self.show(View::Frames);
            }
            View::Notes => match self.findings.at(&trace, self.findings.selected).1 {
                Some(Finding::Rule(code, _)) => self.findings.turn(code),
                Some(Finding::Place(index)) => {
                    self.show_finding(&trace);
                    self.leave_filter_for(&trace);
                    let placed = trace.notes().get(index);
                    let frame = placed.as_ref().and_then(|placed| frame_of(&trace, placed));
                    let handshake = placed.is_some_and(|placed| placed.note.code.name().starts_with("ws.handshake"));
                    // What is wrong with a handshake is seen there, also where no frame came of it.
                    self.show(if handshake || frame.is_none() { View::Handshake } else { View::Frames });
                }
                None => {}
            },
            View::Frames | View::Handshake => {}
        }
    }

    /// The list shows all connections again, where the selected frame is none of those it shows.
    fn leave_filter_for(&mut self, trace: &Trace) {
        let shown = trace.frames().get(self.list.selected).map(|row| row.socket);
        if self.list.rows.only.is_some() && self.list.rows.only != shown {
            self.list.rows.only = None;
        }
    }
}
