//! What takes how long, and how much memory. The bench of the whole road reads this file too, which is
//! why it needs no other.

use std::{
    fmt, fs,
    ops::ControlFlow,
    time::{Duration, Instant},
};

use custometry::{Observer, Progress};

/// The steps of a run, and how long each took.
pub(crate) struct Steps {
    last: Instant,
    spent: Vec<(&'static str, Duration)>,
}

#[expect(clippy::disallowed_methods, reason = "that is what it is for")]
fn now() -> Instant {
    Instant::now()
}

impl Steps {
    pub(crate) fn start() -> Self {
        Self {
            last: now(),
            spent: Vec::new(),
        }
    }

    /// What was done since the last step.
    pub(crate) fn done(&mut self, step: &'static str) {
        let until = now();
        let took = until - self.last;
        self.last = until;
        match self.spent.iter_mut().find(|(known, _)| *known == step) {
            Some((_, spent)) => *spent += took,
            None => self.spent.push((step, took)),
        }
    }

    /// Follows a long call of the library, each stage of which is a step, and lets another follow it too.
    pub(crate) fn watch(&mut self, mut other: impl Observer) -> impl Observer {
        move |progress: Progress| -> ControlFlow<()> {
            self.done(progress.stage);
            other.step(progress)
        }
    }
}

impl fmt::Display for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Duration = self.spent.iter().map(|(_, spent)| *spent).sum();
        writeln!(f, "Seconds by step")?;
        for (step, spent) in &self.spent {
            writeln!(f, "{:8.2}  {step}", spent.as_secs_f64())?;
        }
        writeln!(f, "{:8.2}  in all", all.as_secs_f64())?;
        match peak_memory() {
            Some(kib) => writeln!(f, "Peak memory {:.2} GiB", kib / (1024.0 * 1024.0)),
            None => writeln!(f, "Peak memory is not told by this system"),
        }
    }
}

/// The peak of the memory of this process in KiB, where the system tells it.
fn peak_memory() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
