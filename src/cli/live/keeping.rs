//! Where the packets of a live capture are kept: who opens it, and when.
//!
//! In: the arguments, and who root is given up to. Out: open files, and the folders that are still written to. A file is
//! made by the user it is to belong to, with that user's rights: nothing is given to anybody afterwards. Only a root who
//! nobody called through sudo opens its file while it still is root, since the user that it becomes owns nothing.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::anyhow;

use super::Plan;
use super::args::How;
use crate::base::temporary;
use crate::capture::live::files::{self, Keep, Ring};
use crate::cli::failure::{Failure, complain};
use crate::cli::rights::{self, Heir};
use crate::tui;

/// What packets are kept in, as far as it is opened before root is given up.
pub(super) struct Kept {
    heir: Heir,
    file: Option<File>,
    spool: Option<File>,
    /// What is written to afterwards.
    folders: Vec<PathBuf>,
}

impl Kept {
    pub fn open(plan: &Plan, how: &How, heir: Heir, quiet: bool) -> Result<Kept, Failure> {
        let mut kept = Kept { heir, file: None, spool: None, folders: vec![temporary::folder()] };
        match &how.write {
            Some(path) => {
                kept.folders.push(folder_of(path));
                if plan.rotation.is_none() && matches!(heir, Heir::Nobody(..)) {
                    kept.file = Some(kept.one(path, quiet)?);
                }
            }
            None if plan.lines.is_none() => {
                kept.folders.push(files::spool_folder());
                if matches!(heir, Heir::Nobody(..)) {
                    kept.spool = Some(spool()?);
                }
            }
            None => {}
        }
        if plan.lines.is_none() {
            // Where the inspector writes what it is asked to.
            kept.folders.extend(std::env::current_dir());
        }
        Ok(kept)
    }

    /// What is written to afterwards, and of the inspector what it remembers for whom the process is now.
    pub fn folders(&self, plan: &Plan) -> Vec<PathBuf> {
        let remembering = plan.lines.is_none().then(tui::remembering).flatten();
        self.folders.iter().cloned().chain(remembering).collect()
    }

    /// Everything that is to be opened with the rights that are left. Gives the name of the file too, where it has one.
    pub fn keep(mut self, plan: &Plan, how: &How, quiet: bool) -> Result<(Keep, Option<PathBuf>), Failure> {
        let Some(path) = &how.write else {
            let spool = match self.spool {
                None if plan.lines.is_none() => Some(spool()?),
                spool => spool,
            };
            return Ok((spool.map_or(Keep::Nothing, Keep::One), None));
        };
        if let Some(rotation) = plan.rotation {
            let (ring, file, path) = Ring::open(path, rotation).map_err(|error| self.no_ring(path, error))?;
            return Ok((Keep::Ring(ring, file), Some(path)));
        }
        let file = match self.file.take() {
            Some(file) => file,
            None => self.one(path, quiet)?,
        };
        Ok((Keep::One(file), Some(path.clone())))
    }

    /// The one file of `-w`.
    fn one(&self, path: &Path, quiet: bool) -> Result<File, Failure> {
        let opened = files::open(path).map_err(|error| self.no_file(path, error))?;
        if opened.overwrites && !quiet {
            complain(&format!("{}: what was in this file is overwritten", path.display()));
        }
        Ok(opened.file)
    }

    fn no_file(&self, path: &Path, error: io::Error) -> Failure {
        let is_there = std::fs::symlink_metadata(path).is_ok();
        let whose = if is_there { path.to_owned() } else { folder_of(path) };
        match self.heir {
            Heir::User(user, _) if error.kind() == io::ErrorKind::PermissionDenied => {
                let advice = way_out(&whose, user, "it is written");
                let user = rights::name_of(user);
                Failure::file(anyhow!(
                    "{}: user {user}, to whom root was given up, cannot write it: {error}; {advice}",
                    path.display()
                ))
            }
            _ => unwritable(path, error),
        }
    }

    fn no_ring(&self, path: &Path, error: io::Error) -> Failure {
        let folder = folder_of(path);
        let shown = folder.display();
        Failure::file(match self.heir.user() {
            Some(user) if error.kind() == io::ErrorKind::PermissionDenied => {
                let advice = way_out(&folder, user, "they are made");
                let user = rights::name_of(user);
                anyhow!(
                    "{shown}: user {user}, to whom root was given up, cannot make the files of a ring there; {advice}: {error}"
                )
            }
            _ => anyhow!("{shown}: no file can be made there: {error}"),
        })
    }
}

fn spool() -> Result<File, Failure> {
    files::spool().map_err(|error| unwritable(&files::spool_folder(), error))
}

/// The option that names a user who may write to `whose`.
fn way_out(whose: &Path, user: u32, done: &str) -> String {
    let owner = rights::owner(whose).filter(|(id, _)| *id != user);
    owner.map_or_else(
        || "-Z USER names one who can".to_owned(),
        |(_, name)| format!("with -Z {name} {done} by the user who owns it"),
    )
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

fn unwritable(path: &Path, error: io::Error) -> Failure {
    Failure::file(anyhow!("{}: cannot be written: {error}", path.display()))
}
