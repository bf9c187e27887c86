//! One connection as a ladder: two lifelines, an arrow a frame, fragments bracketed.

use super::handshake::{halves, no_frames};
use super::lines::{Line, Role};
use super::pings::answer;
use super::scrolled;
use crate::base::{Direction, Severity, SocketId, Timestamp};
use crate::trace::{Bytes, FrameRow, Trace};
use crate::tui::state::State;
use crate::tui::text;
use crate::tui::theme::glyph;
use crate::websocket::Opcode;

/// Columns from which on each rung has its time.
const TIMED: usize = 60;

/// The line above the lifelines: who stands at each, the server's name ending at its line.
fn lifelines(trace: &Trace, id: SocketId, arrow: usize, timed: bool) -> Line {
    let told = trace.connections().get(id).and_then(|row| row.told.as_ref());
    let Some(told) = told else { return Line::of(format!(" connection {}", id.label()), Role::Title) };
    let (client, server) = (told.client.to_string(), told.server.to_string());
    let room = (arrow + 2).saturating_sub(text::width(&client) + text::width(&server));
    let line = Line::of(format!("  {client}"), Role::Side(Direction::Client));
    if room == 0 {
        return line;
    }
    let line = line.and(" ".repeat(room), Role::Dim).and(server, Role::Side(Direction::Server));
    if timed { line.right(format!("connection {} ", id.label()), Role::Dim) } else { line }
}

impl State {
    /// The visible lines of the ladder. Its rows are the two halves of the handshake, then the connection's frames.
    pub(super) fn settle_ladder(&mut self, bytes: Bytes<'_>, width: usize, height: usize) -> Vec<Line> {
        let trace = bytes.trace();
        let Some(list) = trace.connections().get(self.connection) else { return Vec::new() };
        let told = list.told.as_ref();
        let halves = told.map(|told| halves(told)).unwrap_or_default();
        let before = u64::try_from(halves.len()).unwrap_or(0);
        let frames = u64::try_from(list.frame_count()).unwrap_or(0);
        let selected = u64::try_from(list.index_of(self.list.selected)).unwrap_or(0).min(frames.saturating_sub(1));
        let room = u64::try_from(height.saturating_sub(1)).unwrap_or(0);
        // The first frame brings the handshake with it.
        let line = if selected == 0 { 0 } else { selected + before };
        self.ladder_top = scrolled(self.ladder_top, line, room, frames + before);
        // Where there is little room, the arrows get what the times would take.
        let timed = width >= TIMED;
        let arrow = width.saturating_sub(if timed { 18 } else { 6 }).max(8);
        let mut lines = vec![lifelines(trace, self.connection, arrow, timed)];
        for row in self.ladder_top..(frames + before).min(self.ladder_top + room) {
            let index = usize::try_from(row.saturating_sub(before)).unwrap_or(usize::MAX);
            let half = usize::try_from(row).ok().and_then(|row| halves.get(row));
            match (half, list.frame(index).and_then(|frame| trace.frames().get(frame))) {
                (Some((direction, words, time)), _) => {
                    let line = rung(*direction, "", words, '─', arrow);
                    lines.push(if timed { self.timed(line, *time) } else { line });
                }
                (None, Some(frame)) => {
                    let line = self.frame_rung(bytes, &frame, arrow);
                    let line = if timed { self.timed(line, frame.first.time) } else { line };
                    lines.push(Line { selected: row == selected + before, ..line });
                }
                (None, None) => {}
            }
        }
        if frames == 0 {
            lines.extend(Line::of("  ", Role::Dim).wrapped(no_frames(list), Role::Dim, width, 4));
            lines.truncate(height);
        }
        lines
    }

    fn frame_rung(&self, bytes: Bytes<'_>, frame: &FrameRow, arrow: usize) -> Line {
        let trace = bytes.trace();
        let message = frame.message.and_then(|message| trace.messages().get(message));
        let fragments = message.filter(|message| message.frame_count > 1);
        let (bracket, stroke) = match fragments {
            Some(message) if frame.number == message.first_frame => ("┌ ", '─'),
            Some(message) if frame.number == message.last_frame => ("└ ", '═'),
            Some(_) => ("│ ", '─'),
            None if frame.is_data() => ("", '═'),
            None => ("", '─'),
        };
        let opcode = frame.header.opcode;
        let mut words = format!("#{} {} {}", frame.number, opcode.short_name(), text::count(frame.header.length));
        match (fragments, answer(bytes, frame)) {
            (Some(message), _) if frame.number == message.last_frame => {
                words.push_str(&format!(" FIN  message {}: {}", message.number, text::size(message.length)));
            }
            (_, Some(answer)) => words.push_str(&format!("  {answer}")),
            _ => {}
        }
        if frame.header.length > 0 || opcode == Opcode::Close {
            let room = arrow.saturating_sub(text::width(bracket) + text::width(&words) + 8);
            if room > 4 {
                words.push_str(&format!("  {}", text::cut(&self.preview(bytes, frame), room)));
            }
        }
        let line = rung(frame.direction, bracket, &words, stroke, arrow);
        let mark = frame.severity.filter(|severity| *severity >= Severity::Warning);
        match mark {
            Some(severity) => line.right(format!("{} ", glyph(severity)), Role::Finding(severity)),
            None => line,
        }
    }

    fn timed(&self, line: Line, time: Timestamp) -> Line {
        line.right(format!("{} ", self.time_text(time, None)), Role::Dim)
    }
}

/// One arrow with words in it.
fn rung(direction: Direction, bracket: &str, words: &str, stroke: char, arrow: usize) -> Line {
    let room = arrow.saturating_sub(text::width(bracket) + 4);
    let words = format!(" {} ", text::cut(words, room.saturating_sub(2)));
    let rest: String =
        std::iter::repeat_n(stroke, room.saturating_sub(text::width(&words)).saturating_add(1)).collect();
    let side = Role::Side(direction);
    match direction {
        Direction::Client => Line::of("  │", Role::Dim)
            .and(bracket.to_owned(), Role::Label)
            .and(stroke.to_string(), side)
            .and(words, Role::Text)
            .and(format!("{rest}▶"), side)
            .and("│", Role::Dim),
        Direction::Server => Line::of("  │", Role::Dim)
            .and(bracket.to_owned(), Role::Label)
            .and(format!("◀{rest}"), side)
            .and(words, Role::Text)
            .and(stroke.to_string(), side)
            .and("│", Role::Dim),
    }
}
