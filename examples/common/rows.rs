//! The rows of a file, each with the line it starts on.

use std::{
    fs,
    io::{Chain, Read},
    path::{Path, PathBuf},
};

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::Result;

/// A delimited file, held in memory: some questions about a column can only be
/// answered by reading it twice, which a pipe would not allow.
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) delimiter: u8,
    bytes: Vec<u8>,
}

/// Read after the file as if it were its last row. When a quote is never closed,
/// the reader takes all that follows for one field; the mark inside it gives
/// that away.
const END: &[u8] = b"\n\x03custometry end of file\x03\n";

impl Source {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let refuse = |why: &str| format!("cannot read {}: {why}", path.display());
        if path.is_dir() {
            return Err(refuse("it is a directory").into());
        }
        let mut bytes = fs::read(path).map_err(|error| refuse(&error.to_string()))?;
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            return Err(refuse("it is in UTF-16; save it as UTF-8").into());
        }
        if bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        Ok(Self {
            path: path.to_owned(),
            delimiter: delimiter_of(&bytes),
            bytes,
        })
    }

    pub(crate) fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// All rows from the start, the header first.
    pub(crate) fn rows(&self) -> Rows<'_> {
        let reader = ReaderBuilder::new()
            .delimiter(self.delimiter)
            .has_headers(false)
            .flexible(true) // a row of another length is a bad row, not the end
            .from_reader(self.bytes.chain(END));
        Rows {
            source: self,
            reader,
            seen: 0,
            line: 1,
        }
    }
}

/// The delimiter that occurs most often in the first line.
fn delimiter_of(bytes: &[u8]) -> u8 {
    const KNOWN: [u8; 4] = *b",;\t|";
    let mut counts = [0u32; 4];
    let mut quoted = false;
    for &byte in bytes {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            _ => {
                if let Some(place) = KNOWN.iter().position(|&known| known == byte) {
                    counts[place] += 1;
                }
            }
        }
    }
    // Of equals the first: reversed, because the last greatest is the one found.
    let most = (0..KNOWN.len()).rev().max_by_key(|&place| counts[place]);
    KNOWN[most.unwrap_or(0)]
}

/// The rows of a [`Source`].
pub(crate) struct Rows<'a> {
    source: &'a Source,
    reader: Reader<Chain<&'a [u8], &'static [u8]>>,
    /// How many bytes have been looked at for line ends, and the line there.
    seen: usize,
    line: u64,
}

impl Rows<'_> {
    /// Reads the next row, if there is one, and gives the line it starts on.
    pub(crate) fn read(&mut self, row: &mut ByteRecord) -> Result<Option<u64>> {
        if !self.reader.read_byte_record(row)? {
            return Ok(None);
        }
        let line = self.line_of(row);
        let last = row.iter().next_back().unwrap_or_default();
        if last == END.trim_ascii() && row.len() == 1 {
            return Ok(None);
        }
        if last.ends_with(END) {
            let path = self.source.path.display();
            let message = format!("{path}, line {line}: a quote is opened here and never closed");
            return Err(message.into());
        }
        Ok(Some(line))
    }

    /// How many bytes have been read.
    pub(crate) fn position(&self) -> u64 {
        self.reader.position().byte()
    }

    /// Counts the lines up to a row. The reader's own count is not meant for
    /// people: it does not know the blank lines that it skips before a row.
    fn line_of(&mut self, row: &ByteRecord) -> u64 {
        let bytes = &self.source.bytes;
        let start = row.position().map_or(0, csv::Position::byte);
        let mut start = usize::try_from(start).unwrap_or(bytes.len());
        while bytes.get(start).is_some_and(|byte| b"\r\n".contains(byte)) {
            start += 1;
        }
        let start = start.clamp(self.seen, bytes.len());
        for at in self.seen..start {
            let ends = match bytes[at] {
                b'\n' => true,
                // A return ends a line by itself unless a line feed follows.
                b'\r' => bytes.get(at + 1) != Some(&b'\n'),
                _ => false,
            };
            self.line += u64::from(ends);
        }
        self.seen = start;
        self.line
    }
}
