//! What becomes of a program.

use std::{
    error::Error,
    io::{self, Write},
    process::ExitCode,
};

/// A result whose error is a message for the person at the terminal.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Runs a program that gives back what it wants on stdout, and turns its outcome
/// into an exit code.
pub(crate) fn finish(outcome: Result<String>) -> ExitCode {
    match outcome {
        // A reader that has seen enough, such as `head`, closes the pipe: that is
        // no failure.
        Ok(text) => match io::stdout().lock().write_all(text.as_bytes()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                fail(&format!("cannot write to stdout: {error}"))
            }
            _ => ExitCode::SUCCESS,
        },
        Err(error) => fail(&error.to_string()),
    }
}

fn fail(message: &str) -> ExitCode {
    // If stderr is gone too, the exit code is all there is left to say.
    let _ = writeln!(io::stderr().lock(), "error: {message}");
    ExitCode::FAILURE
}
