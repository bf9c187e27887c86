//! The findings: a line a rule with how often it was broken, and under an unfolded one a line for each place.

use super::lines::{Line, Role};
use super::scrolled;
use crate::base::{Code, Severity, Source};
use crate::dissect::NotePlace;
use crate::trace::{PlacedNote, Trace};
use crate::tui::session::Place;
use crate::tui::state::State;
use crate::tui::text;
use crate::tui::theme::glyph;

/// What a line stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// A rule, and how often it was broken.
    Rule(Code, u64),
    /// A place: the index of a kept note.
    Place(usize),
}

/// The view.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// The selected line.
    pub selected: u64,
    /// The first line shown.
    pub top: u64,
    /// The rule whose places are shown.
    pub open: Option<Code>,
    /// The places of that rule among the kept notes, as far as they were looked for.
    places: Vec<u32>,
    looked_at: usize,
}

impl Findings {
    /// Folds or unfolds a rule.
    pub fn turn(&mut self, code: Code) {
        self.open = if self.open == Some(code) { None } else { Some(code) };
        self.places.clear();
        self.looked_at = 0;
    }

    /// Looks for more places of the rule that is unfolded.
    fn look(&mut self, trace: &Trace) {
        let Some(open) = self.open else { return };
        for index in self.looked_at..trace.notes().kept() {
            if trace.notes().code(index) == Some(open) {
                self.places.push(u32::try_from(index).unwrap_or(u32::MAX));
            }
        }
        self.looked_at = trace.notes().kept();
    }

    /// The rules that were broken, the gravest and most frequent first.
    fn rules(trace: &Trace) -> Vec<(Code, u64)> {
        let mut rules: Vec<(Code, u64)> = trace.notes().counts().collect();
        rules.sort_by_key(|(code, count)| (std::cmp::Reverse(code.rule().severity), std::cmp::Reverse(*count)));
        rules
    }

    /// Number of lines, and what one of them stands for.
    pub fn at(&self, trace: &Trace, line: u64) -> (u64, Option<Finding>) {
        let rules = Findings::rules(trace);
        let places = u64::try_from(self.places.len()).unwrap_or(0);
        let open = rules.iter().position(|(code, _)| Some(*code) == self.open).and_then(|at| u64::try_from(at).ok());
        let all = u64::try_from(rules.len()).unwrap_or(0) + if open.is_some() { places } else { 0 };
        let rule = |line: u64| {
            let (code, count) = *usize::try_from(line).ok().and_then(|line| rules.get(line))?;
            Some(Finding::Rule(code, count))
        };
        let finding = match open {
            Some(open) if line > open && line - open <= places => {
                let index = usize::try_from(line - open - 1).ok().and_then(|index| self.places.get(index));
                index.and_then(|index| usize::try_from(*index).ok()).map(Finding::Place)
            }
            Some(open) if line > open => rule(line - places),
            _ => rule(line),
        };
        (all, finding)
    }
}

impl State {
    /// The visible lines of the findings.
    pub(super) fn settle_findings(&mut self, trace: &Trace, width: usize, height: usize) -> Vec<Line> {
        self.findings.look(trace);
        let (all, _) = self.findings.at(trace, 0);
        // What is wrong with the file itself stands above everything.
        let mut lines: Vec<Line> = self.warnings.iter().flat_map(|words| warning_lines(words, width)).collect();
        lines.truncate(height / 2);
        if all == 0 {
            let words = if trace.progress().finished { " nothing to find fault with" } else { " nothing so far" };
            lines.extend([Line::default(), Line::of(words, Role::Dim)]);
            return lines;
        }
        let room = u64::try_from(height - lines.len()).unwrap_or(0);
        self.findings.selected = self.findings.selected.min(all - 1);
        self.findings.top = scrolled(self.findings.top, self.findings.selected, room, all);
        let rows = self.findings.top..all.min(self.findings.top + room);
        let columns = columns(trace);
        lines.extend(rows.filter_map(|row| {
            let line = match self.findings.at(trace, row).1? {
                Finding::Rule(code, count) => rule_line(code, count, self.findings.open == Some(code), columns, width),
                Finding::Place(index) => place_line(trace, &trace.notes().get(index)?),
            };
            Some(Line { selected: row == self.findings.selected, ..line })
        }));
        lines
    }
}

/// What is wrong with the file, in as many lines as it takes to read all of it.
fn warning_lines(words: &str, width: usize) -> Vec<Line> {
    let head = format!(" {} capture  ", glyph(Severity::Warning));
    let indent = text::width(&head);
    let wrapped = text::wrap(words, width.saturating_sub(indent + 1).max(10), 8);
    let line = |(index, part): (usize, String)| match index {
        0 => Line::of(head.clone(), Role::Finding(Severity::Warning)).and(part, Role::Text),
        _ => Line::of(" ".repeat(indent), Role::Text).and(part, Role::Text),
    };
    wrapped.into_iter().enumerate().map(line).collect()
}

/// Columns of the names of the rules that were broken, and of their counts.
fn columns(trace: &Trace) -> (usize, usize) {
    let widths =
        Findings::rules(trace).into_iter().map(|(code, count)| (code.rule().name.len(), text::count(count).len()));
    widths.fold((0, 0), |(name, count), (own_name, own_count)| (name.max(own_name), count.max(own_count)))
}

fn rule_line(code: Code, count: u64, open: bool, (name, digits): (usize, usize), width: usize) -> Line {
    let rule = code.rule();
    let fold = if open { "▾" } else { "▸" };
    let line = Line::of(format!(" {fold} "), Role::Dim)
        .and(format!("{} {:<name$}", glyph(rule.severity), rule.name), Role::Finding(rule.severity))
        .and(format!("  ×{:<digits$}  ", text::count(count)), Role::Label)
        .and(rule.sentence, Role::Text);
    if width >= 100 { line.right(format!("{} ", rule.clause), Role::Dim) } else { line }
}

fn place_line(trace: &Trace, placed: &PlacedNote) -> Line {
    let (place, about) = match placed.place {
        NotePlace::Frame(number) => {
            let row = trace.frames().get(number);
            let what = row.map_or(String::new(), |row| {
                format!(
                    "{} {} {}",
                    row.direction.arrow(),
                    row.header.opcode.short_name(),
                    text::size(row.header.length)
                )
            });
            (format!("#{number}"), what)
        }
        NotePlace::Message(number) => {
            let row = trace.messages().get(number);
            let what = row.map_or(String::new(), |row| {
                format!("{} {} {}", row.direction.arrow(), row.opcode.short_name(), text::size(row.length))
            });
            (format!("message {number}"), what)
        }
        NotePlace::Socket => (String::new(), String::new()),
    };
    let detail = placed.note.detail.as_deref().map(text::safe).unwrap_or_default();
    let connection = format!("connection {}", placed.socket.label());
    let (place, right) = match (place.is_empty(), placed.packet) {
        (false, _) => (place, connection),
        (true, Some(packet)) if packet > 0 => (connection, format!("packet {packet}")),
        (true, _) => (connection, String::new()),
    };
    Line::of(format!("      {place:<14} "), Role::Label)
        .and(if about.is_empty() { about } else { format!("{about:<18} ") }, Role::Text)
        .and(detail, Role::Dim)
        .right(format!("{right} "), Role::Dim)
}

/// The frame that shows what a note speaks of.
pub(in crate::tui) fn frame_of(trace: &Trace, placed: &PlacedNote) -> Option<u64> {
    match placed.place {
        NotePlace::Frame(number) => Some(number),
        NotePlace::Message(number) => trace.messages().get(number).map(|message| message.last_frame),
        NotePlace::Socket => {
            // A gap is in the frame that lacks those bytes, of whichever side.
            let gap = placed.note.span.filter(|span| span.source == Source::Stream).map(|span| span.start);
            let connection = placed.socket.connection.0;
            let lacks = |server| {
                let offset = gap?;
                let row = Place { connection, server, offset }.holder(trace)?;
                let at = offset.saturating_sub(row.payload_offset());
                let mut holes = trace.frames().holes(row.number).iter();
                holes.any(|hole| at >= hole.start && at - hole.start < hole.len).then_some(row.number)
            };
            if let Some(frame) = lacks(false).or_else(|| lacks(true)) {
                return Some(frame);
            }
            // Else the frame under way at that packet: frames are numbered in the order in which they end.
            let list = trace.connections().get(placed.socket)?;
            let packet = placed.packet.unwrap_or(0);
            let (mut low, mut high) = (0, list.frame_count().saturating_sub(1));
            while low < high {
                let middle = low + (high - low) / 2;
                let ended = list.frame(middle).and_then(|frame| trace.frames().get(frame))?.last.packet;
                if ended < packet { low = middle + 1 } else { high = middle }
            }
            list.frame(low)
        }
    }
}
