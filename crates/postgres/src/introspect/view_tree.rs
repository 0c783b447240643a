//! Where in a view's query something is mentioned: in what one column shows, in what every reader needs, or where that cannot be
//! told. Reads the text of Postgres' tree (`pg_rewrite.ev_action`); knows the places, not what stands there.

use std::collections::{BTreeMap, BTreeSet};

/// Numbers of objects that the tree mentions, by place.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    /// By number of the column that shows it.
    pub columns: BTreeMap<i16, BTreeSet<u32>>,
    /// In conditions, joins, grouping, sorting and relations: whatever is read.
    pub whole: BTreeSet<u32>,
    /// In a query below FROM, or beside what Postgres computes whether it is read or not.
    pub unclear: BTreeSet<u32>,
}

impl Parts {
    /// Whether it is mentioned anywhere.
    pub fn mentions(&self, number: u32) -> bool {
        self.columns.values().chain([&self.whole, &self.unclear]).any(|mentioned| mentioned.contains(&number))
    }
}

/// Splits a view's tree. `always` are the functions for which Postgres computes a column that nobody reads: volatile ones and those
/// that return sets.
pub(super) fn parts(tree: &str, always: &BTreeSet<u32>) -> Parts {
    let mut parts = Parts::default();
    let tokens = tokens(tree);
    // `({QUERY :field value ..})`
    let query = tokens.strip_prefix(&["("]).unwrap_or(&tokens);
    for (name, value) in fields(query) {
        match name {
            ":targetList" => {
                for entry in nodes(value) {
                    let mentioned = numbers(entry);
                    let said = |wanted: &str| {
                        fields(entry)
                            .into_iter()
                            .find(|(name, _)| *name == wanted)
                            .and_then(|(_, value)| value.first().copied())
                    };
                    let number = said(":resno").and_then(|number| number.parse().ok());
                    match number.filter(|_| said(":ressortgroupref") == Some("0") && said(":resjunk") == Some("false"))
                    {
                        Some(_) if called(entry).any(|function| always.contains(&function)) => {
                            parts.unclear.extend(mentioned);
                        }
                        Some(number) => parts.columns.entry(number).or_default().extend(mentioned),
                        None => parts.whole.extend(mentioned),
                    }
                }
            }
            ":rtable" | ":cteList" => {
                let (below, own) = queries_below(value);
                parts.unclear.extend(numbers(&below));
                parts.whole.extend(numbers(&own));
            }
            _ => parts.whole.extend(numbers(value)),
        }
    }
    parts
}

/// Words and brackets. A backslash takes what follows it into the word.
fn tokens(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        let ends = c.is_ascii_whitespace() || matches!(c, '(' | ')' | '{' | '}');
        if ends && let Some(start) = start.take() {
            found.extend(text.get(start..at));
        }
        match c {
            '(' | ')' | '{' | '}' => found.extend(text.get(at..=at)),
            _ if ends => {}
            _ => {
                escaped = c == '\\';
                start = start.or(Some(at));
            }
        }
    }
    found.extend(start.and_then(|start| text.get(start..)));
    found
}

/// How many tokens the value that begins here has: a word, or all that its bracket holds.
fn extent(tokens: &[&str]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            "(" | "{" => depth += 1,
            ")" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

/// The fields of the node `{NAME :field value ..}` that these tokens begin with.
fn fields<'t, 'a>(node: &'t [&'a str]) -> Vec<(&'a str, &'t [&'a str])> {
    let mut found = Vec::new();
    let mut rest = node.get(2..extent(node).saturating_sub(1)).unwrap_or_default();
    while let Some((name, after)) = rest.split_first() {
        let (value, after) = after.split_at(extent(after));
        found.push((*name, value));
        rest = after;
    }
    found
}

/// The nodes of a list `({..} {..})`.
fn nodes<'t, 'a>(list: &'t [&'a str]) -> Vec<&'t [&'a str]> {
    let mut found = Vec::new();
    let mut rest = list.get(1..list.len().saturating_sub(1)).unwrap_or_default();
    while !rest.is_empty() {
        let (node, after) = rest.split_at(extent(rest));
        found.push(node);
        rest = after;
    }
    found
}

/// What stands in queries within, and what beside them.
fn queries_below<'a>(tokens: &[&'a str]) -> (Vec<&'a str>, Vec<&'a str>) {
    let (mut below, mut own) = (Vec::new(), Vec::new());
    let mut rest = tokens;
    while let Some((first, after)) = rest.split_first() {
        if *first == "{" && after.first() == Some(&"QUERY") {
            let (query, after) = rest.split_at(extent(rest));
            below.extend_from_slice(query);
            rest = after;
        } else {
            own.push(*first);
            rest = after;
        }
    }
    (below, own)
}

/// Numbers of the user's objects. A column's type is no call, and where something stood in the text is no object.
fn numbers(tokens: &[&str]) -> BTreeSet<u32> {
    let before = std::iter::once(&"").chain(tokens);
    let object = |before: &str| !matches!(before, ":vartype" | ":location" | ":stmt_location" | ":stmt_len");
    let found = before.zip(tokens).filter(|(before, _)| object(before)).filter_map(|(_, token)| token.parse().ok());
    found.filter(|number| *number >= 16384).collect()
}

/// The functions that are called by number.
fn called(tokens: &[&str]) -> impl Iterator<Item = u32> {
    let calls = |name: &str| matches!(name, ":funcid" | ":opfuncid" | ":aggfnoid" | ":winfnoid");
    tokens.windows(2).filter_map(move |pair| match pair {
        [name, number] if calls(name) => number.parse().ok(),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_apart() {
        let entry = |number: u32, name: &str, expr: &str, sorted: u32| {
            format!(
                "{{TARGETENTRY :expr {expr} :resno {number} :resname {name} :ressortgroupref {sorted} :resjunk false}}"
            )
        };
        let call =
            |number: u32| format!("{{FUNCEXPR :funcid {number} :args ({{VAR :vartype 40000 :location 30000}})}}");
        let tree = format!(
            "({{QUERY :commandType 1 :cteList <> :rtable ({{RANGETBLENTRY :relid 16400 :subquery {{QUERY :targetList ({})}} :functions ({})}}) :jointree {{FROMEXPR :quals {}}} :targetList ({} {} {} {}) :setOperations <>}})",
            entry(1, "x", &call(20005), 0),
            call(20006),
            call(20004),
            entry(1, "id", "{VAR :vartype 23}", 0),
            entry(2, "\\{QUERY\\ :targetList", &call(20001), 0),
            entry(3, ":targetList", &call(20002), 1),
            entry(4, "now", &call(20003), 0)
        );
        let found = parts(&tree, &BTreeSet::from([20003]));
        assert_eq!(found.columns, BTreeMap::from([(1, BTreeSet::new()), (2, BTreeSet::from([20001]))]));
        assert_eq!(found.whole, BTreeSet::from([16400, 20002, 20004, 20006]));
        assert_eq!(found.unclear, BTreeSet::from([20003, 20005]));
        assert!(!found.mentions(30000) && !found.mentions(40000));
    }
}
