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

/// The licences that deny.toml allows.
fn allowed() -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join("deny.toml")).unwrap();
    let (_, list) = text.split_once("\nallow = [").unwrap();
    let (list, _) = list.split_once(']').unwrap();
    list.split('"').skip(1).step_by(2).map(str::to_string).collect()
}

/// Whether an expression of licences (SPDX, and `/` as older crates write it) can be met by these.
fn meets(expression: &str, allowed: &BTreeSet<String>) -> bool {
    // Outside parentheses; AND binds closer than OR.
    let split = |word: &str| {
        let mut depth = 0;
        let mut from = 0;
        let mut parts = Vec::new();
        for (at, byte) in expression.bytes().enumerate() {
            depth += i32::from(byte == b'(') - i32::from(byte == b')');
            if depth == 0 && at >= from && expression[at..].starts_with(word) {
                parts.push(&expression[from..at]);
                from = at + word.len();
            }
        }
        parts.push(&expression[from..]);
        parts
    };
    let alternatives = [split(" OR "), split("/")].into_iter().find(|parts| parts.len() > 1);
    if let Some(alternatives) = alternatives {
        return alternatives.iter().any(|part| meets(part.trim(), allowed));
    }
    let all = split(" AND ");
    if all.len() > 1 {
        return all.iter().all(|part| meets(part.trim(), allowed));
    }
    match expression.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => meets(inner.trim(), allowed),
        None => allowed.contains(expression),
    }
}

#[test]
fn every_licence_is_one_that_deny_toml_allows() {
    let tree = ["tree", "--locked", "--offline", "--edges", "normal,build", "--all-features", "--prefix", "none"];
    let mut cargo = Command::new(env!("CARGO"));
    let output = cargo.args(tree).args(["--format", "{p} | {l}"]).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let allowed = allowed();
    let mut used = 0;
    for line in text.lines().filter(|line| !line.is_empty()) {
        let (package, licence) = line.split_once(" | ").unwrap();
        let licence = licence.trim_end_matches(" (*)");
        assert!(meets(licence, &allowed), "{package} has the licence '{licence}', which deny.toml does not allow");
        used += 1;
    }
    assert!(used > 40, "{used} crates");
}

#[test]
fn every_crate_comes_from_one_registry() {
    let mut registries = BTreeSet::new();
    for lock in ["Cargo.lock", "fuzz/Cargo.lock", "tests/embed/Cargo.lock"] {
        let text = std::fs::read_to_string(root().join(lock)).unwrap();
        for source in text.lines().filter_map(|line| line.strip_prefix("source = ")) {
            assert!(source.starts_with("\"registry+"), "{lock}: {source}");
            registries.insert(source.to_string());
        }
    }
    assert_eq!(registries.len(), 1, "{registries:?}");
}

#[test]
fn expressions_of_licences() {
    let allowed: BTreeSet<String> = ["MIT", "Zlib", "A WITH x"].map(str::to_string).into();
    for met in ["MIT", "GPL OR MIT", "GPL/MIT", "MIT AND Zlib", "(GPL OR MIT) AND Zlib", "A WITH x OR GPL"] {
        assert!(meets(met, &allowed), "{met}");
    }
    for not in ["GPL", "MIT AND GPL", "(MIT OR Zlib) AND GPL", "A", "", "GPL OR (MIT AND GPL)"] {
        assert!(!meets(not, &allowed), "{not}");
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
