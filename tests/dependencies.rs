//! What the library brings with it, and why: few crates for whoever embeds it, each used, each with its reason.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Crates that an embedder may get, this one included.
const CRATES: usize = 50;

/// Dependencies that no line of `src/` names, and why they are there all the same.
const UNNAMED: &[(&str, &str)] = &[];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// The names of the crates that the library resolves to with `features` alone.
fn crates(features: &str) -> BTreeSet<String> {
    let tree = ["tree", "--locked", "--offline", "--edges", "normal", "--no-default-features", "--prefix", "none"];
    let mut cargo = Command::new(env!("CARGO"));
    let output = cargo.args(tree).args(["--features", features]).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_string).collect()
}

#[test]
fn the_library_brings_few_crates_and_none_of_a_terminal() {
    let library = crates("");
    assert!(library.contains("sockeye") && library.len() > 10, "{library:?}");
    assert!(library.len() <= CRATES, "{} crates, at most {CRATES}: {library:#?}", library.len());
    let live = crates("live");
    assert!(live.is_superset(&library) && live.len() <= CRATES, "{} crates with live: {live:#?}", live.len());
    for surface in ["anyhow", "clap", "crossterm", "ratatui", "signal-hook"] {
        assert!(!live.contains(surface), "{surface} is for the program only");
    }
    assert!(crates("cli").contains("clap"), "the list of crates is read aright");
}

/// A line of a table of dependencies of the library: its name, and whether a comment stands above it.
#[derive(Debug)]
struct Dependency {
    name: String,
    explained: bool,
}

/// The dependencies in `manifest`, those of tests left out.
fn dependencies(manifest: &str) -> Vec<Dependency> {
    let mut found = Vec::new();
    let (mut inside, mut explained) = (false, false);
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line == "[dependencies]" || (line.starts_with("[target.") && line.ends_with(".dependencies]"));
        } else if let Some((name, _)) = line.split_once(" = ").filter(|_| inside && !line.starts_with('#')) {
            found.push(Dependency { name: name.to_string(), explained });
        }
        explained = line.starts_with("# ");
    }
    found
}

/// All source, comments left out, so that a crate is not used by being spoken of.
fn source(directory: &Path, text: &mut String) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            source(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            for line in std::fs::read_to_string(&path).unwrap().lines() {
                if !line.trim_start().starts_with("//") {
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
    }
}

/// Whether `text` names the crate at the start of a path: `name::…`, or `use name …`.
fn names(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        let starts = !before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
        starts && (after.starts_with("::") || (before.ends_with("use ") && after.starts_with([' ', ';'])))
    })
}

#[test]
fn every_dependency_is_used_and_has_its_reason() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut text = String::new();
    source(&root().join("src"), &mut text);
    let all = dependencies(&manifest);
    assert!(all.len() > 20, "{all:?}");
    for Dependency { name, explained } in &all {
        // md-5 is the one crate whose library has another name than its package.
        let library = if name == "md-5" { "md5".to_string() } else { name.replace('-', "_") };
        let excused = UNNAMED.iter().any(|(unnamed, _)| unnamed == name);
        assert!(excused != names(&text, &library), "{name} is not used in src/, or is and need not be excused");
        assert!(explained, "{name} has no reason above it in Cargo.toml");
    }
    for (unnamed, reason) in UNNAMED {
        assert!(all.iter().any(|dependency| dependency.name == *unnamed), "{unnamed} is gone: {reason}");
    }
}

#[test]
fn a_name_is_only_found_where_a_path_begins() {
    assert!(names("use hex::encode;", "hex") && names("    hex::encode(x)", "hex") && names("use hex;\n", "hex"));
    assert!(names("#[derive(Debug, thiserror::Error)]", "thiserror"));
    assert!(!names("let hex = 1; other::hex::f(); to_hex::f(); hexagon::f()", "hex"));
    let table = "[dependencies]\n# Why.\na-b = \"1\"\nc = \"1\"\n[dev-dependencies]\nd = \"1\"\n";
    let found: Vec<(String, bool)> = dependencies(table).into_iter().map(|d| (d.name, d.explained)).collect();
    assert_eq!(found, [("a-b".to_string(), true), ("c".to_string(), false)]);
}
