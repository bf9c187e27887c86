//! What makes programs write a key log: variables of their environment.
//!
//! In: the key log, and what is set already. Out: what to set. Which programs look at which variable stands in the
//! [table](crate::cli::keys::table).

use std::ffi::OsString;
use std::path::Path;

use crate::cli::keys;

/// Options of Node and of Bun, for them and all their children. Versions that do not know the option: Bun passes over it, and
/// of Node there are none left.
const OPTIONS: [&str; 2] = ["NODE_OPTIONS", "BUN_OPTIONS"];

/// Variables to set, with their values. `now` says what one is.
pub(super) fn variables(key_log: &Path, now: impl Fn(&str) -> Option<OsString>) -> Vec<(&'static str, OsString)> {
    let options = OPTIONS.map(|name| {
        let mut options = now(name).unwrap_or_default();
        if !options.is_empty() {
            options.push(" ");
        }
        options.push(quoted(key_log));
        (name, options)
    });
    let mut all = vec![(keys::VARIABLE, key_log.as_os_str().to_owned())];
    all.extend(options);
    all
}

/// The option; quoted where the name has a space, as Node wants it.
fn quoted(key_log: &Path) -> OsString {
    let mut option = OsString::from("--tls-keylog=");
    match key_log.to_str().filter(|name| name.contains([' ', '"', '\\'])) {
        Some(name) => option.push(format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))),
        None => option.push(key_log),
    }
    option
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(path: &str, before: Option<&str>) -> String {
        let set = variables(Path::new(path), |name| before.filter(|_| name == "NODE_OPTIONS").map(OsString::from));
        assert_eq!(set[0], ("SSLKEYLOGFILE", OsString::from(path)));
        assert_eq!((set[1].0, set[2].0), ("NODE_OPTIONS", "BUN_OPTIONS"));
        assert!(set[2].1.to_str().unwrap().starts_with("--tls-keylog="), "one is not put behind the other");
        set[1].1.clone().into_string().unwrap()
    }

    #[test]
    fn what_is_set_already_is_kept() {
        assert_eq!(node("/run/k", None), "--tls-keylog=/run/k");
        assert_eq!(node("/run/k", Some("")), "--tls-keylog=/run/k");
        assert_eq!(node("/run/k", Some("--max-old-space-size=9")), "--max-old-space-size=9 --tls-keylog=/run/k");
    }

    #[test]
    fn a_name_with_a_space_stays_one_word() {
        assert_eq!(node("/a b/k", None), "--tls-keylog=\"/a b/k\"");
    }
}
