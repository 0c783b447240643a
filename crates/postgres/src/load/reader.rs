//! A file as lines, in pieces that are never longer than a bound, and with the number of each line.

use pgseal_engine::sql::QualifiedName;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

use super::LoadError;
use crate::DatabaseError;

/// The longest statement, and the longest header, that is held.
pub(super) const LIMIT: usize = 64 << 20;

const BUFFER: usize = 256 << 10;

/// A file that is being read.
pub(super) struct Reader<'a> {
    name: String,
    bytes: BufReader<Box<dyn AsyncRead + Send + Unpin>>,
    progress: &'a (dyn Fn(u64) + Send + Sync),
    read: u64,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        name: String,
        bytes: Box<dyn AsyncRead + Send + Unpin>,
        progress: &'a (dyn Fn(u64) + Send + Sync),
        read: u64,
    ) -> Self {
        Self { name, bytes: BufReader::with_capacity(BUFFER, bytes), progress, read }
    }

    /// Bytes so far, those of files before it included.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// Whatever comes next, up to a line's end where one is near; empty at the end of the file.
    pub(super) async fn piece(&mut self) -> Result<Vec<u8>, LoadError> {
        let available = self.bytes.fill_buf().await;
        let available = available.map_err(|error| LoadError::Unreadable { file: self.name.clone(), error })?;
        let end = available.iter().position(|byte| *byte == b'\n').map_or(available.len(), |at| at + 1);
        let piece = available.get(..end).unwrap_or_default().to_vec();
        self.took(end);
        Ok(piece)
    }

    /// As much as there is at once.
    pub(super) async fn chunk(&mut self) -> Result<Vec<u8>, LoadError> {
        let available = self.bytes.fill_buf().await;
        let piece = available.map_err(|error| LoadError::Unreadable { file: self.name.clone(), error })?.to_vec();
        self.took(piece.len());
        Ok(piece)
    }

    fn took(&mut self, bytes: usize) {
        self.bytes.consume(bytes);
        self.read += bytes as u64;
        (self.progress)(self.read);
    }

    /// One whole line with its line break, which is number `line`; empty at the end of the file.
    pub(super) async fn line(&mut self, line: u64) -> Result<String, LoadError> {
        let mut whole = Vec::new();
        loop {
            let piece = self.piece().await?;
            let ended = piece.is_empty() || piece.ends_with(b"\n");
            whole.extend(piece);
            if whole.len() > LIMIT {
                return Err(self.at(
                    line,
                    "this line is longer than 64 MiB",
                    Some("large data goes through COPY or CSV"),
                ));
            }
            if ended {
                break;
            }
        }
        match String::from_utf8(whole) {
            Ok(text) if text.contains('\0') => Err(self.at(line, "a NUL byte, which no text in Postgres holds", None)),
            Ok(text) => Ok(text),
            Err(_) => Err(self.at(line, "this line is not UTF-8", Some("save the file as UTF-8"))),
        }
    }

    /// What is wrong at a line.
    pub(super) fn at(&self, line: u64, message: impl Into<String>, help: Option<&str>) -> LoadError {
        LoadError::At { file: self.name.clone(), line, message: message.into(), help: help.map(str::to_owned) }
    }

    /// What Postgres says of a statement that begins at a line, or of a row of COPY below it.
    pub(super) fn failed(&self, line: u64, rows: Option<&QualifiedName>, error: &tokio_postgres::Error) -> LoadError {
        let Some(answer) = error.as_db_error() else { return LoadError::Database(error.into()) };
        let answered = DatabaseError::from(error);
        if answered.is_lock_timeout() {
            return LoadError::Waited { file: self.name.clone(), line, error: answered };
        }
        let row = rows.zip(answer.where_()).and_then(|(table, context)| row_of_copy(table, context));
        let mut message = answer.message().to_owned();
        if let Some(detail) = answer.detail() {
            message.push_str(&format!(" ({detail})"));
        }
        self.at(row.map_or(line, |row| line + row), message, answer.hint())
    }
}

/// The number in `COPY tasks, line 3, column title: "x"`, in any language of the server's.
fn row_of_copy(table: &QualifiedName, context: &str) -> Option<u64> {
    let rest = context.lines().find_map(|line| line.strip_prefix(&format!("COPY {}, ", table.name)))?;
    let digits: String = rest.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_bad_row_is_found_in_what_postgres_says() {
        let table = QualifiedName::new("app", "t, line 7");
        let row = |context: &str| row_of_copy(&table, context);
        assert_eq!(row("COPY t, line 7, line 3, column a: \"x 9\""), Some(3));
        assert_eq!(row("SQL function f\nCOPY t, line 7, Zeile 12: \"x\""), Some(12));
        assert_eq!(row("COPY other, line 3"), None);
    }
}
