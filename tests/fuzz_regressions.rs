//! Replays every seed and every crash the fuzzer ever found through the functions it runs; see fuzz/README.md.

#[path = "../fuzz/targets/mod.rs"]
mod targets;

use std::fs;
use std::path::{Path, PathBuf};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// Files of a folder, sorted; none where there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn replay(kind: &str, target: &str, run: targets::Target) -> usize {
    let files = files(&fuzz().join(kind).join(target));
    for file in &files {
        let bytes = fs::read(file).unwrap();
        if std::panic::catch_unwind(|| run(&bytes)).is_err() {
            panic!("{} breaks the target {target}", file.display());
        }
    }
    files.len()
}

#[test]
fn seeds_and_crashes_pass() {
    for (target, run) in targets::TARGETS {
        let seeds = replay("seeds", target, *run);
        assert!(seeds > 0, "the target {target} has no seeds");
        replay("crashes", target, *run);
    }
}

#[test]
fn every_target_can_be_fuzzed_and_every_folder_belongs_to_one() {
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for (target, _) in targets::TARGETS {
        assert!(fuzz().join(format!("fuzz_targets/{target}.rs")).is_file(), "no fuzz_targets/{target}.rs");
        assert!(manifest.contains(&format!("name = \"{target}\"")), "{target} is not in fuzz/Cargo.toml");
    }
    for folder in files(&fuzz().join("seeds")).into_iter().chain(files(&fuzz().join("crashes"))) {
        let name = folder.file_name().unwrap().to_str().unwrap();
        assert!(targets::TARGETS.iter().any(|(target, _)| *target == name), "{} has no target", folder.display());
    }
}
