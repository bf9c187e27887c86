//! Who may use whom: reads every `crate::`, `super::` and `sockeye::` path under `src/` against the table below, and
//! the few rules of the house that a compiler does not check.
//!
//! The table is the layout of docs/ARCHITECTURE.md as code. To let a stage use another, change it here, and say why.

mod dependencies;

use std::fmt::Write as _;
use std::path::Path;

use sockeye::fields::{ConnectionField, FrameField, MessageField, NoteField, PacketField, Scope};

/// A stage, and what it may use besides itself, in the order of the data. An entry with `::` opens only that item.
///
/// `tls`, `payload` and `analysis` have no folder yet: their rows say where each will stand. `net`, `tls`,
/// `http`, `websocket` and `payload` may use `fields` to name what they tell an observer, and nothing of other stages.
const STAGES: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("fields", &["base"]),
    ("capture", &["base"]),
    ("net", &["base", "fields"]),
    ("tcp", &["base", "net::segment", "net::Segment", "net::Endpoints", "net::TcpFlags"]),
    ("tls", &["base", "fields"]),
    ("http", &["base", "fields"]),
    ("websocket", &["base", "fields"]),
    ("payload", &["base", "fields"]),
    ("dissect", &["base", "fields", "capture", "net", "tcp", "tls", "http", "websocket", "payload"]),
    ("trace", &["base", "fields", "capture", "net", "tcp", "tls", "http", "websocket", "payload", "dissect"]),
    ("filter", &["base", "fields", "websocket", "payload", "dissect", "trace"]),
    // HTTP exchanges are told to sinks: polling and its costs are read from them, and HAR is written from them.
    ("analysis", &["base", "fields", "http", "websocket", "payload", "dissect", "trace"]),
    ("teach", &["base", "fields", "websocket", "payload", "dissect", "trace"]),
    (
        "output",
        &[
            "base",
            "fields",
            "capture",
            "http",
            "websocket",
            "payload",
            "dissect",
            "trace",
            "filter",
            "analysis",
            "teach",
        ],
    ),
    (
        "tui",
        &[
            "base",
            "fields",
            "capture",
            "websocket",
            "payload",
            "dissect",
            "trace",
            "filter",
            "analysis",
            "teach",
            "output",
        ],
    ),
    // Of the stages that take a packet apart only those whose options it reads: a key log, a frame that is made.
    (
        "cli",
        &[
            "base",
            "fields",
            "capture",
            "tls",
            "websocket",
            "payload",
            "dissect",
            "trace",
            "filter",
            "analysis",
            "teach",
            "output",
            "tui",
        ],
    ),
    ("main", &["cli"]),
];

/// Crates that only some stages may name.
const CRATES: &[(&str, &[&str])] = &[
    ("ratatui", &["tui", "cli"]),
    ("crossterm", &["tui", "cli"]),
    ("clap", &["tui", "cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("anyhow", &["cli", "main"]),
];

/// The files that may hold `unsafe`, each block with its reason.
const UNSAFE_FILES: &[&str] = &["capture/live/library.rs", "capture/live/ring.rs"];

/// Lines of a file before its tests.
const FILE_LINES: usize = 500;

/// Lines of `main.rs`.
const MAIN_LINES: usize = 60;

#[test]
fn every_file_keeps_the_layout() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&src, &mut files);
    assert!(files.len() > 20, "only {} files found under src/", files.len());

    let mut report = String::new();
    for file in &files {
        let path = file.strip_prefix(&src).unwrap().to_str().unwrap().replace('\\', "/");
        let text = std::fs::read_to_string(file).unwrap();
        for violation in violations(&path, &text) {
            writeln!(report, "src/{path}:{violation}").unwrap();
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

/// Where a string that is also the name of a field is something else.
const NO_FIELD_NAMES: &[(&str, &str)] = &[
    ("base/note.rs", "codes of notes are names of their own"),
    ("output/stats.rs", "totals of a capture are no fields"),
];

/// Every name of a field that is no plain word: those a word of this program could not be by chance.
fn names_of<S: Scope>() -> impl Iterator<Item = &'static str> {
    let names =
        S::ALL.iter().map(|field| field.field()).flat_map(|field| field.names.iter().copied().chain(field.tree));
    names.filter(|name| name.contains(['.', '_']))
}

#[test]
fn nothing_but_the_table_spells_the_name_of_a_field() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&src, &mut files);
    let names: Vec<&str> = names_of::<FrameField>()
        .chain(names_of::<MessageField>())
        .chain(names_of::<ConnectionField>())
        .chain(names_of::<PacketField>())
        .chain(names_of::<NoteField>())
        .collect();
    assert!(names.len() > 90, "{}", names.len());
    let mut report = String::new();
    for file in &files {
        let path = file.strip_prefix(&src).unwrap().to_str().unwrap().replace('\\', "/");
        let is_test = path.ends_with("tests.rs") || path.contains("/tests/");
        if path.starts_with("fields/") || is_test || NO_FIELD_NAMES.iter().any(|(excepted, _)| *excepted == path) {
            continue;
        }
        let text = std::fs::read_to_string(file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for (number, line) in (1..).zip(code.lines()).filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for name in names.iter().filter(|name| line.contains(&format!("\"{name}\""))) {
                writeln!(report, "src/{path}:{number}: \"{name}\" is the name of a field: take it from the table")
                    .unwrap();
            }
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn every_file_of_tests_belongs_to_a_binary() {
    // Binaries are listed by hand, so one that is only put there would never run.
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = ["Cargo.toml", "tests/live/Cargo.toml"].map(|file| std::fs::read_to_string(root.join(file)).unwrap());
    for entry in std::fs::read_dir(root.join("tests")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let is_binary = path.is_file() || path.join("main.rs").exists();
        let named = |text: &String| text.contains(&format!("[[test]]\nname = \"{name}\"\n"));
        assert!(
            !is_binary || listed.iter().any(named),
            "tests/{name} is in no Cargo.toml: make it a module of tests/library"
        );
    }
}

#[test]
fn the_library_declares_its_stages_in_the_order_of_the_table() {
    let lib = include_str!("../../src/lib.rs");
    let declared: Vec<&str> = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let table: Vec<&str> = STAGES.iter().map(|(name, _)| *name).filter(|name| declared.contains(name)).collect();
    assert_eq!(declared, table, "every stage of lib.rs stands in the table, in this order");
}

fn walk(directory: &Path, files: &mut Vec<std::path::PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// What breaks a rule in one file: `line: sentence`. `path` counts from `src/`.
fn violations(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let tokens = tokens(text);
    let module = module_path(path);
    let stage = module.first().map_or("lib", String::as_str);

    if !text.starts_with("//! ") {
        found.push("1: a module opens with a `//!` comment: what comes in, what goes out".to_string());
    }
    let length = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
    let limit = if stage == "main" { MAIN_LINES } else { FILE_LINES };
    let is_test = path.ends_with("/tests.rs") || path.contains("/tests/");
    if length > limit && !is_test {
        found.push(format!(
            "{limit}: {length} lines before its tests; at most {limit}, look for the second thing in it"
        ));
    }
    for token in &tokens {
        if matches!(token.text, "unsafe" | "unsafe_code") && !UNSAFE_FILES.contains(&path) {
            found.push(format!("{}: `{}` outside the files that may hold it", token.line, token.text));
        }
        if let Some((name, stages)) = CRATES.iter().find(|(name, _)| *name == token.text)
            && !stages.contains(&stage)
        {
            found.push(format!("{}: `{name}` is named outside {}", token.line, stages.join(" and ")));
        }
    }
    if stage != "lib" {
        for (line, used) in used_paths(&module, &tokens) {
            if let Some(sentence) = forbidden(stage, &used) {
                found.push(format!("{line}: {sentence}"));
            }
        }
    }
    found
}

/// Why `stage` may not use the path `used` (which counts from the crate's root), if so.
fn forbidden(stage: &str, used: &[String]) -> Option<String> {
    let shown = format!("crate::{}", used.join("::"));
    let Some((_, allowed)) = STAGES.iter().find(|(name, _)| *name == stage) else {
        return Some(format!("`{stage}` is not in the table of stages"));
    };
    let target = used.first().map_or("*", String::as_str);
    if target == stage || allowed.contains(&target) {
        return None;
    }
    if let Some(item) = used.get(1)
        && allowed.contains(&format!("{target}::{item}").as_str())
    {
        return None;
    }
    if STAGES.iter().any(|(name, _)| *name == target) {
        Some(format!("`{stage}` may not use `{shown}`"))
    } else {
        Some(format!("`{shown}` does not say which stage it is of"))
    }
}

/// The module path of a file, from the crate's root.
fn module_path(path: &str) -> Vec<String> {
    let path = path.trim_end_matches(".rs");
    let mut module: Vec<String> = path.split('/').map(String::from).collect();
    if module.last().is_some_and(|last| last == "mod") || module == ["lib"] {
        module.pop();
    }
    module
}

/// Every path that starts at the crate's root or at a parent, as it counts from the root, with its line.
fn used_paths(file_module: &[String], tokens: &[Token<'_>]) -> Vec<(usize, Vec<String>)> {
    let mut paths = Vec::new();
    let mut module = file_module.to_vec();
    let mut depth = 0usize;
    let mut inline = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        let text = tokens[i].text;
        let next = tokens.get(i + 1).map_or("", |token| token.text);
        match text {
            "mod" if tokens.get(i + 2).is_some_and(|token| token.text == "{") => {
                module.push(next.to_string());
                inline.push(depth);
            }
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                if inline.last() == Some(&depth) {
                    inline.pop();
                    module.pop();
                }
            }
            "crate" | "super" | "self" | "sockeye" if next == "::" && (i == 0 || tokens[i - 1].text != "::") => {
                let line = tokens[i].line;
                let mut found = Vec::new();
                i = tree(tokens, i, &[], &mut found);
                paths.extend(found.into_iter().filter_map(|path| Some((line, resolve(&module, &path)?))));
                continue;
            }
            _ => {}
        }
        i += 1;
    }
    paths
}

/// Reads one path or use tree from `tokens[i]`, puts its leaves into `found`, gives the index after it.
fn tree(tokens: &[Token<'_>], mut i: usize, prefix: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path = prefix.to_vec();
    loop {
        match tokens.get(i).map_or("", |token| token.text) {
            "{" => {
                i += 1;
                while tokens.get(i).is_some_and(|token| token.text != "}") {
                    let start = i;
                    i = tree(tokens, i, &path, found);
                    // `as name`, commas.
                    while tokens.get(i).is_some_and(|token| !matches!(token.text, "," | "}")) {
                        i += 1;
                    }
                    if tokens.get(i).is_some_and(|token| token.text == ",") {
                        i += 1;
                    }
                    assert!(i > start, "no progress in a use tree");
                }
                return i + 1;
            }
            "*" => {
                found.push(path);
                return i + 1;
            }
            segment => {
                if is_identifier(segment) {
                    path.push(segment.to_string());
                    i += 1;
                }
                if tokens.get(i).is_some_and(|token| token.text == "::") && is_identifier(segment) {
                    i += 1;
                    continue;
                }
                found.push(path);
                return i;
            }
        }
    }
}

/// `path` as it counts from the crate's root; `None` where it leads nowhere (more `super` than there are parents).
fn resolve(module: &[String], path: &[String]) -> Option<Vec<String>> {
    let mut absolute = match path.first()?.as_str() {
        "crate" | "sockeye" => Vec::new(),
        _ => module.to_vec(),
    };
    for segment in path {
        match segment.as_str() {
            "crate" | "sockeye" | "self" => {}
            "super" => {
                absolute.pop()?;
            }
            name => absolute.push(name.to_string()),
        }
    }
    Some(absolute)
}

/// A piece of source text that is no comment, string or space: a word, `::`, or one character.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Token<'a> {
    text: &'a str,
    line: usize,
}

fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The tokens of Rust source, comments and literals left out.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while let Some(c) = rest.chars().next() {
        let len = if let Some(literal) = skipped(rest) {
            literal
        } else if c.is_whitespace() {
            c.len_utf8()
        } else {
            let len = match c {
                ':' if rest.starts_with("::") => 2,
                c if c.is_alphanumeric() || c == '_' => {
                    rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
                }
                c => c.len_utf8(),
            };
            tokens.push(Token { text: &rest[..len], line });
            len
        };
        line += rest[..len].matches('\n').count();
        rest = &rest[len..];
    }
    tokens
}

/// Length of the comment or literal that `rest` starts with, if it starts with one.
fn skipped(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment(rest));
    }
    // b"…", c"…", r#"…"#, br"…": a prefix of letters, then hashes, then a quote.
    let letters = rest.len() - rest.trim_start_matches(['b', 'c', 'r']).len();
    let after = &rest[letters..];
    let hashes = after.len() - after.trim_start_matches('#').len();
    let raw = rest[..letters].contains('r');
    if letters <= 2 && after[hashes..].starts_with('"') && (hashes == 0 || raw) {
        let body = letters + hashes + 1;
        let end = format!("\"{}", "#".repeat(hashes));
        return Some(if raw {
            rest[body..].find(&end).map_or(rest.len(), |at| body + at + end.len())
        } else {
            body + quoted(&rest[body..], '"')
        });
    }
    if after.starts_with('\'') && letters <= 1 && !raw {
        let mut inner = after[1..].chars();
        let first = inner.next()?;
        // 'a' is a character, 'a alone a lifetime.
        if first == '\\' || inner.next() == Some('\'') {
            return Some(letters + 1 + quoted(&after[1..], '\''));
        }
    }
    None
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0usize;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// Bytes up to and with the closing quote, escapes skipped.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return at + 1;
        }
    }
    rest.len()
}

/// The sentence of the only violation of a file that holds `body` under a head comment.
#[track_caller]
fn only(path: &str, body: &str) -> String {
    let found = violations(path, &format!("//! A stage.\n{body}"));
    assert_eq!(found.len(), 1, "{path}: {body}\n{found:#?}");
    found.into_iter().next().unwrap()
}

#[track_caller]
fn none(path: &str, body: &str) {
    assert_eq!(violations(path, &format!("//! A stage.\n{body}")), Vec::<String>::new(), "{path}: {body}");
}

#[test]
fn an_upward_path_is_found_however_it_is_written() {
    for (path, body) in [
        ("net/link.rs", "use crate::dissect::Sink;"),
        ("net/link.rs", "use super::super::dissect::Sink;"),
        ("net/mod.rs", "use super::dissect::Sink;"),
        ("net/link/vlan.rs", "use super::super::super::dissect;"),
        ("net/link.rs", "use crate::{base::Cursor, dissect::{Sink as S}};"),
        ("net/link.rs", "fn f() -> crate::dissect::Wants { todo() }"),
        ("net/link.rs", "fn f() { let x = crate :: dissect :: Wants::default(); }"),
        ("net/link.rs", "mod inner { use super::super::super::dissect::Wants; }"),
        ("net/link.rs", "mod inner { fn f() {} } use super::super::dissect::Wants;"),
        ("net/link.rs", "#[cfg(test)]\nmod tests { use super::*; use crate::dissect::Wants; }"),
        ("net/link.rs", "pub use crate::dissect as other;"),
        ("net/link.rs", "macro_rules! m { () => { $crate::dissect::f() } }"),
        ("net/link.rs", "const C: char = '\"'; use crate::dissect; const D: char = '\"';"),
        ("net/link.rs", "fn f<'a>(x: &'a str) { crate::dissect::g(x) }"),
        ("net/link.rs", "const S: &str = r#\"a \" b\"#; use crate::dissect;"),
        ("net/link.rs", "/* outer /* inner */ still */ use crate::dissect;"),
    ] {
        let sentence = only(path, body);
        assert!(sentence.contains("`net` may not use `crate::dissect"), "{sentence}");
    }
    assert_eq!(only("net/link.rs", "\n\nuse crate::tui;"), "4: `net` may not use `crate::tui`");
    assert_eq!(violations("net/link.rs", "//! A stage.\nuse crate::{dissect::{Sink, Wants}, tui};").len(), 3);
}

#[test]
fn a_path_downward_or_inside_is_none() {
    for (path, body) in [
        ("net/link.rs", "use crate::base::{Cursor, note::Note}; use super::Segment; use super::super::net::ip;"),
        ("net/link.rs", "/// See [`crate::dissect::Sink`].\nfn f() {} // crate::dissect"),
        (
            "net/link.rs",
            "/* use crate::dissect; */ const S: &str = \"crate::dissect\"; const B: &[u8] = b\"\\\"crate::tui\";",
        ),
        ("net/link.rs", "pub(crate) fn f() {} pub(in crate::net) fn g() {}"),
        ("net/link.rs", "#[cfg(test)]\nmod tests { use super::super::ip::f; use super::*; }"),
        ("dissect/mod.rs", "use crate::{net, tcp::Reassembler}; mod x { use super::super::http; }"),
        ("main.rs", "fn main() { sockeye::cli::main() }"),
        ("lib.rs", "pub mod tui; pub use dissect::Sink; pub use crate::dissect::Wants;"),
    ] {
        none(path, body);
    }
}

#[test]
fn tcp_may_use_the_segment_of_net_and_nothing_else_of_it() {
    none("tcp/mod.rs", "use crate::net::{Segment, segment::{TcpFlags, Endpoints}};");
    assert!(only("tcp/mod.rs", "use crate::net::defragment::Pool;").contains("crate::net::defragment::Pool"));
    assert!(only("tcp/mod.rs", "use crate::net;").contains("`crate::net`"));
    assert!(only("tcp/mod.rs", "use crate::net::*;").contains("`crate::net`"));
}

#[test]
fn a_path_that_hides_its_stage_is_found() {
    assert!(only("net/link.rs", "use crate::Sink;").contains("which stage"));
    assert!(only("net/mod.rs", "use super::*;").contains("which stage"));
    assert!(only("strange/mod.rs", "use crate::base::Note;").contains("not in the table"));
    assert!(only("main.rs", "use sockeye::dissect::Sink;").contains("`main` may not use"));
}

#[test]
fn a_crate_of_the_surface_is_found_below_it() {
    assert!(
        only("output/text.rs", "use crossterm::style::Color;").contains("`crossterm` is named outside tui and cli")
    );
    assert!(only("dissect/mod.rs", "fn f() -> anyhow::Result<()> { Ok(()) }").contains("`anyhow`"));
    assert!(only("tui/mod.rs", "use anyhow::Context;").contains("outside cli and main"));
    assert!(only("base/mod.rs", "#[derive(clap::ValueEnum)] enum E { A }").contains("`clap`"));
    none("tui/mod.rs", "use ratatui::Frame; use crossterm::event;");
    none("cli/mod.rs", "use clap::Parser; use anyhow::Context;");
    none("output/text.rs", "// ratatui does this\nconst S: &str = \"clap\";");
}

#[test]
fn unsafe_code_is_found() {
    assert!(only("net/link.rs", "fn f() { unsafe { g() } }").contains("`unsafe`"));
    assert!(only("net/link.rs", "#[allow(unsafe_code)] fn f() {}").contains("`unsafe_code`"));
    none("net/link.rs", "// unsafe\nfn not_unsafe() {}");
}

#[test]
fn a_file_without_a_head_or_too_long_is_found() {
    assert_eq!(violations("net/link.rs", "use crate::base::Note;\n").len(), 1);
    assert_eq!(violations("net/link.rs", "// A comment of the wrong kind.\n").len(), 1);
    none("net/link.rs", &"\n".repeat(FILE_LINES - 1));
    assert!(only("net/link.rs", &"\n".repeat(FILE_LINES)).contains("501 lines"));
    none("net/link.rs", &format!("\n#[cfg(test)]\nmod tests {{\n{}}}", "\n".repeat(FILE_LINES)));
    none("net/tests.rs", &"\n".repeat(2 * FILE_LINES));
    assert!(only("main.rs", &"\n".repeat(MAIN_LINES)).contains("at most 60"));
}

/// What was decrypted may pass through a temporary file: only the sealed one is written to.
#[test]
fn temporary_files_are_sealed() {
    // A live capture puts aside packets as they come, and what the user asked for gets its name when it is whole.
    let may = [
        "src/base/scratch.rs",
        "src/base/temporary.rs",
        "src/cli/live/mod.rs",
        "src/capture/live/files.rs",
        "src/cli/export.rs",
        "src/base/small_file.rs",
    ];
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    walk(&root.join("src"), &mut files);
    assert!(files.len() > 100);
    for file in files {
        let name = file.strip_prefix(root).unwrap_or(&file).to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        let makes = text.contains("temporary::file()") || text.contains("tempfile_in(");
        assert!(!makes || may.contains(&name.as_str()), "{name}: use base::scratch");
    }
}
