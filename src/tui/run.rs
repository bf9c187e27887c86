//! The loop: events in, pictures and effects out.
//!
//! Threads: one reads the capture, one the keys, one waits for signals; this one owns state and screen. It draws when
//! something has changed and nothing more is waiting, so that a burst of keys makes one picture.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crossterm::event as keys;

use super::event::{Effect, Event};
use super::state::State;
use super::terminal::Screen;

/// Runs the inspector until the user leaves. `feed` runs on a thread of its own and sends what arrives.
///
/// # Errors
/// Those of the terminal.
pub(super) fn show(mut state: State, feed: impl FnOnce(Sender<Event>) + Send + 'static) -> io::Result<()> {
    let (sender, events) = channel();
    let mut screen = Screen::take()?;
    watch_signals(sender.clone())?;
    let fed = sender.clone();
    thread::Builder::new().name("read".to_owned()).spawn(move || feed(fed))?;
    thread::Builder::new().name("keys".to_owned()).spawn(move || read_keys(&sender))?;
    let result = go_on(&mut state, &mut screen, &events);
    drop(screen);
    result
}

fn go_on(state: &mut State, screen: &mut Screen, events: &Receiver<Event>) -> io::Result<()> {
    loop {
        state.settle(screen.size()?);
        screen.draw(state)?;
        let Ok(first) = events.recv() else { return Ok(()) };
        for event in std::iter::once(first).chain(std::iter::from_fn(|| events.try_recv().ok())) {
            let resumed = event == Event::Continued;
            let effects = state.update(event);
            if resumed {
                screen.resume()?;
            }
            for effect in effects {
                if !apply(effect, screen)? {
                    return Ok(());
                }
            }
            // Keys that depend on what is visible need it looked up before the next one.
            state.settle(screen.size()?);
        }
    }
}

/// Does what an update asks for; `false` to leave.
fn apply(effect: Effect, screen: &mut Screen) -> io::Result<bool> {
    match effect {
        Effect::Quit => return Ok(false),
        Effect::Suspend => screen.suspend()?,
        Effect::Mouse(on) => screen.set_mouse(on)?,
        Effect::Send(bytes) => screen.send(&bytes)?,
        Effect::Redraw => screen.forget()?,
    }
    Ok(true)
}

fn read_keys(sender: &Sender<Event>) {
    loop {
        let event = match keys::read() {
            Ok(keys::Event::Key(key)) => Event::Key(key),
            Ok(keys::Event::Resize(width, height)) => Event::Resize(width, height),
            Ok(_) => continue,
            // The terminal is gone.
            Err(_) => Event::Terminate,
        };
        let last = event == Event::Terminate;
        if sender.send(event).is_err() || last {
            return;
        }
    }
}

#[cfg(unix)]
fn watch_signals(sender: Sender<Event>) -> io::Result<()> {
    use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
    let mut signals = signal_hook::iterator::Signals::new([SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT])?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            let event = match signal {
                SIGTSTP => Event::Stop,
                SIGCONT => Event::Continued,
                _ => Event::Terminate,
            };
            if sender.send(event).is_err() {
                return;
            }
        }
    })?;
    Ok(())
}

#[cfg(not(unix))]
fn watch_signals(_: Sender<Event>) -> io::Result<()> {
    Ok(())
}
