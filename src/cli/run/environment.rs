//! What makes programs write a key log: variables of their environment.
//!
//! In: the key log, and what is set already. Out: what to set. Which programs look at which variable stands in the
//! [table](crate::cli::keys::table).

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::cli::keys;

/// Options of Node, for it and all its children.
const NODE: &str = "NODE_OPTIONS";

/// Variables to set, with their values. `node` is what `NODE_OPTIONS` is now.
pub(super) fn variables(key_log: &Path, node: Option<&OsStr>) -> Vec<(&'static str, OsString)> {
    let mut options = node.map(OsStr::to_owned).unwrap_or_default();
    if !options.is_empty() {
        options.push(" ");
    }
    options.push(quoted(key_log));
    vec![(keys::VARIABLE, key_log.as_os_str().to_owned()), (NODE, options)]
}

/// The option of Node; quoted where the name has a space, as Node wants it.
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
        let set = variables(Path::new(path), before.map(OsStr::new));
        assert_eq!(set[0], ("SSLKEYLOGFILE", OsString::from(path)));
        assert_eq!(set[1].0, "NODE_OPTIONS");
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
