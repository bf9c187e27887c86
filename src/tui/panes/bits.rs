//! The bit diagram of the frame header, the selected field inverse.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::base::Source;
use crate::base::number::wide;
use crate::fields::FrameField;
use crate::teach::diagram::is_reserved;
use crate::teach::{Diagram, Part};
use crate::trace::Bytes;
use crate::tui::keys::Action;
use crate::tui::pen::Pen;
use crate::tui::scroll::stepped;
use crate::tui::state::State;

impl State {
    /// Lines that the diagram would like to have.
    pub(in crate::tui) fn diagram_height(&self) -> u16 {
        let Some(detail) = &self.detail else { return 0 };
        let header = usize::from(detail.row.header_len);
        let rows = (header + 1).div_ceil(4).max(1);
        u16::try_from(3 + rows + 5 + (rows - 1) * 3).unwrap_or(13)
    }

    /// Makes the diagram.
    pub(in crate::tui) fn settle_bits(&mut self, bytes: Bytes<'_>) {
        self.scene.diagram = None;
        let (Some(detail), Some(area)) = (&self.detail, self.scene.areas.bits) else { return };
        if !self.tree.iter().any(|field| field.bits.is_some()) {
            return;
        }
        let bits = match area.width {
            0..33 => 8,
            33..65 => 16,
            _ => 32,
        };
        let header = detail.window(bytes, Source::Frame, 0..32);
        let diagram = Diagram::draw(&self.tree, &header, bits, usize::from(area.height));
        // Where there is no room for all of it, the selected field is seen.
        let selected = Some(self.fields.selected);
        let with = |line: &Vec<Part>| line.iter().any(|part| part.field == selected);
        let (first, last) = (diagram.lines.iter().position(with), diagram.lines.iter().rposition(with));
        let height = usize::from(area.height);
        let lowest = diagram.lines.len().saturating_sub(height);
        let shown = last.map_or(0, |last| (last + 2).saturating_sub(height)).min(first.unwrap_or(0));
        self.scene.diagram_top = shown.min(lowest);
        self.scene.diagram = Some(diagram);
    }

    /// Steps over the fields that the diagram shows, in the order of their bits.
    pub(in crate::tui) fn step_bits(&mut self, action: Action, times: u64) {
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
        let rows = wide(order.len());
        let row = match here {
            Some(here) => stepped(action, wide(here), rows, 4, times),
            None => 0,
        };
        let found = usize::try_from(row).ok().and_then(|row| order.get(row)).map(|(_, index)| *index);
        if let Some(index) = found {
            self.choose_field(index);
            self.put_cursor_on_field();
        }
    }

    /// The mouse has hit the diagram here.
    pub(in crate::tui) fn click_bits(&mut self, at: Position, area: Rect) {
        let Some(diagram) = &self.scene.diagram else { return };
        let left = usize::from(area.width).saturating_sub(diagram.width) / 2;
        let column = usize::from(at.x - area.x).checked_sub(left);
        let line = diagram.lines.get(usize::from(at.y - area.y) + self.scene.diagram_top);
        let (Some(column), Some(line)) = (column, line) else { return };
        let mut end = 0;
        let hit = line.iter().find(|part| {
            end += part.text.chars().count();
            column < end
        });
        if let Some(index) = hit.and_then(|part| part.field) {
            self.choose_field(index);
            self.put_cursor_on_field();
        }
    }
}

/// Draws the diagram.
pub(in crate::tui) fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    let theme = &state.theme;
    let Some(diagram) = &state.scene.diagram else {
        let text = if state.detail.is_some() { "a draft's header: see the fields" } else { "" };
        Pen::new(buffer, area).skip(1).put(text, theme.dim);
        return;
    };
    let selected = Some(state.fields.selected);
    // RSV stands for its three bits.
    let group = state.field().filter(|field| field.is(FrameField::Rsv));
    let chosen = |field: Option<usize>| {
        let one = field.is_some() && field == selected;
        let of_group = group.is_some() && field.and_then(|index| state.tree.get(index)).is_some_and(is_reserved);
        one || of_group
    };
    let left = usize::from(area.width).saturating_sub(diagram.width) / 2;
    for (line, parts) in (0..area.height).zip(diagram.lines.iter().skip(state.scene.diagram_top)) {
        let mut pen = Pen::line(buffer, area, line);
        pen.skip(left);
        for part in parts {
            let style = match (part.field, part.bits) {
                field if chosen(field.0) => theme.field,
                (Some(_), true) => theme.title,
                (Some(_), false) => theme.label,
                (None, _) => theme.dim,
            };
            pen.put(&part.text, style);
        }
    }
}
