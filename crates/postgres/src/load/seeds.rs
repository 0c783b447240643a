//! Seed files: INSERT, COPY .. FROM stdin and setval(..), one statement after the other.

use std::collections::BTreeSet;

use futures_util::SinkExt as _;
use pgseal_engine::sql::QualifiedName;
use pgseal_engine::syntax::seed::{Lines, Piece, Seed, read};
use tokio_postgres::types::Type;

use super::reader::{LIMIT, Reader};
use super::{LoadError, Target};

/// Of Postgres' own functions with effects, those that only make a value.
const MAKES_VALUES: [&str; 8] =
    ["random", "random_normal", "gen_random_uuid", "uuidv4", "uuidv7", "clock_timestamp", "timeofday", "nextval"];

pub(super) async fn load(target: &mut Target<'_>, reader: &mut Reader<'_>) -> Result<(), LoadError> {
    let mut lines = Lines::default();
    loop {
        let line = reader.line(lines.line() + 1).await?;
        if line.is_empty() {
            break;
        }
        let begins = if lines.line() == 0 { line.trim_start_matches('\u{feff}') } else { &line };
        if lines.line() == 0 && begins.starts_with("PGDMP") {
            let help = "an archive of pg_dump: `pg_restore --data-only --file data.sql` makes a seed file of it";
            return Err(reader.at(1, "this is no SQL", Some(help)));
        }
        let pieces = lines.take(begins);
        if lines.held() > LIMIT {
            let help = "split it into several statements, or use COPY";
            return Err(reader.at(lines.line(), "this statement is longer than 64 MiB", Some(help)));
        }
        let last = pieces.len();
        for (index, piece) in pieces.into_iter().enumerate() {
            if let Some(table) = run(target, reader, &piece).await? {
                if index + 1 < last || !lines.is_blank() {
                    return Err(reader.at(
                        piece.line,
                        "COPY is the last statement of its line",
                        Some("begin a new line"),
                    ));
                }
                let taken = copy(target, reader, &piece, &table, lines.line()).await?;
                lines.skip(taken);
            }
        }
    }
    if lines.is_open() {
        return Err(reader.at(lines.line(), "the file ends inside of a text or comment", None));
    }
    match lines.finish() {
        Some(piece) => match run(target, reader, &piece).await? {
            Some(_) => Err(reader.at(piece.line, "the rows of COPY are missing", Some("end them with `\\.`"))),
            None => Ok(()),
        },
        None => Ok(()),
    }
}

/// Runs one statement; the table, if the rows of a COPY follow.
async fn run(target: &mut Target<'_>, reader: &Reader<'_>, piece: &Piece) -> Result<Option<QualifiedName>, LoadError> {
    let refused = |message: String, help: Option<String>| reader.at(piece.line, message, help.as_deref());
    let seed = read(&piece.sql).map_err(|why| refused(why.message, Some(why.help)))?;
    let failed = |error: tokio_postgres::Error| reader.failed(piece.line, None, &error);
    match seed {
        Seed::Nothing => Ok(None),
        Seed::Copy { table } => {
            target.check(&table).map_err(|(message, help)| refused(message, help))?;
            Ok(Some(table))
        }
        Seed::SetSequence { sequence } => {
            if target.catalog.sequences.get(&sequence).is_none_or(|found| found.owner != target.owner) {
                return Err(refused(format!("{sequence} is not a sequence of this project"), None));
            }
            target.transaction.query_typed(&piece.sql, &[]).await.map_err(failed)?;
            Ok(None)
        }
        Seed::Insert { table, reads, calls } => {
            for name in reads.iter().chain([&table]) {
                target.check(name).map_err(|(message, help)| refused(message, help))?;
            }
            if let Some(function) = with_effects(target, &calls).await? {
                let help = "write the value that it gives; functions that change or read something else are not called";
                return Err(refused(format!("a call of `{function}`"), Some(help.to_owned())));
            }
            // Prepared, so that the server too takes it for one statement.
            let statement = target.transaction.prepare_typed(&piece.sql, &[]).await.map_err(failed)?;
            let rows = target.transaction.execute(&statement, &[]).await.map_err(failed)?;
            target.count(&table, rows);
            Ok(None)
        }
    }
}

/// The first function that does something besides making a value, or that `pg_catalog` has not.
async fn with_effects(target: &Target<'_>, calls: &BTreeSet<String>) -> Result<Option<String>, LoadError> {
    let unknown: Vec<&String> = calls.iter().filter(|name| !MAKES_VALUES.contains(&name.as_str())).collect();
    if unknown.is_empty() {
        return Ok(None);
    }
    let query = "select n.name from pg_catalog.unnest($1::text[]) as n(name) where not exists (select from \
                 pg_catalog.pg_proc p where p.proname = n.name and p.pronamespace = 'pg_catalog'::regnamespace) \
                 or exists (select from pg_catalog.pg_proc p where p.proname = n.name and p.pronamespace = \
                 'pg_catalog'::regnamespace and (p.provolatile = 'v' or p.prosecdef)) order by 1 limit 1";
    let rows = target.transaction.query_typed(query, &[(&unknown, Type::TEXT_ARRAY)]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
}

/// The rows below a COPY, up to `\.`; how many lines these are.
async fn copy(
    target: &mut Target<'_>,
    reader: &mut Reader<'_>,
    piece: &Piece,
    table: &QualifiedName,
    line: u64,
) -> Result<u64, LoadError> {
    let failed = |reader: &Reader<'_>, error: &tokio_postgres::Error| reader.failed(line, Some(table), error);
    let sink = target.transaction.copy_in(piece.sql.as_str()).await.map_err(|error| failed(reader, &error))?;
    let mut sink = std::pin::pin!(sink);
    let (mut taken, mut at_line_start, mut broken) = (0, true, false);
    let mut batch = Vec::new();
    loop {
        let part = reader.piece().await?;
        if part.is_empty() {
            let help = "end the rows with a line `\\.`";
            return Err(reader.at(line + taken, "the file ends within the rows of COPY", Some(help)));
        }
        let ends = part.ends_with(b"\n");
        taken += u64::from(ends);
        if at_line_start && matches!(part.as_slice(), b"\\.\n" | b"\\.\r\n" | b"\\.") {
            break;
        }
        at_line_start = ends;
        batch.extend(part);
        // What breaks here is told by `finish`; the rest of the rows is read past.
        if batch.len() >= 64 << 10 && !broken {
            broken = sink.send(std::io::Cursor::new(std::mem::take(&mut batch))).await.is_err();
        }
        if broken {
            break;
        }
    }
    if !broken && !batch.is_empty() {
        // Told by `finish` too.
        drop(sink.send(std::io::Cursor::new(batch)).await);
    }
    let rows = sink.finish().await.map_err(|error| failed(reader, &error))?;
    target.count(table, rows);
    Ok(taken)
}
