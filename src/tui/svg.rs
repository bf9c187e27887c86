//! A picture of the screen: a buffer of cells as SVG, for documentation and for showing others.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::text::width;

/// Size of one cell, in units of the picture.
const CELL: (f32, f32) = (8.4, 17.0);

/// Space around the screen.
const MARGIN: f32 = 10.0;

/// The buffer as an SVG document. `light` chooses the colours that stand for the terminal's own.
#[must_use]
pub fn draw(buffer: &Buffer, light: bool) -> String {
    let (ground, ink) = if light { ("#fbfbf8", "#1f2328") } else { ("#16181d", "#d7dae0") };
    let size = |cells: u16, cell: f32| f32::from(cells) * cell + 2.0 * MARGIN;
    let (wide, high) = (size(buffer.area.width, CELL.0), size(buffer.area.height, CELL.1));
    let mut svg = String::new();
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide:.1} {high:.1}\" width=\"{wide:.0}\" height=\"{high:.0}\">"
    );
    let _ = writeln!(svg, "<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{ground}\"/>");
    let _ = writeln!(
        svg,
        "<g font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\" xml:space=\"preserve\">"
    );
    for y in 0..buffer.area.height {
        line(&mut svg, buffer, y, ground, ink);
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

/// Cells alike, side by side.
struct Run {
    x: u16,
    columns: u16,
    text: String,
    ink: String,
    ground: Option<String>,
    modifier: Modifier,
}

fn line(svg: &mut String, buffer: &Buffer, y: u16, ground: &str, ink: &str) {
    let mut runs: Vec<Run> = Vec::new();
    let mut x = 0;
    while x < buffer.area.width {
        let Some(cell) = buffer.cell((buffer.area.x + x, buffer.area.y + y)) else { break };
        let columns = u16::try_from(width(cell.symbol()).max(1)).unwrap_or(1);
        let (own_ink, own_ground) = colours(cell, ground, ink);
        // Characters that a font may draw in another width stand alone, so that what follows keeps its column.
        let alone = !cell.symbol().is_ascii() && !cell.symbol().chars().all(|c| ('─'..='╿').contains(&c));
        match runs.last_mut() {
            Some(run)
                if !alone
                    && run.columns > 0
                    && (&run.ink, &run.ground, run.modifier) == (&own_ink, &own_ground, cell.modifier)
                    && !run.text.ends_with('\u{0}') =>
            {
                run.text.push_str(cell.symbol());
                run.columns += columns;
            }
            _ => runs.push(Run {
                x,
                columns,
                text: cell.symbol().to_owned() + if alone { "\u{0}" } else { "" },
                ink: own_ink,
                ground: own_ground,
                modifier: cell.modifier,
            }),
        }
        x += columns;
    }
    for run in runs {
        draw_run(svg, &run, y);
    }
}

fn draw_run(svg: &mut String, run: &Run, y: u16) {
    let left = MARGIN + f32::from(run.x) * CELL.0;
    let top = MARGIN + f32::from(y) * CELL.1;
    let wide = f32::from(run.columns) * CELL.0;
    if let Some(ground) = &run.ground {
        let _ = writeln!(
            svg,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{:.1}\" fill=\"{ground}\"/>",
            CELL.1
        );
    }
    let text = run.text.trim_end_matches('\u{0}');
    if text.trim().is_empty() {
        return;
    }
    let bold = if run.modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
    let line = if run.modifier.contains(Modifier::UNDERLINED) { " text-decoration=\"underline\"" } else { "" };
    let _ = writeln!(
        svg,
        "<text x=\"{left:.1}\" y=\"{:.1}\" textLength=\"{wide:.1}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"{bold}{line}>{}</text>",
        top + CELL.1 * 0.76,
        run.ink,
        escaped(text)
    );
}

fn colours(cell: &Cell, ground: &str, ink: &str) -> (String, Option<String>) {
    let own_ink = colour(cell.fg).unwrap_or_else(|| ink.to_owned());
    let own_ground = colour(cell.bg);
    if cell.modifier.contains(Modifier::REVERSED) {
        (own_ground.unwrap_or_else(|| ground.to_owned()), Some(own_ink))
    } else {
        (own_ink, own_ground)
    }
}

/// A colour as SVG writes it; `None` for the terminal's own.
fn colour(colour: Color) -> Option<String> {
    let rgb = match colour {
        Color::Rgb(r, g, b) => (r, g, b),
        Color::Indexed(index) => indexed(index),
        _ => return None,
    };
    Some(format!("#{:02x}{:02x}{:02x}", rgb.0, rgb.1, rgb.2))
}

/// The first sixteen colours, as xterm has them where nobody has chosen others.
const FIRST: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

/// The colour of an index, as xterm has it: 16 to 231 a cube of six levels, then 24 greys.
fn indexed(index: u8) -> (u8, u8, u8) {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let level = |n: u8| LEVELS.get(usize::from(n % 6)).copied().unwrap_or(0);
    match index {
        0..=15 => FIRST.get(usize::from(index)).copied().unwrap_or_default(),
        16..=231 => {
            let n = index - 16;
            (level(n / 36), level(n / 6), level(n))
        }
        232..=255 => {
            let grey = 8 + (index - 232) * 10;
            (grey, grey, grey)
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn text_colours_and_places_are_kept() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 2));
        buffer.set_string(2, 1, "a<b&c", Style::new().fg(Color::Indexed(214)).add_modifier(Modifier::REVERSED));
        let svg = draw(&buffer, false);
        assert!(svg.contains(">a&lt;b&amp;c</text>"), "{svg}");
        // Inverse: the ground has the colour of the text. 10 + 2 × 8.4 from the left, 10 + 17 from the top.
        assert!(svg.contains("<rect x=\"26.8\" y=\"27.0\" width=\"42.0\" height=\"17.0\" fill=\"#ffaf00\"/>"), "{svg}");
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    }

    #[test]
    fn indexed_colours_are_those_of_xterm() {
        assert_eq!((indexed(0), indexed(9)), ((0, 0, 0), (255, 0, 0)));
        assert_eq!(indexed(16), (0, 0, 0));
        assert_eq!(indexed(75), (95, 175, 255));
        assert_eq!(indexed(231), (255, 255, 255));
        assert_eq!(indexed(245), (138, 138, 138));
    }
}
