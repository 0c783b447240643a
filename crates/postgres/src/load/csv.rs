//! CSV with a header: the header is read here, the rows by Postgres' own COPY.

use std::collections::BTreeSet;

use futures_util::SinkExt as _;
use pgseal_engine::sql::{QualifiedName, ident};

use super::reader::{LIMIT, Reader};
use super::{LoadError, Target};

pub(super) async fn load(
    target: &mut Target<'_>,
    reader: &mut Reader<'_>,
    table: &QualifiedName,
) -> Result<(), LoadError> {
    target.check(table).map_err(|(message, help)| reader.at(1, message, help.as_deref()))?;
    let (header, lines) = header(reader).await?;
    let Some(columns) = columns(&header) else {
        return Err(reader.at(1, "the header cannot be read", Some("name the columns, separated by commas")));
    };
    check_columns(target, reader, table, &columns)?;
    let names = columns.iter().map(|column| ident(column)).collect::<Vec<_>>().join(", ");
    let sql = format!("copy {} ({names}) from stdin with (format csv)", table.sql());
    let failed = |reader: &Reader<'_>, error: &tokio_postgres::Error| reader.failed(lines, Some(table), error);
    let sink = target.transaction.copy_in(sql.as_str()).await.map_err(|error| failed(reader, &error))?;
    let mut sink = std::pin::pin!(sink);
    loop {
        let chunk = reader.chunk().await?;
        if chunk.is_empty() {
            break;
        }
        // What breaks here is told by `finish`.
        if sink.send(std::io::Cursor::new(chunk)).await.is_err() {
            break;
        }
    }
    let rows = sink.finish().await.map_err(|error| failed(reader, &error))?;
    target.count(table, rows);
    Ok(())
}

/// The first record, and how many lines it takes.
async fn header(reader: &mut Reader<'_>) -> Result<(String, u64), LoadError> {
    let (mut text, mut lines) = (String::new(), 0);
    loop {
        let line = reader.line(lines + 1).await?;
        if lines == 0 && line.starts_with("PGDMP") {
            let help = "an archive of pg_dump: `pg_restore --data-only --file data.sql` makes a seed file of it";
            return Err(reader.at(1, "this is no CSV file", Some(help)));
        }
        lines += 1;
        let end = line.is_empty();
        text.push_str(if lines == 1 { line.trim_start_matches('\u{feff}') } else { &line });
        if end || text.matches('"').count() % 2 == 0 || text.len() > LIMIT {
            return Ok((text, lines));
        }
    }
}

/// The names in a header; none if it is no CSV.
fn columns(header: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut rest = header.trim_end_matches(['\n', '\r']);
    loop {
        let name;
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut text = String::new();
            let mut inner = quoted;
            loop {
                let end = inner.find('"')?;
                text.push_str(inner.get(..end)?);
                inner = inner.get(end + 1..)?;
                match inner.strip_prefix('"') {
                    Some(more) => {
                        text.push('"');
                        inner = more;
                    }
                    None => break,
                }
            }
            (name, rest) = (text, inner);
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            let (plain, after) = rest.split_at_checked(end)?;
            if plain.contains('"') {
                return None;
            }
            (name, rest) = (plain.to_owned(), after);
        }
        if name.is_empty() {
            return None;
        }
        names.push(name);
        if rest.is_empty() {
            return Some(names);
        }
        rest = rest.strip_prefix(',')?;
    }
}

/// INVARIANT: what stands in the header becomes SQL only if it is, letter by letter, the name of a column.
fn check_columns(
    target: &Target<'_>,
    reader: &Reader<'_>,
    table: &QualifiedName,
    columns: &[String],
) -> Result<(), LoadError> {
    let known: Vec<&str> = target
        .catalog
        .tables
        .get(table)
        .map(|table| table.columns.iter().map(|column| column.name.as_str()).collect())
        .unwrap_or_default();
    let mut seen = BTreeSet::new();
    for column in columns {
        if !known.contains(&column.as_str()) {
            let shown: String = column.chars().take(80).collect();
            let help = format!("the header names columns of {table}: {}", known.join(", "));
            return Err(reader.at(1, format!("{table} has no column {shown:?}"), Some(&help)));
        }
        if !seen.insert(column) {
            return Err(reader.at(1, format!("the column {column:?} stands in the header twice"), None));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::columns;

    #[test]
    fn headers_are_read_as_csv() {
        let read = |text: &str| columns(text).map(|names| names.join("|"));
        assert_eq!(read("id,title\r\n").as_deref(), Some("id|title"));
        assert_eq!(read("\"id\",\"a \"\"b\"\", c\"").as_deref(), Some("id|a \"b\", c"));
        assert_eq!(read("\"two\nlines\",x\n").as_deref(), Some("two\nlines|x"));
        for wrong in ["", "\n", "a,,b", "a,", "\"a", "a\"b", "\"a\"b,c"] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }
}
