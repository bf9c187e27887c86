//! The pages of the project say nothing that is not there: links, files, functions, samples.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// Every page: its path from the root, and its text.
fn pages() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    for directory in ["", "docs", "samples", "tests/data/captures"] {
        for entry in std::fs::read_dir(root().join(directory)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md") {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
                pages.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(pages.len() >= 4, "{pages:?}");
    pages
}

/// The targets of `[text](target)` that are files, without their anchors.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let targets = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    targets.map(|target| target.split('#').next().unwrap_or(target)).collect()
}

/// What stands between back-ticks.
fn code(text: &str) -> Vec<&str> {
    // Fenced blocks are left out: their lines are commands and output.
    let mut spans = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            spans.extend(line.split('`').skip(1).step_by(2));
        }
    }
    spans
}

/// `Type::function` and the file it stands in, from a line that says `` `Type::function` (src/file.rs) `` or the like:
/// every function named in a line belongs to the last file named before it in the page.
fn functions(text: &str) -> Vec<(&str, &str)> {
    let mut file = None;
    let mut found = Vec::new();
    for span in code(text) {
        if span.starts_with("src/") && span.ends_with(".rs") {
            file = Some(span);
        } else if let (Some(file), Some(call)) = (file, span.strip_suffix("()")) {
            found.push((file, call.rsplit("::").next().unwrap_or(call)));
        }
    }
    found
}

#[test]
fn links_lead_somewhere() {
    for (page, text) in pages() {
        let directory = root().join(&page).parent().unwrap().to_path_buf();
        for link in links(&text) {
            assert!(directory.join(link).exists(), "{page}: {link} is not there");
        }
    }
}

#[test]
fn files_and_functions_that_the_pages_name_exist() {
    for (page, text) in pages() {
        if page == "CHANGELOG.md" {
            continue;
        }
        for span in code(&text) {
            let is_path = ["src/", "tests/", "docs/", "samples/", "benches/", "examples/"]
                .iter()
                .any(|start| span.starts_with(start) && !span.contains(['*', '…', ' ', '{']));
            // NAME stands for a name.
            if is_path && !span.contains("NAME") {
                assert!(root().join(span).exists(), "{page}: {span} is not there");
            }
        }
        for (file, function) in functions(&text) {
            let source = std::fs::read_to_string(root().join(file)).unwrap();
            assert!(source.contains(&format!("fn {function}")), "{page}: {file} has no fn {function}");
        }
    }
}

#[test]
fn every_sample_has_its_line() {
    let text = std::fs::read_to_string(root().join("samples/README.md")).unwrap();
    let lines = text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let listed: BTreeSet<String> = lines.map(str::to_string).collect();
    let entries = std::fs::read_dir(root().join("samples")).unwrap();
    let mut files: BTreeSet<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.remove("README.md");
    assert_eq!(listed, files);
}

#[test]
fn the_readme_says_how_to_run_the_tests() {
    // .ci/run takes its test command from here.
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, after) = text.split_once("\n<!-- the tests -->\n").expect("the marker");
    let block = after.trim_start().strip_prefix("```sh\n").and_then(|rest| rest.split("```").next());
    assert_eq!(block, Some("cargo test\n"));
}

/// The commands of blocks marked `console`, each with the output that the page shows.
fn console(text: &str) -> Vec<(&str, String)> {
    let mut commands: Vec<(&str, String)> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match line.strip_prefix("$ ") {
            _ if line.starts_with("```") => inside = line == "```console",
            Some(command) if inside => commands.push((command, String::new())),
            None if inside => {
                if let Some((_, output)) = commands.last_mut() {
                    *output += line.trim_end();
                    *output += "\n";
                }
            }
            _ => {}
        }
    }
    commands
}

#[test]
fn commands_print_what_the_pages_show() {
    let mut shown = 0;
    for (page, text) in pages() {
        for (command, output) in console(&text) {
            let arguments = command.strip_prefix("sockeye ").expect(command);
            let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_sockeye"));
            let result = run.args(arguments.split(' ')).current_dir(root()).output().unwrap();
            let printed = String::from_utf8(result.stdout).unwrap();
            let printed: String = printed.lines().map(|line| format!("{}\n", line.trim_end())).collect();
            // A page may leave out what follows a line of dots.
            match output.strip_suffix("…\n") {
                Some(start) => assert!(printed.starts_with(start), "{page}: {command}\n{printed}"),
                None => assert_eq!(printed, output, "{page}: {command}"),
            }
            shown += 1;
        }
    }
    assert!(shown > 4, "only {shown} commands found");
}

#[test]
fn what_is_read_out_of_a_page() {
    let page = "See [a](b.md) and [c](https://d/e), [f](#g), [h](i.md#j).\n\
                The `src/x/y.rs` has `Y::push()` and `Y`.\n```sh\n`src/no.rs`\n```\nThen `z()`.\n\
                ```console\n$ sockeye a b\nc  \n\n$ sockeye d\n```\n$ no\n";
    assert_eq!(links(page), ["b.md", "i.md"]);
    assert_eq!(console(page), [("sockeye a b", "c\n\n".to_string()), ("sockeye d", String::new())]);
    assert_eq!(code(page), ["src/x/y.rs", "Y::push()", "Y", "z()"]);
    assert_eq!(functions(page), [("src/x/y.rs", "push"), ("src/x/y.rs", "z")]);
}

/// The commands in comments below the pictures of a page: the file, and the arguments that draw it.
fn drawn(text: &str) -> Vec<(&str, Vec<&str>)> {
    let commands =
        text.lines().filter_map(|line| line.strip_prefix("<!-- sockeye --screenshot ")?.strip_suffix(" -->"));
    commands
        .filter_map(|command| command.split_once(' ').map(|(file, rest)| (file, rest.split(' ').collect())))
        .collect()
}

/// Every picture of the inspector is drawn by a command that its page names. `DRAW=1 cargo test --test docs` draws
/// them again.
#[test]
fn pictures_are_drawn_by_the_commands_below_them() {
    let text = std::fs::read_to_string(root().join("docs/INSPECTOR.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut files = BTreeSet::new();
    for (file, arguments) in drawn(&text) {
        let again = std::env::var_os("DRAW").is_some();
        let to = if again { root().join(file) } else { folder.path().join("picture.svg") };
        let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_sockeye"));
        let status = run.arg("--screenshot").arg(&to).args(arguments).current_dir(root()).status().unwrap();
        let picture = std::fs::read_to_string(&to).unwrap();
        assert!(status.success() && picture.starts_with("<svg ") && picture.contains("sockeye"), "{file}");
        assert!(text.contains(&format!("]({})", file.trim_start_matches("docs/"))), "{file} is shown");
        files.insert(file.to_owned());
    }
    let entries = std::fs::read_dir(root().join("docs/screens")).unwrap();
    let there = entries.map(|entry| format!("docs/screens/{}", entry.unwrap().file_name().to_str().unwrap())).collect();
    assert_eq!(files, there);
}
