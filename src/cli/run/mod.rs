//! `run`: starts a program with all that makes it write its TLS secrets, and shows what it and its children send and
//! receive, decrypted (Linux).
//!
//! In: a command. Three processes take part, all begun before rights are given up: the [program](stage), stopped; a
//! [helper](super::owners), which keeps the key log and looks whose sockets are; and this one, which captures as `live` does and lets
//! through what is the program's ([`sieve`]). Nobody hands anything to the program but its environment. Out: what `live`
//! gives, and the program's exit status.

pub(super) mod args;
mod environment;
mod program;
mod quic;
mod report;
mod sieve;
mod stage;

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;

use anyhow::anyhow;

use self::args::Run as RunArgs;
use self::program::Program;
use self::sieve::OwnSieve;
use super::args::Options;
use super::failure::{Failure, Status};
use super::keys::Keys;
use super::live::{self, Choice, Plan, Ready};
use super::owners::helper::Helper;
use super::owners::{self, Whom};
use super::rights::Heir;
use crate::base::SecretLog;

/// The name by which this program starts itself to become another.
const STAGE: &str = "--run-stage";

/// Does the part of `run` that this process was started for, where it was.
pub(super) fn part(arguments: &[OsString]) -> Option<ExitCode> {
    let (kind, rest) = arguments.split_first()?;
    let (heir, rest) = rest.split_first()?;
    let heir = heir.to_str()?;
    (kind == STAGE).then(|| ExitCode::from(stage::run(owners::user_of(heir), rest)))
}

/// Runs a program.
pub(super) fn run(args: &RunArgs, options: &Options) -> Result<ExitCode, Failure> {
    let plan = Plan::of(&args.how, options)?;
    let names = match args.interfaces.as_slice() {
        [] => vec!["any".to_owned()],
        names => names.to_vec(),
    };
    if names.iter().any(|name| name == "-") {
        return Err(Failure::argument(anyhow!("-i -: a program's packets are captured on interfaces")));
    }
    let ready = Ready::open(&names, plan, &args.how, None, options)?;
    let (heir, prints) = (ready.heir(), ready.prints());
    let keys = Keys::open(options, &[], true)?;
    let mut helper = Helper::start(heir, Whom::Below).map_err(|error| unstarted("its helper", error))?;
    let key_log =
        helper.key_log().map(Path::to_owned).ok_or_else(|| unstarted("its helper", ErrorKind::NotFound.into()))?;
    // Whose log it is may open it later, as nobody else may.
    let keys = if matches!(heir, Heir::Nobody(..)) { keys.with(&key_log)? } else { keys };
    let mut program = Program::start(&args.command, heir, &helper, &key_log, prints)
        .map_err(|error| unstarted("the program", error))?;
    let (secrets, kept) = (SecretLog::default(), SecretLog::default());
    let sieve = OwnSieve::new(helper.questions(), kept.clone());
    let (report, owners) = (sieve.report(), sieve.owners());
    let choice = Choice {
        secrets: secrets.clone(),
        owners,
        sieve: Some(Box::new(sieve)),
        kept_secrets: args.how.write.is_some().then(|| kept.clone()),
    };
    let begun = ready.begin(choice, options)?;
    let keys = if matches!(heir, Heir::Nobody(..)) { keys } else { keys.with(&key_log)? };
    keys.follow(vec![secrets, kept], prints).map_err(live::unfollowed)?;
    helper.listen().map_err(|error| unstarted("its helper", error))?;
    program.go_on(&helper, &begun.watch()).map_err(|error| unstarted("a thread", error))?;
    let questions = helper.questions();
    let outcome = begun.show(|watch| program::forward_signals(questions, watch), options);
    let status = program.end(&helper.questions());
    helper.end();
    program.say_what_it_printed();
    if !options.quiet {
        report.say();
    }
    match outcome? {
        Status::Done => Ok(ExitCode::from(status)),
        // What was to be kept and was not is worse than whatever the program says.
        other => Ok(other.into()),
    }
}

fn unstarted(what: &str, error: std::io::Error) -> Failure {
    Failure::file(anyhow!("{what} cannot be started: {error}"))
}
