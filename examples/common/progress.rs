//! Progress bars on stderr; they hide themselves where that is no terminal.

use std::ops::ControlFlow;

use custometry::{Observer, Progress};
use indicatif::{ProgressBar, ProgressStyle};

/// A bar for a step of known length.
pub(crate) fn bar(what: &'static str, length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:20} [{bar:40}] {percent:>3}%")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length)
        .with_style(style)
        .with_message(what)
}

/// A bar that follows a long call of the library.
pub(crate) fn follow() -> impl Observer {
    let mut shown: Option<(&'static str, ProgressBar)> = None;
    move |progress: Progress| {
        let (stage, steps) = (progress.stage, progress.total);
        if shown.as_ref().is_none_or(|(before, _)| *before != stage) {
            shown = Some((stage, bar(stage, steps)));
        }
        if let Some((_, bar)) = &shown {
            bar.set_position(progress.done);
            if progress.done == steps {
                bar.finish_and_clear();
            }
        }
        ControlFlow::Continue(())
    }
}
