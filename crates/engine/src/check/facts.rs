//! What several lints ask of a model: which rules there are, what one rule implies, what makes a table a tenant's.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{self, Catalog, Command, Signature};
use crate::compile::grants::called_by_name;
use crate::model::{
    Atom, AtomPiece, ColumnUpdate, Commands, CompareOp, Expr, Model, RankAtLeast, Rule, RuleKind, Table,
};
use crate::source::Span;
use crate::sql::{QualifiedName, ident};
use crate::syntax::parser::scan;

/// The five kinds of rule.
pub(super) const KINDS: [RuleKind; 5] =
    [RuleKind::Select, RuleKind::Insert, RuleKind::UpdateBefore, RuleKind::UpdateAfter, RuleKind::Delete];

/// A kind of rule in words.
pub(super) fn kind_word(kind: RuleKind) -> &'static str {
    match kind {
        RuleKind::Select => "select",
        RuleKind::Insert => "insert",
        RuleKind::UpdateBefore | RuleKind::UpdateAfter => "update",
        RuleKind::Delete => "delete",
    }
}

/// Sealed tables with their schema; partitions and children, which have their parent's rules, are left out.
pub(super) fn tables<'a>(
    model: &'a Model,
    catalog: &'a Catalog,
) -> impl Iterator<Item = (&'a QualifiedName, &'a Table, &'a catalog::Table)> {
    model.tables.iter().filter_map(|(name, table)| {
        let schema = catalog.tables.get(name)?;
        schema.parents.is_empty().then_some((name, table, schema))
    })
}

/// Partitions and children of each table that has any, whose rows are reached through it, however deep.
pub(super) fn below(catalog: &Catalog) -> BTreeMap<&QualifiedName, BTreeMap<&QualifiedName, &catalog::Table>> {
    let mut found: BTreeMap<&QualifiedName, BTreeMap<&QualifiedName, &catalog::Table>> = BTreeMap::new();
    for (name, table) in &catalog.tables {
        let mut open: Vec<&QualifiedName> = table.parents.iter().collect();
        while let Some(above) = open.pop() {
            if found.entry(above).or_default().insert(name, table).is_none() {
                open.extend(catalog.tables.get(above).into_iter().flat_map(|table| &table.parents));
            }
        }
    }
    found
}

/// The rules that roles were given, with role and kind.
pub(crate) fn given(table: &Table) -> impl Iterator<Item = (&str, RuleKind, &Rule)> {
    table.rules.iter().flat_map(|(role, commands)| {
        KINDS.into_iter().filter_map(move |kind| Some((role.as_str(), kind, commands.get(kind)?)))
    })
}

/// The rules that hold whoever asks, with the key that they stand under.
pub(super) fn required(table: &Table) -> impl Iterator<Item = (&'static str, &Rule)> {
    table
        .require
        .iter()
        .map(|rule| ("require", rule))
        .chain(table.require_select.iter().map(|rule| ("require.select", rule)))
        .chain(table.require_change.iter().map(|rule| ("require.change", rule)))
        .chain(table.require_new.iter().map(|rule| ("require.new", rule)))
}

/// The rules of single columns, with the column.
pub(super) fn of_columns(table: &Table) -> impl Iterator<Item = (&str, &Rule)> {
    table.columns.iter().flat_map(|(name, column)| {
        let rules: Vec<&Rule> = match &column.update {
            Some(ColumnUpdate::Rule(rule)) => vec![rule],
            Some(ColumnUpdate::Transitions(transitions)) => {
                transitions.iter().filter_map(|transition| transition.by.as_ref()).collect()
            }
            Some(ColumnUpdate::Never) | None => Vec::new(),
        };
        rules.into_iter().map(move |rule| (name.as_str(), rule))
    })
}

/// Every rule of a table that decides about a row or a column.
pub(crate) fn all_rules(table: &Table) -> impl Iterator<Item = &Rule> {
    let of_rows = given(table).map(|(_, _, rule)| rule).chain(required(table).map(|(_, rule)| rule));
    of_rows.chain(of_columns(table).map(|(_, rule)| rule))
}

/// Whether a piece of SQL has such a word or column in it.
pub(super) fn mentions(atom: &Atom, wanted: impl Fn(&Expr) -> bool) -> bool {
    let mut found = false;
    for hole in atom.holes() {
        hole.walk(&mut |expr| found |= wanted(expr));
    }
    found
}

/// A function of the schema that a rule calls.
pub(super) struct Helper<'a> {
    /// Its name and argument types.
    pub(super) signature: &'a Signature,
    /// The function.
    pub(super) function: &'a catalog::Function,
    /// The SQL that calls it.
    pub(super) atom: &'a Atom,
    /// The rule's place.
    pub(super) span: Span,
}

/// The functions of the schema that rules call; all overloads of a name, which the text does not tell apart.
pub(super) fn helpers<'a>(model: &'a Model, catalog: &'a Catalog) -> Vec<Helper<'a>> {
    let mut found = Vec::new();
    for (_, table, _) in tables(model, catalog) {
        for rule in all_rules(table) {
            for atom in atoms(&rule.expr) {
                let texts = atom.pieces.iter().filter_map(|piece| match piece {
                    AtomPiece::Text(text) => Some(text),
                    _ => None,
                });
                let names: BTreeSet<Signature> = texts.flat_map(|text| called_by_name(catalog, text)).collect();
                let called = names.iter().filter_map(|signature| catalog.functions.get_key_value(signature));
                let helper = |(signature, function)| Helper { signature, function, atom, span: rule.span };
                found.extend(called.map(helper));
            }
        }
    }
    found
}

fn atoms(expr: &Expr) -> Vec<&Atom> {
    let own = match expr {
        Expr::Atom(atom) => Some(atom),
        _ => None,
    };
    own.into_iter().chain(expr.children().into_iter().flat_map(atoms)).collect()
}

/// The text between the quotes of a function's body; none if it is SQL that Postgres has read already (RETURN, BEGIN ATOMIC).
pub(super) fn body(function: &catalog::Function) -> Option<&str> {
    let start = function.definition.find("\nAS $")? + "\nAS ".len();
    let quoted = function.definition.get(start..)?;
    let tag = quoted.get(..quoted.get(1..)?.find('$')? + 2)?;
    let inner = quoted.get(tag.len()..)?;
    inner.get(..inner.rfind(tag)?)
}

/// Whether a role may ever do something to a table.
pub(super) fn may(model: &Model, name: &QualifiedName, role: &str, kind: RuleKind) -> bool {
    model.effective(name, role, kind) != Expr::FALSE
}

/// Whether a role may ever change all of these columns of a row that is there.
pub(super) fn may_change<'a>(
    model: &Model,
    name: &QualifiedName,
    role: &str,
    columns: impl IntoIterator<Item = &'a String>,
) -> bool {
    let said = |column: &str| model.tables.get(name).and_then(|table| table.columns.get(column));
    may(model, name, role, RuleKind::UpdateBefore)
        && columns.into_iter().all(|column| match said(column) {
            Some(said) if said.value.is_some() || said.value_on_update.is_some() => false,
            Some(said) => match &said.update {
                Some(update) => *update != ColumnUpdate::Never,
                None => model.sees_column(name, role, column),
            },
            None => true,
        })
}

/// Whether a role may give a column on INSERT.
pub(super) fn may_give(model: &Model, name: &QualifiedName, role: &str, column: &str) -> bool {
    let said = model.tables.get(name).and_then(|table| table.columns.get(column)?.insert.as_ref());
    match said {
        Some(named) => model.is_any_of(role, named),
        None => model.sees_column(name, role, column),
    }
}

/// Where a kind of rule of a role stands: its own, or that of a role that it includes; else the table's entry.
pub(super) fn place(model: &Model, table: &Table, role: &str, kind: RuleKind) -> Span {
    let includes = model.roles.get(role).map(|role| &role.includes);
    let own = table.rules.get(role).and_then(|commands| commands.get(kind));
    let other = || includes?.iter().find_map(|role| table.rules.get(role)?.get(kind));
    own.or_else(other).map_or(table.span, |rule| rule.span)
}

/// Whether whatever fulfils `left` is known to fulfil `right`. False where that cannot be told from their shape.
pub(crate) fn implies(model: &Model, left: &Expr, right: &Expr) -> bool {
    if left == right || *right == Expr::TRUE || *left == Expr::FALSE {
        return true;
    }
    match (left, right) {
        (_, Expr::And(parts)) => parts.iter().all(|part| implies(model, left, part)),
        (Expr::Or(parts), _) => parts.iter().all(|part| implies(model, part, right)),
        (_, Expr::Or(parts)) if parts.iter().any(|part| implies(model, left, part)) => true,
        (Expr::And(parts), _) => parts.iter().any(|part| implies(model, part, right)),
        (Expr::InGroup { group, key, rank }, Expr::InGroup { group: other, key: same, rank: lower }) => {
            group == other && key == same && at_least(model, group, rank, lower)
        }
        (
            Expr::Via { columns, parent, command: Command::Update | Command::Delete, .. },
            Expr::Via { columns: same, parent: other, command: Command::Select, .. },
        ) => columns == same && parent == other,
        _ => false,
    }
}

fn at_least(model: &Model, group: &str, rank: &RankAtLeast, lower: &RankAtLeast) -> bool {
    let position = |label: &String| {
        model.groups.get(group).and_then(|group| group.rank.as_ref()?.1.iter().position(|known| known == label))
    };
    match (rank, lower) {
        (_, RankAtLeast::Any) => true,
        (RankAtLeast::Label(label), RankAtLeast::Label(other)) => position(label) >= position(other),
        (left, right) => left == right,
    }
}

/// The group and key columns that a table's rows belong to, as the select rules of its roles say: the tenant.
pub(super) fn tenant(table: &Table) -> Option<(&str, &[String])> {
    table
        .rules
        .values()
        .filter_map(|commands: &Commands| commands.select.as_ref())
        .find_map(|rule| tenant_of(&rule.expr))
}

/// Whose a table's rows are, as the select rules of its roles say, or where these do not, the insert rules: a tenant's, or one
/// person's; in a word, and by which columns.
pub(super) fn scope(table: &Table) -> Option<(&str, Vec<String>)> {
    if let Some((group, key)) = tenant(table) {
        return Some((group, key.to_vec()));
    }
    let owned = |commands: &Commands| match &commands.select.as_ref()?.expr {
        Expr::Compare(CompareOp::Eq, left, right) => match (&**left, &**right) {
            (Expr::Column(column), Expr::Me) | (Expr::Me, Expr::Column(column)) => Some(vec![column.clone()]),
            _ => None,
        },
        _ => None,
    };
    let everybody = |commands: &Commands| commands.select.as_ref().is_some_and(|rule| rule.expr == Expr::TRUE);
    if table.rules.values().any(everybody) {
        return None;
    }
    // Rows that are read in other ways are written into a tenant all the same.
    let by_owner = table.rules.values().find_map(owned).map(|columns| ("owner", columns));
    by_owner.or_else(|| {
        table
            .rules
            .values()
            .find_map(|commands| tenant_of(&commands.insert.as_ref()?.expr).map(|(group, key)| (group, key.to_vec())))
    })
}

fn tenant_of(expr: &Expr) -> Option<(&str, &[String])> {
    match expr {
        Expr::InGroup { group, key, .. } => Some((group, key)),
        Expr::And(parts) | Expr::Or(parts) => parts.iter().find_map(tenant_of),
        _ => None,
    }
}

/// The columns of a table that hold its parent's tenant key, where a foreign key holds that besides the key to the parent.
pub(super) fn carried_key(
    model: &Model,
    schema: &catalog::Table,
    columns: &[String],
    parent: &QualifiedName,
) -> Option<Vec<String>> {
    let (_, key) = model.tables.get(parent).and_then(tenant)?;
    schema.constraints.values().find_map(|constraint| {
        let far = constraint.references.as_ref().filter(|far| far.table == *parent)?;
        if !columns.iter().all(|column| constraint.columns.contains(column)) {
            return None;
        }
        let own = |column: &String| {
            let at = far.columns.iter().position(|name| name == column)?;
            constraint.columns.get(at).cloned()
        };
        key.iter().map(own).collect()
    })
}

/// Whether an expression, as Postgres prints it, names a column. What cannot be read counts as naming it.
pub(crate) fn names(text: &str, column: &str) -> bool {
    let Ok(tokens) = scan(text) else { return true };
    tokens.iter().any(|token| {
        let at = |byte: i32| usize::try_from(byte).unwrap_or(0);
        text.get(at(token.start)..at(token.end)) == Some(ident(column).as_str())
    })
}

/// Names in backticks, with commas.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: BTreeSet<&str> = names.into_iter().collect();
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
