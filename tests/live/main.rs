//! Live capture against real traffic, on the loopback interface and on a virtual Ethernet pair between two network
//! namespaces that each test makes and removes.
//!
//! Capturing and making namespaces need root (or CAP_NET_RAW, CAP_NET_ADMIN and CAP_SYS_ADMIN) and the `ip` command of
//! iproute2. Where that is lacking every test here counts as ignored, and the first line says why;
//! `SOCKEYE_LIVE_TESTS=1` turns that into a failure, for machines that are meant to run them.

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("SKIPPED: live capture is tested on Linux only");
}

#[cfg(target_os = "linux")]
mod endings;
#[cfg(target_os = "linux")]
mod kinds;
#[cfg(target_os = "linux")]
mod link;
#[cfg(target_os = "linux")]
mod owners;
#[cfg(target_os = "linux")]
mod peers;
#[cfg(target_os = "linux")]
mod program;
#[cfg(target_os = "linux")]
mod losses;
#[cfg(target_os = "linux")]
mod rights;
#[cfg(target_os = "linux")]
mod ring;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod screen;
#[cfg(target_os = "linux")]
mod talk;

#[cfg(target_os = "linux")]
fn main() {
    use libtest_mimic::{Arguments, Trial};

    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some((_, rest)) = arguments.split_first().filter(|(first, _)| *first == run::TALK) {
        return run::talker(rest);
    }
    let lacking = link::what_is_lacking();
    if let Some(reason) = &lacking {
        eprintln!("live capture is not tested here: {reason}");
        assert!(std::env::var_os("SOCKEYE_LIVE_TESTS").is_none(), "SOCKEYE_LIVE_TESTS is set, but {reason}");
    }
    let tests = [
        ring::TESTS,
        peers::TESTS,
        endings::TESTS,
        losses::TESTS,
        rights::TESTS,
        owners::TESTS,
        run::TESTS,
        kinds::TESTS,
        screen::TESTS,
    ]
    .concat();
    let trials = tests.iter().map(|(name, test)| {
        let test: fn() = *test;
        Trial::test(*name, move || {
            test();
            Ok(())
        })
        .with_ignored_flag(lacking.is_some())
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}
