//! The loop: events in, pictures and effects out.
//!
//! Threads: one reads the capture, one the keys, one waits for signals; this one owns state and screen. It draws when
//! something has changed and nothing more is waiting, so that a burst of keys makes one picture.

use std::io::{self, Write as _};
use std::sync::mpsc::{Receiver, RecvError, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

use crossterm::event as keys;

use super::effects::World;
use super::event::Event;
use super::ground::{self, Answer};
use super::inspector::Inspector;
use super::memory::Memory;
use super::state::State;
use super::terminal::Screen;
use super::text;

/// How long a number or a sequence of keys that was begun waits for its next key.
const PAUSE: Duration = Duration::from_millis(1500);

/// How soon after a digit another one must come to be of the same number.
const DIGITS: Duration = Duration::from_millis(400);

/// How often work that goes on by itself is shown.
const PICTURE: Duration = Duration::from_millis(40);

/// Runs the inspector until the user leaves. `feed` runs on a thread of its own and sends what arrives.
///
/// # Errors
/// Those of the terminal.
pub(super) fn show(
    mut inspector: Inspector,
    mut memory: Memory,
    feed: impl FnOnce(Sender<Event>) + Send + 'static,
) -> io::Result<()> {
    let (sender, events) = channel();
    let effects = sender.clone();
    let screen = Screen::take()?;
    watch_signals(sender.clone())?;
    let mut world = World::new(screen, effects);
    let state = &mut inspector.state;
    let asked = state.themes.is_some() && ground::can_be_asked();
    let known = std::env::var("COLORFGBG").ok().and_then(|value| ground::of_environment(&value));
    if let (Some(themes), Some(true)) = (state.themes, known) {
        state.theme = themes.light;
    }
    if asked {
        world.screen.send(ground::QUESTION)?;
    }
    if state.mouse {
        world.screen.set_mouse(true)?;
    }
    let fed = sender.clone();
    thread::Builder::new().name("read".to_owned()).spawn(move || feed(fed))?;
    thread::Builder::new().name("keys".to_owned()).spawn(move || read_keys(&sender, asked))?;
    let early = if asked { until_ground(&events) } else { Vec::new() };
    let result = go_on(&mut inspector, &mut world, &mut memory, &events, early);
    drop(world);
    if let Some(said) = memory.keep_all(&mut inspector.state) {
        // Where nobody reads it, nobody wants to know.
        let _ = writeln!(io::stderr(), "sockeye: {}", text::safe(&said));
    }
    result
}

/// The next event. `None` where none is waiting and there is work to go on with; an error where none will come.
fn next_event(state: &State, events: &Receiver<Event>) -> Result<Option<Event>, RecvError> {
    if state.busy {
        return match events.try_recv() {
            Ok(event) => Ok(Some(event)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(RecvError),
        };
    }
    if state.number.is_none() && state.typed.is_empty() {
        return events.recv().map(Some);
    }
    let counting = state.number.is_some_and(|number| !number.rested) && state.typed.is_empty();
    match events.recv_timeout(if counting { DIGITS } else { PAUSE }) {
        Ok(event) => Ok(Some(event)),
        Err(RecvTimeoutError::Timeout) => Ok(Some(Event::Pause)),
        Err(RecvTimeoutError::Disconnected) => Err(RecvError),
    }
}

/// What happens until the terminal has said what its ground is, so that the first picture has its colours; or for as
/// long as that may take.
fn until_ground(events: &Receiver<Event>) -> Vec<Event> {
    let until = Instant::now() + ground::FIRST;
    let mut early = Vec::new();
    while let Ok(event) = events.recv_timeout(until.saturating_duration_since(Instant::now())) {
        let answered = matches!(event, Event::Ground(_));
        early.push(event);
        if answered {
            break;
        }
    }
    early
}

/// Does what comes of an event; `false` to leave.
fn take(event: Event, inspector: &mut Inspector, world: &mut World, memory: &mut Memory) -> io::Result<bool> {
    let resumed = event == Event::Continued;
    let effects = inspector.update(event);
    if resumed {
        world.screen.resume()?;
    }
    for effect in effects {
        if !world.apply(effect, inspector)? {
            return Ok(false);
        }
    }
    memory.keep_up(&mut inspector.state);
    // Keys that depend on what is visible need it looked up before the next one.
    inspector.settle(world.screen.size()?);
    Ok(true)
}

fn go_on(
    inspector: &mut Inspector,
    world: &mut World,
    memory: &mut Memory,
    events: &Receiver<Event>,
    early: Vec<Event>,
) -> io::Result<()> {
    let mut drawn = Instant::now();
    inspector.settle(world.screen.size()?);
    for event in early {
        if !take(event, inspector, world, memory)? {
            return Ok(());
        }
    }
    world.screen.draw(inspector)?;
    loop {
        let Ok(first) = next_event(&inspector.state, events) else { return Ok(()) };
        let idle = first.is_none();
        for event in first.into_iter().chain(std::iter::from_fn(|| events.try_recv().ok())) {
            if !take(event, inspector, world, memory)? {
                return Ok(());
            }
        }
        if idle {
            inspector.settle(world.screen.size()?);
        }
        // Work that goes on by itself is shown now and then; what somebody did, at once.
        if !idle || !inspector.state.busy || drawn.elapsed() >= PICTURE {
            world.screen.draw(inspector)?;
            drawn = Instant::now();
        }
    }
}

/// Reads what the terminal sends; `asked` where it was asked what its ground is.
fn read_keys(sender: &Sender<Event>, asked: bool) {
    let mut answer = asked.then(Answer::default);
    loop {
        if let Some(answer) = answer.as_mut().filter(|answer| answer.holds())
            && keys::poll(ground::REST).is_ok_and(|more| !more)
        {
            for event in answer.let_go() {
                let _ = sender.send(event);
            }
        }
        let event = match keys::read() {
            Ok(keys::Event::Key(key)) => Event::Key(key),
            Ok(keys::Event::Resize(width, height)) => Event::Resize(width, height),
            Ok(keys::Event::Mouse(mouse)) => Event::Mouse(mouse),
            Ok(keys::Event::Paste(text)) => Event::Paste(text),
            Ok(_) => continue,
            // The terminal is gone.
            Err(_) => Event::Terminate,
        };
        let last = event == Event::Terminate;
        let events = match &mut answer {
            Some(answer) => answer.take(event),
            None => vec![event],
        };
        if events.into_iter().any(|event| sender.send(event).is_err()) || last {
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
