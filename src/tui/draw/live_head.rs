//! What a live capture says of itself: rates and losses in the head, and the question what to keep.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::boxes;
use crate::capture::live::watch::Counts;
use crate::tui::edit::Edit;
use crate::tui::live::status::{Status, sparkline};
use crate::tui::pen::Pen;
use crate::tui::state::State;
use crate::tui::text;

/// The right part of the head line, and its style: losses stand out.
pub(super) fn head(state: &State, status: &Status, width: u16) -> (String, Style) {
    let counts = &status.counts;
    let [packets, bytes, frames] = status.rates;
    let drops = [counts.dropped, counts.removed, counts.unkept];
    let style = if drops.iter().any(|count| *count > 0) { state.theme.warning } else { state.theme.dim };
    let mode = match (status.over, state.list.rows.frozen.is_some(), state.follow) {
        (true, ..) => "over",
        (_, true, _) => "frozen",
        (_, _, true) => "follow",
        _ => "live",
    };
    let [kernel, ring, cap] = drops.map(text::count);
    let bars = sparkline(&status.bars);
    let line = if width >= 110 {
        let rates = format!("{}/s  {} pkt/s  {}/s", text::count(frames), text::count(packets), text::size(bytes));
        format!("{bars} {rates}  lost: kernel {kernel} ring {ring} cap {cap}  {mode}")
    } else {
        let few = status.bars.get(status.bars.len().saturating_sub(6)..).unwrap_or_default();
        format!("{} {}/s  lost {kernel}·{ring}·{cap}  {mode}", sparkline(few), text::count(frames))
    };
    (line, style)
}

/// What there is to keep: not what was seen after the disk was full.
fn what_there_is(counts: &Counts) -> String {
    let kept = text::plural(counts.packets.saturating_sub(counts.unkept), "packet");
    let more = match counts.unkept {
        0 => String::new(),
        unkept => format!("; {} more could not be kept", text::count(unkept)),
    };
    format!("{kept}, {}{more}", text::size(counts.kept_bytes))
}

/// The question what becomes of what was captured.
pub(super) fn keep(state: &State, edit: Option<&Edit>, buffer: &mut Buffer) {
    let foot =
        if edit.is_some() { "Enter writes it   Esc goes back" } else { "y keep as …  n forget  Esc goes back" };
    let inside = boxes::open(state, buffer, 72, 5, "keep what was captured?", foot);
    let counts = state.live.as_ref().map(|live| live.status.counts).unwrap_or_default();
    Pen::line(buffer, inside, 0).skip(1).put(&what_there_is(&counts), state.theme.text);
    let mut line = inside;
    line.y = line.y.saturating_add(1);
    line.height = line.height.saturating_sub(1).min(1);
    if let Some(edit) = edit {
        boxes::typed(state, " keep as", edit, line, buffer);
    }
    if let Some(message) = &state.message {
        Pen::line(buffer, inside, 2).skip(1).put(message, state.theme.warning);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_could_be_kept_is_offered() {
        let counts = Counts { packets: 544, kept_bytes: 32_700, ..Counts::default() };
        assert_eq!(what_there_is(&counts), "544 packets, 32.7 kB");
        let full = Counts { unkept: 266, ..counts };
        assert_eq!(what_there_is(&full), "278 packets, 32.7 kB; 266 more could not be kept");
    }
}
