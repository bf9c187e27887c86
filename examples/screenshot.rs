//! Draws what sockeye shows on a terminal as an SVG picture: runs the real program in a pseudo-terminal, types keys,
//! and copies the screen.
//!
//! ```text
//! cargo build && cargo run --example screenshot -- --keys jjj samples/messages-commented.pcapng > docs/inspector.svg
//! ```

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use clap::Parser;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use vt100::{Cell, Color, Screen};

/// Draw what sockeye shows on a terminal, as SVG.
#[derive(Parser)]
struct Arguments {
    /// Columns of the terminal
    #[arg(long, default_value_t = 110)]
    columns: u16,
    /// Rows of the terminal
    #[arg(long, default_value_t = 32)]
    rows: u16,
    /// Keys to type once the first picture stands; \t is the tabulator, \r enter, \e escape
    #[arg(long, default_value = "")]
    keys: String,
    /// Print the screen as text
    #[arg(long)]
    text: bool,
    /// Arguments of sockeye
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    arguments: Vec<String>,
}

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let screen = run(&arguments)?;
    if arguments.text {
        let lines = screen.rows(0, arguments.columns).map(|line| format!("{}\n", line.trim_end()));
        print!("{}", lines.collect::<String>());
    } else {
        print!("{}", svg(&screen));
    }
    Ok(())
}

/// The screen after the last key.
fn run(arguments: &Arguments) -> Result<Screen> {
    let (rows, cols) = (arguments.rows, arguments.columns);
    let pair = native_pty_system().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 })?;
    let program = std::env::current_exe()?;
    let program = program.ancestors().nth(2).ok_or("no target directory")?.join("sockeye");
    let mut command = CommandBuilder::new(program);
    command.args(&arguments.arguments);
    command.env("TERM", "xterm-256color");
    command.env("COLORTERM", "truecolor");
    command.cwd(std::env::current_dir()?);
    let mut child = pair.slave.spawn_command(command)?;
    drop(pair.slave);

    let mut reader = pair.master.try_clone_reader()?;
    let (sender, output) = channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            if sender.send(buffer[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    let mut parser = vt100::Parser::new(rows, cols, 0);
    settle(&mut parser, &output);
    let mut writer = pair.master.take_writer()?;
    let keys = arguments.keys.replace("\\t", "\t").replace("\\r", "\r").replace("\\e", "\x1b");
    for key in keys.chars() {
        write!(writer, "{key}")?;
        writer.flush()?;
        settle(&mut parser, &output);
    }
    let screen = parser.screen().clone();
    child.kill()?;
    Ok(screen)
}

/// Reads until nothing more comes.
fn settle(parser: &mut vt100::Parser, output: &Receiver<Vec<u8>>) {
    let mut patience = Duration::from_secs(5);
    loop {
        match output.recv_timeout(patience) {
            Ok(bytes) => parser.process(&bytes),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
        }
        patience = Duration::from_millis(300);
    }
}

/// Width and height of a cell, and the place of the base line in it.
const CELL: (f32, f32, f32) = (8.4, 17.0, 13.0);

const INK: &str = "#d4d4d4";
const PAPER: &str = "#16181d";

fn svg(screen: &Screen) -> String {
    let (rows, columns) = screen.size();
    let (width, height) = (f32::from(columns) * CELL.0 + 20.0, f32::from(rows) * CELL.1 + 20.0);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" width=\"{width:.1}\" \
         font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{PAPER}\"/>\n"
    );
    for row in 0..rows {
        // Runs of cells that look alike; backgrounds first, so that no run covers its neighbour's letters.
        let runs = runs(screen, row, columns);
        for run in &runs {
            put_background(&mut out, run, row);
        }
        for run in &runs {
            put_text(&mut out, run, row);
        }
    }
    out.push_str("</svg>\n");
    out
}

/// Cells beside each other with one look.
struct Run {
    start: u16,
    cells: u16,
    text: String,
    ink: String,
    paper: Option<String>,
    bold: bool,
    dim: bool,
    underline: bool,
}

fn runs(screen: &Screen, row: u16, columns: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for column in 0..columns {
        let Some(cell) = screen.cell(row, column).filter(|cell| !cell.is_wide_continuation()) else { continue };
        let cells = if cell.is_wide() { 2 } else { 1 };
        let text = if cell.has_contents() { cell.contents() } else { " " };
        let (ink, paper) = colours(cell);
        let one = |run: &Run| {
            run.ink == ink
                && run.paper == paper
                && (run.bold, run.dim, run.underline) == (cell.bold(), cell.dim(), cell.underline())
        };
        match runs.last_mut() {
            Some(run) if one(run) => {
                run.cells += cells;
                run.text.push_str(text);
            }
            _ => runs.push(Run {
                start: column,
                cells,
                text: text.to_string(),
                ink,
                paper,
                bold: cell.bold(),
                dim: cell.dim(),
                underline: cell.underline(),
            }),
        }
    }
    runs
}

fn colours(cell: &Cell) -> (String, Option<String>) {
    let ink = colour(cell.fgcolor()).unwrap_or_else(|| INK.to_string());
    let paper = colour(cell.bgcolor());
    if cell.inverse() { (paper.unwrap_or_else(|| PAPER.to_string()), Some(ink)) } else { (ink, paper) }
}

/// The sixteen colours of a terminal, and the 256 of xterm.
fn colour(colour: Color) -> Option<String> {
    const NAMED: [&str; 16] = [
        "#16181d", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#c8ccd4", "#7f848e", "#ff7b86",
        "#b5e08f", "#ffd68a", "#7cc0ff", "#dd92f2", "#6fd0dd", "#ffffff",
    ];
    let hex = |r: u8, g: u8, b: u8| format!("#{r:02x}{g:02x}{b:02x}");
    match colour {
        Color::Default => None,
        Color::Rgb(r, g, b) => Some(hex(r, g, b)),
        Color::Idx(index @ 0..16) => Some(NAMED[usize::from(index)].to_string()),
        Color::Idx(index @ 16..232) => {
            let level = |part: u8| if part == 0 { 0 } else { 55 + 40 * part };
            let cube = index - 16;
            Some(hex(level(cube / 36), level(cube / 6 % 6), level(cube % 6)))
        }
        Color::Idx(index) => {
            let grey = 8 + 10 * (index - 232);
            Some(hex(grey, grey, grey))
        }
    }
}

fn put_background(out: &mut String, run: &Run, row: u16) {
    let Some(paper) = &run.paper else { return };
    let (x, y) = (10.0 + f32::from(run.start) * CELL.0, 10.0 + f32::from(row) * CELL.1);
    let width = f32::from(run.cells) * CELL.0;
    let _ = writeln!(
        out,
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{paper}\"/>",
        CELL.1
    );
}

fn put_text(out: &mut String, run: &Run, row: u16) {
    let text = run.text.trim_end();
    if text.is_empty() {
        return;
    }
    let (x, y) = (10.0 + f32::from(run.start) * CELL.0, 10.0 + f32::from(row) * CELL.1 + CELL.2);
    let trailing = run.text.chars().count() - text.chars().count();
    let width = (f32::from(run.cells) - trailing as f32) * CELL.0;
    let mut look = String::new();
    if run.bold {
        look += " font-weight=\"bold\"";
    }
    if run.dim {
        look += " opacity=\"0.6\"";
    }
    if run.underline {
        look += " text-decoration=\"underline\"";
    }
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{width:.1}\" lengthAdjust=\"spacingAndGlyphs\" \
         xml:space=\"preserve\" fill=\"{}\"{look}>{text}</text>",
        run.ink
    );
}
