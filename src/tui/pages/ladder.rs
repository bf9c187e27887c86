//! One connection as a ladder: two lifelines, an arrow a frame, fragments bracketed.

use ratatui::layout::Rect;

use super::along::{Along, AlongPage, Row};
use super::handshake::{halves, no_frames};
use crate::base::number::wide;
use crate::base::{Direction, Severity, SocketId, Timestamp};
use crate::dissect::Socket;
use crate::trace::{Bytes, ConnectionRow, FrameRow, Trace};
use crate::tui::keys::{Action, Place, places};
use crate::tui::line::{Line, Role};
use crate::tui::page::{About, Copies};
use crate::tui::page_name::PageName;
use crate::tui::pings::answer;
use crate::tui::scroll::{scrolled, stepped};
use crate::tui::state::State;
use crate::tui::text;
use crate::tui::theme::glyph;
use crate::websocket::Opcode;

/// Columns from which on each rung has its time.
const TIMED: usize = 60;

/// What this page is.
pub(super) static ABOUT: About = About {
    name: PageName("ladder"),
    shows: "one connection between two lifelines",
    place: Place {
        title: "On the ladder",
        keys: &[
            places::foot(Action::Open, "frame", "to this frame"),
            places::here(Action::Down, "the next frame of this connection"),
            places::here(Action::Find, "find in the frames of this connection"),
        ],
    },
    shows_selected: true,
    copies: Copies::Selected,
    page: || Box::<AlongPage<Ladder>>::default(),
};

/// The page. Its rows are the handshake of TLS, the two halves of the handshake, then the connection's frames; its top is the first one shown.
#[derive(Default)]
struct Ladder;

impl Along for Ladder {
    const ENTRIES: bool = false;

    fn lay_out(top: &mut u64, state: &State, list: &ConnectionRow, bytes: Bytes<'_>, area: Rect) -> Vec<Row> {
        let trace = bytes.trace();
        let width = usize::from(area.width);
        // Where there is little room, the arrows get what the times would take.
        let timed = width >= TIMED;
        let arrow = width.saturating_sub(if timed { 18 } else { 6 }).max(8);
        let halves = list.told.as_deref().map(|told| before_frames(told, arrow.saturating_sub(6))).unwrap_or_default();
        let before = wide(halves.len());
        let frames = wide(list.frame_count());
        let selected = wide(list.index_of(state.list.selected)).min(frames.saturating_sub(1));
        let room = u64::from(area.height.saturating_sub(1));
        // The first frame brings the handshake with it.
        let line = if selected == 0 { 0 } else { selected + before };
        *top = scrolled(*top, line, room, frames + before);
        let mut lines = vec![(lifelines(trace, list.id, arrow, timed), None)];
        for row in *top..(frames + before).min(*top + room) {
            let index = usize::try_from(row.saturating_sub(before)).unwrap_or(usize::MAX);
            let half = usize::try_from(row).ok().and_then(|row| halves.get(row));
            match (half, list.frame(index).and_then(|frame| trace.frames().get(frame))) {
                (Some((direction, words, time)), _) => {
                    let line = rung(*direction, "", words, '─', arrow);
                    lines.push((if timed { with_time(state, line, *time, Role::Dim) } else { line }, None));
                }
                (None, Some(frame)) => {
                    let line = frame_rung(state, bytes, &frame, arrow);
                    let role = if state.find.is_hit(frame.number) { Role::Found } else { Role::Dim };
                    let line = if timed { with_time(state, line, frame.first.time, role) } else { line };
                    lines.push((Line { selected: row == selected + before, ..line }, Some(frame.number)));
                }
                (None, None) => {}
            }
        }
        if frames == 0 {
            let why = Line::of("  ", Role::Dim).wrapped(no_frames(list), Role::Dim, width, 4);
            lines.extend(why.into_iter().map(|line| (line, None)));
        }
        lines
    }

    fn seen(top: u64, _trace: &Trace, list: &ConnectionRow, lines: u16) -> Vec<u64> {
        // The handshakes have at most three rows before the first frame.
        let first = usize::try_from(top.saturating_sub(3)).unwrap_or(usize::MAX);
        let rows = usize::from(lines) + 3;
        (first..first.saturating_add(rows)).map_while(|index| list.frame(index)).collect()
    }

    fn step(state: &State, _trace: &Trace, list: &ConnectionRow, action: Action, times: u64) -> Option<u64> {
        let rows = wide(list.frame_count());
        let here = wide(list.index_of(state.list.selected)).min(rows.saturating_sub(1));
        let row = stepped(action, here, rows, state.scene.areas.rows_of_page(), times);
        usize::try_from(row).ok().and_then(|row| list.frame(row))
    }

    fn stands_for(_trace: &Trace, _list: &ConnectionRow, frame: u64) -> u64 {
        frame
    }
}

/// The rows before the first frame: the handshake of TLS in one, and the two halves of the opening handshake.
fn before_frames(told: &Socket, columns: usize) -> Vec<(Direction, String, Timestamp)> {
    let tls = told.tls.as_deref();
    let folded = tls.zip(tls.and_then(|tls| tls.handshake)).map(|(tls, (first, last))| {
        let words = format!("{}  handshake, packets {} to {}", tls.line(), first.packet, last.packet);
        (Direction::Client, text::safe(&words), first.time)
    });
    folded.into_iter().chain(halves(told, columns)).collect()
}

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
    let name = if id.stream.is_some() { "stream" } else { "connection" };
    if timed { line.right(format!("{name} {} ", id.label()), Role::Dim) } else { line }
}

fn frame_rung(state: &State, bytes: Bytes<'_>, frame: &FrameRow, arrow: usize) -> Line {
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
            words.push_str(&format!("  {}", text::cut(&state.preview(bytes, frame), room)));
        }
    }
    let line = rung(frame.direction, bracket, &words, stroke, arrow);
    let mark = frame.severity.filter(|severity| *severity >= Severity::Warning);
    match mark {
        Some(severity) => line.right(format!("{} ", glyph(severity)), Role::Finding(severity)),
        None => line,
    }
}

fn with_time(state: &State, line: Line, time: Timestamp, role: Role) -> Line {
    line.right(state.time_text(time, None), role).right(" ", Role::Dim)
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
