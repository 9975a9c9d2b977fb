//! The example programs, run as their users run them.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::atomic::{AtomicU32, Ordering},
};

use serde_json::Value;

/// The program, which cargo builds before it runs these tests.
pub(crate) fn program(name: &str) -> PathBuf {
    // Tests are in target/PROFILE/deps, examples in target/PROFILE/examples.
    let test = env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let name = format!("{name}{}", env::consts::EXE_SUFFIX);
    let program = profile.join("examples").join(name);
    assert!(
        program.is_file(),
        "{} is not there; `cargo test` builds it, and so does `cargo build --examples`",
        program.display()
    );
    program
}

/// A folder of its own for a test, taken away at the end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("custometry-{}-{number}", std::process::id());
        let path = env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn with(name: &str, content: impl AsRef<[u8]>) -> Self {
        let folder = Self::new();
        fs::write(folder.0.join(name), content).unwrap();
        folder
    }

    pub(crate) fn read(&self, name: &str) -> String {
        String::from_utf8_lossy(&fs::read(self.0.join(name)).unwrap()).into_owned()
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    /// All file names, hidden ones too.
    pub(crate) fn names(&self) -> Vec<String> {
        let name = |entry: std::io::Result<fs::DirEntry>| {
            entry.unwrap().file_name().into_string().unwrap()
        };
        let mut names: Vec<String> = fs::read_dir(&self.0).unwrap().map(name).collect();
        names.sort();
        names
    }

    /// Runs a program in this folder.
    pub(crate) fn run(&self, name: &str, arguments: &[&str]) -> Run {
        let output = Command::new(program(name))
            .args(arguments)
            .current_dir(&self.0)
            .output()
            .unwrap();
        Run::of(&output)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Success, and nothing on stderr.
    pub(crate) fn good(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        assert_eq!(self.err, "");
        self
    }

    /// Failure with a message and no page.
    pub(crate) fn refused(self) -> String {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert_eq!(self.out, "");
        assert!(self.err.starts_with("error: "), "{self:?}");
        self.err
    }

    /// Failure with a message of one line.
    pub(crate) fn refused_in_a_line(self) -> String {
        let message = self.refused();
        assert_eq!(message.lines().count(), 1, "{message}");
        message.trim_end().to_owned()
    }

    pub(crate) fn says(&self, text: &str) {
        assert!(self.out.contains(text), "{text:?} is not in\n{}", self.out);
    }
}
