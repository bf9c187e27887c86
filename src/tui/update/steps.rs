//! Keys of movement: a step in the list, the fields, the diagram, the text or the bytes.

use crate::fields::FrameField;
use crate::tui::keys::Action;
use crate::tui::state::{Pane, State, View};

impl State {
    pub(super) fn step(&mut self, action: Action, times: u64) {
        match self.pane {
            Pane::List if self.view != View::Frames => self.step_page(action, times),
            Pane::List => self.step_list(action, times),
            Pane::Fields => self.step_fields(action, times),
            Pane::Bits => self.step_bits(action, times),
            Pane::Bytes => self.step_bytes(action, times),
        }
    }

    fn step_list(&mut self, action: Action, times: u64) {
        let shared = self.trace.clone();
        let trace = shared.read();
        let rows = self.list.rows.len(&trace);
        let here = self.list.rows.row(&trace, self.list.selected);
        let page = self.scene.areas.list.map_or(1, |area| u64::from(area.height.saturating_sub(1)).max(1));
        if action == Action::Right {
            drop(trace);
            return self.open();
        }
        let row = stepped(action, here, rows, page, times);
        if rows > 0 && row != here {
            self.select_row(&trace, row);
        }
    }

    fn step_fields(&mut self, action: Action, times: u64) {
        if matches!(action, Action::Left | Action::Right) {
            return self.fold(Some(action == Action::Right));
        }
        let lines = &self.scene.fields;
        let here = lines.iter().position(|line| line.index == self.fields.selected).unwrap_or(0);
        let page = self.scene.areas.fields.map_or(1, |area| area.height.max(1));
        let rows = u64::try_from(lines.len()).unwrap_or(0);
        let row = stepped(action, u64::try_from(here).unwrap_or(0), rows, u64::from(page), times);
        if let Some(line) = usize::try_from(row).ok().and_then(|row| lines.get(row)) {
            self.choose_field(line.index);
            self.put_cursor_on_field();
        }
    }

    /// Folds (`Some(false)`), unfolds (`Some(true)`) or turns (`None`) the selected group. Folding what has nothing to
    /// fold goes to its group.
    pub(super) fn fold(&mut self, unfold: Option<bool>) {
        let line = self.scene.fields.iter().find(|line| line.index == self.fields.selected).copied();
        let Some((line, field)) = line.zip(self.field()) else { return };
        let (id, depth) = (field.field, field.depth);
        match (line.unfolded, unfold) {
            (Some(true), Some(false) | None) => {
                self.fields.folded.insert(id);
            }
            (Some(false), Some(true) | None) => {
                self.fields.folded.remove(&id);
            }
            (_, Some(false)) => {
                let group = self.tree.get(..line.index).and_then(|before| before.iter().rposition(|f| f.depth < depth));
                match group {
                    Some(group) => self.choose_field(group),
                    None => self.focus(Pane::List),
                }
            }
            _ => {}
        }
    }

    /// Steps over the fields that the diagram shows, in the order of their bits.
    fn step_bits(&mut self, action: Action, times: u64) {
        let mut order: Vec<(u16, usize)> = self
            .tree
            .iter()
            .enumerate()
            .filter(|(_, field)| !field.is(FrameField::Rsv))
            .filter_map(|(index, field)| match field.bits {
                Some(bits) => Some((bits.first, index)),
                None if field.is(FrameField::Payload) => Some((u16::MAX, index)),
                _ => None,
            })
            .collect();
        order.sort_unstable();
        let here = order.iter().position(|(_, index)| *index == self.fields.selected);
        let action = match action {
            Action::Right => Action::Down,
            Action::Left => Action::Up,
            other => other,
        };
        let rows = u64::try_from(order.len()).unwrap_or(0);
        let row = match here {
            Some(here) => stepped(action, u64::try_from(here).unwrap_or(0), rows, 4, times),
            None => 0,
        };
        let found = usize::try_from(row).ok().and_then(|row| order.get(row)).map(|(_, index)| *index);
        if let Some(index) = found {
            self.choose_field(index);
            self.put_cursor_on_field();
        }
    }

    fn step_text(&mut self, action: Action, times: u64) {
        let page = self.scene.areas.bytes.map_or(1, |area| u64::from(area.height.saturating_sub(2)).max(1));
        let rows = u64::try_from(self.scene.text.lines.len()).unwrap_or(0);
        let here = u64::try_from(self.bytes.text_top).unwrap_or(0);
        self.bytes.text_top = usize::try_from(stepped(action, here, rows, page, times)).unwrap_or(0);
    }

    fn step_bytes(&mut self, action: Action, times: u64) {
        if self.bytes.text {
            return self.step_text(action, times);
        }
        let columns = self.scene.columns.max(1);
        let len = self.scene.sources.iter().find(|(source, _)| *source == self.bytes.source).map_or(0, |(_, len)| *len);
        let page = self.scene.areas.bytes.map_or(1, |area| u64::from(area.height.saturating_sub(1)).max(1));
        let last = len.saturating_sub(1);
        let here = self.bytes.cursor;
        let by = |step: u64| step.saturating_mul(times);
        self.bytes.cursor = match action {
            Action::Left => here.saturating_sub(by(1)),
            Action::Right => here.saturating_add(by(1)),
            Action::Up => here.checked_sub(by(columns)).unwrap_or(here % columns),
            Action::Down if here.saturating_add(by(columns)) > last => here,
            Action::Down => here.saturating_add(by(columns)),
            Action::HalfUp => here.checked_sub(by(columns * (page / 2).max(1))).unwrap_or(here % columns),
            Action::PageUp => here.checked_sub(by(columns * page)).unwrap_or(here % columns),
            Action::HalfDown => here.saturating_add(by(columns * (page / 2).max(1))),
            Action::PageDown => here.saturating_add(by(columns * page)),
            Action::Top => 0,
            Action::Bottom => last,
            _ => here,
        }
        .min(last);
        self.put_field_under_cursor();
    }
}

/// The row that a step from `here` leads to.
pub(super) fn stepped(action: Action, here: u64, rows: u64, page: u64, times: u64) -> u64 {
    let by = |step: u64| step.saturating_mul(times);
    match action {
        Action::Up => here.saturating_sub(by(1)),
        Action::Down => here.saturating_add(by(1)),
        Action::HalfUp => here.saturating_sub(by((page / 2).max(1))),
        Action::HalfDown => here.saturating_add(by((page / 2).max(1))),
        Action::PageUp => here.saturating_sub(by(page)),
        Action::PageDown => here.saturating_add(by(page)),
        Action::Top => 0,
        Action::Bottom => rows,
        _ => here,
    }
    .min(rows.saturating_sub(1))
}
