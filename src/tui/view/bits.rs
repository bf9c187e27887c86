//! The bit diagram of the frame header, the selected field inverse.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::pen::Pen;
use crate::fields::FrameField;
use crate::teach::diagram::is_reserved;
use crate::tui::state::State;

pub(super) fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
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
