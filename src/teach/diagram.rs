//! The bit diagram of a frame header, as RFC 6455 section 5.2 draws it, filled with the bits of one frame.
//!
//! In: the header's bytes and its fields with their bits. Out: lines of [`Part`]s, each knowing its field, 32, 16 or 8
//! bits to a row. A bit takes two columns, so a row of 32 is 65 columns wide. The drawing takes the shape of this very
//! header: with or without a key, with 7, 16 or 64 bits of length. Bytes that the capture lacks show as `?`.

use crate::base::number::wide;
use crate::fields::{FieldId, FrameField, Node};
use crate::trace::Window;

/// A piece of a line and the field it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its text, of one column a character.
    pub text: String,
    /// Index of its field in the list the diagram was drawn from; `None` for lines and rulers.
    pub field: Option<usize>,
    /// It shows bits (and not a name or a value).
    pub bits: bool,
}

/// A drawn header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagram {
    /// Its lines, top to bottom.
    pub lines: Vec<Vec<Part>>,
    /// Columns of every line.
    pub width: usize,
}

/// One field's bits within one row.
struct Cell {
    field: Option<usize>,
    /// First bit, in the frame.
    first: usize,
    bits: usize,
    /// It is the part of its field that carries the name.
    head: bool,
}

impl Diagram {
    /// Draws the header at the start of `bytes` (a frame from its first byte, at least its header where captured).
    /// `row_bits` is 32, 16 or 8. `height` is how many lines there is room for; fewer make shorter cells.
    #[must_use]
    pub fn draw(fields: &[Node], bytes: &Window, row_bits: usize, height: usize) -> Diagram {
        let row_bits = row_bits.clamp(8, 32);
        let cells = cells(fields, bytes, row_bits);
        let rows: Vec<&[Cell]> =
            cells.chunk_by(|before, after| before.first / row_bits == after.first / row_bits).collect();
        // Two lines of ruler, a border above each row and one below the last; the rest is shared out.
        let spare = height.saturating_sub(3 + rows.len());
        let (first, others) = match spare.checked_sub(rows.len().saturating_sub(1) * 3) {
            Some(first) if first >= 3 => (first.min(5), 3),
            _ => match spare.checked_sub(rows.len().saturating_sub(1) * 2) {
                Some(first) if first >= 2 => (first.min(5), 2),
                _ => (1, 1),
            },
        };
        let mut lines = ruler(row_bits);
        let mut above: Vec<usize> = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            let below = boundaries(row, row_bits);
            lines.push(vec![border(&above, &below, row_bits, index == 0, false)]);
            let vertical = row.iter().any(|cell| cell.bits == 1);
            for line in 0..if vertical { first } else { others } {
                lines.push(content(row, fields, bytes, line, if vertical { first } else { others }));
            }
            above = below;
        }
        lines.push(vec![border(&above, &[], row_bits, false, true)]);
        Diagram { lines, width: row_bits * 2 + 1 }
    }
}

/// Splits the fields that have bits into cells, none of which crosses the end of a row, and fills the last row with
/// the start of the payload.
fn cells(fields: &[Node], bytes: &Window, row_bits: usize) -> Vec<Cell> {
    let mut spans: Vec<(Option<usize>, usize, usize)> = fields
        .iter()
        .enumerate()
        .filter(|(_, field)| !field.is(FrameField::Rsv))
        .filter_map(|(index, field)| {
            let bits = field.bits?;
            Some((Some(index), usize::from(bits.first), usize::from(bits.len)))
        })
        .collect();
    spans.sort_by_key(|(_, first, _)| *first);
    let end = spans.last().map_or(0, |(_, first, len)| first + len);
    let payload = fields.iter().position(|field| field.is(FrameField::Payload) && field.span.is_some());
    let room = (row_bits - end % row_bits) % row_bits;
    let room = if room == 0 && payload.is_some() { row_bits } else { room };
    if room > 0 {
        let held = bytes.bytes.len() * 8;
        let shown = if payload.is_some() { held.saturating_sub(end).min(room) } else { 0 };
        if shown > 0 {
            spans.push((payload, end, shown));
        }
        if shown < room {
            spans.push((None, end + shown, room - shown));
        }
    }
    let mut cells = Vec::new();
    for (field, mut first, mut len) in spans {
        let widest = len.min(row_bits);
        let mut named = false;
        while len > 0 {
            let bits = len.min(row_bits - first % row_bits);
            // The name goes into the first part that is wide enough for it.
            let head = !named && (bits >= widest.min(16) || bits == len);
            named |= head;
            cells.push(Cell { field, first, bits, head });
            first += bits;
            len -= bits;
        }
    }
    cells
}

fn ruler(row_bits: usize) -> Vec<Vec<Part>> {
    let line = |text: String| vec![Part { text: format!(" {text}"), field: None, bits: false }];
    let tens = (0..row_bits).map(|bit| if bit % 10 == 0 { format!("{} ", bit / 10) } else { "  ".to_owned() });
    let ones = (0..row_bits).map(|bit| format!("{} ", bit % 10));
    vec![line(tens.collect()), line(ones.collect())]
}

/// Columns, in bits, at which a row's cells begin and end.
fn boundaries(row: &[Cell], row_bits: usize) -> Vec<usize> {
    let ends = row.iter().map(|cell| cell.first % row_bits + cell.bits);
    std::iter::once(0).chain(ends).collect()
}

fn border(above: &[usize], below: &[usize], row_bits: usize, first: bool, last: bool) -> Part {
    let mut text = String::new();
    for bit in 0..=row_bits {
        let (up, down) = (above.contains(&bit), below.contains(&bit));
        let (left, right) = (bit == 0, bit == row_bits);
        text.push(match (up, down, left, right) {
            _ if first && left => '┌',
            _ if first && right => '┐',
            _ if last && left => '└',
            _ if last && right => '┘',
            (_, _, true, _) => '├',
            (_, _, _, true) => '┤',
            (true, true, ..) => '┼',
            (true, false, ..) => '┴',
            (false, true, ..) => '┬',
            (false, false, ..) => '─',
        });
        if !right {
            text.push('─');
        }
    }
    Part { text, field: None, bits: false }
}

/// One line of a row's cells: line 0 the bits, the others names and values.
fn content(row: &[Cell], fields: &[Node], bytes: &Window, line: usize, lines: usize) -> Vec<Part> {
    let bar = || Part { text: "│".to_owned(), field: None, bits: false };
    let mut parts = vec![bar()];
    for cell in row {
        let width = cell.bits * 2 - 1;
        let field = cell.field.and_then(|index| fields.get(index));
        let text = match (field, line) {
            (None, _) => String::new(),
            (Some(_), 0) => bit_text(bytes, cell.first, cell.bits),
            (Some(field), _) if cell.bits == 1 => letter(field, line - 1, lines - 1),
            (Some(field), _) => words(field, cell, bytes, width).get(line - 1).cloned().unwrap_or_default(),
        };
        let text = if cell.bits == 1 || line == 0 { fit(&text, width) } else { centre(&text, width) };
        parts.push(Part { text, field: cell.field, bits: line == 0 });
        parts.push(bar());
    }
    parts
}

fn bit_text(bytes: &Window, first: usize, bits: usize) -> String {
    let bit = |at: usize| {
        let byte = bytes.get(wide(at / 8));
        byte.map_or("?", |byte| if byte >> (7 - at % 8) & 1 == 1 { "1" } else { "0" })
    };
    (first..first + bits).map(bit).collect::<Vec<_>>().join(" ")
}

/// The name of a one-bit field goes from top to bottom: F I N. Where there is less room, its first and last letters.
fn letter(field: &Node, line: usize, lines: usize) -> String {
    let name: Vec<char> = field.label.chars().collect();
    let at = if name.len() > lines && line + 1 == lines && is_reserved(field) { name.len() - 1 } else { line };
    name.get(at).map(char::to_string).unwrap_or_default()
}

/// RSV, or one of its bits.
#[must_use]
pub fn is_reserved(field: &Node) -> bool {
    let FieldId::Frame(field) = field.field else { return false };
    matches!(field, FrameField::Rsv | FrameField::Rsv1 | FrameField::Rsv2 | FrameField::Rsv3 | FrameField::Rsv4)
}

fn words(field: &Node, cell: &Cell, bytes: &Window, width: usize) -> [String; 2] {
    let hex = || {
        let from = cell.first / 8;
        let each = (from..(cell.first + cell.bits).div_ceil(8))
            .map(|at| bytes.get(wide(at)).map_or("??".to_owned(), |byte| format!("{byte:02x}")));
        each.collect::<Vec<_>>().join(" ")
    };
    let name = match field.field {
        FieldId::Frame(FrameField::Length7) if width < 20 => "len".to_owned(),
        FieldId::Frame(FrameField::MaskingKey) if width < 11 => "key".to_owned(),
        _ => field.label.to_string(),
    };
    match field.field {
        FieldId::Frame(FrameField::Length7) => [format!("{name} {}", field.text), String::new()],
        // The largest lengths leave no room for the whole name.
        FieldId::Frame(FrameField::Length) if cell.head && name.len() + 1 + field.text.len() > width => {
            [format!("length {}", field.text), hex()]
        }
        FieldId::Frame(FrameField::Length) if cell.head => [format!("{name} {}", field.text), hex()],
        FieldId::Frame(FrameField::MaskingKey | FrameField::Length) if !cell.head => [String::new(), hex()],
        FieldId::Frame(FrameField::MaskingKey | FrameField::Payload) => [name, hex()],
        _ => [name, field.text.clone()],
    }
}

fn fit(text: &str, width: usize) -> String {
    let mut fitted: String = text.chars().take(width).collect();
    fitted.extend(std::iter::repeat_n(' ', width - fitted.chars().count()));
    fitted
}

fn centre(text: &str, width: usize) -> String {
    let before = width.saturating_sub(text.chars().count()) / 2;
    fit(&format!("{}{text}", " ".repeat(before)), width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Direction;
    use crate::trace::sample::Sample;
    use crate::trace::{Bytes, Detail};
    use crate::websocket::Opcode;

    fn drawn(direction: Direction, payload: &[u8], row_bits: usize, height: usize) -> (Diagram, Vec<Node>) {
        let mut sample = Sample::default();
        let id = sample.connect();
        sample.send(id, direction, true, Opcode::Text, payload);
        sample.flush();
        let shared = sample.shared();
        let trace = shared.read();
        let bytes = Bytes::new(&trace, &sample.store);
        let detail = Detail::read(bytes, 1).unwrap();
        let wire = bytes.frame(&detail.row, 0..32);
        let fields = crate::teach::annotate::tree(bytes, &detail);
        (Diagram::draw(&fields, &wire, row_bits, height), fields)
    }

    fn text(diagram: &Diagram) -> Vec<String> {
        diagram.lines.iter().map(|line| line.iter().map(|part| part.text.as_str()).collect()).collect()
    }

    #[test]
    fn a_masked_frame_of_five_bytes() {
        // 81 85 ae d8 58 e8, then "Hello" ^ key: e6 bd …
        let (diagram, _) = drawn(Direction::Client, b"Hello", 32, 99);
        let expected = [
            " 0                   1                   2                   3   ",
            " 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 ",
            "┌─┬─┬─┬─┬───────┬─┬─────────────┬───────────────────────────────┐",
            "│1│0│0│0│0 0 0 1│1│0 0 0 0 1 0 1│1 0 1 0 1 1 1 0 1 1 0 1 1 0 0 0│",
            "│F│R│R│R│opcode │M│    len 5    │          masking key          │",
            "│I│S│S│S│1 TEXT │A│             │             ae d8             │",
            "│N│V│V│V│       │S│             │                               │",
            "│ │1│2│3│       │K│             │                               │",
            "├─┴─┴─┴─┴───────┴─┴─────────────┼───────────────────────────────┤",
            "│0 1 0 1 1 0 0 0 1 1 1 0 1 0 0 0│1 1 1 0 0 1 1 0 1 0 1 1 1 1 0 1│",
            "│                               │            payload            │",
            "│             58 e8             │             e6 bd             │",
            "└───────────────────────────────┴───────────────────────────────┘",
        ];
        assert_eq!(text(&diagram), expected);
    }

    #[test]
    fn every_form_is_drawn_in_every_width_and_height() {
        for direction in Direction::BOTH {
            for len in [0, 1, 125, 126, 65_535, 65_536] {
                for row_bits in [8, 16, 32] {
                    for height in [0, 1, 6, 10, 13, 40] {
                        let (diagram, fields) = drawn(direction, &vec![b'x'; len], row_bits, height);
                        for line in text(&diagram) {
                            assert_eq!(line.chars().count(), row_bits * 2 + 1, "{line}");
                        }
                        // Every bit of the header is drawn once, in its field.
                        for (index, field) in fields.iter().enumerate().filter(|(_, field)| !field.is(FrameField::Rsv))
                        {
                            let Some(bits) = field.bits else { continue };
                            let parts = diagram.lines.iter().flatten().filter(|p| p.bits && p.field == Some(index));
                            let count: usize = parts.map(|part| part.text.chars().filter(|c| *c != ' ').count()).sum();
                            assert_eq!(count, usize::from(bits.len), "{} {len} {row_bits}", field.field.name());
                        }
                    }
                }
            }
        }
    }
}
