//! Rules as SQL. Identity and membership are asked once per statement, in an uncorrelated sub-select (an InitPlan), and the
//! row test is left as an indexable comparison.

use crate::catalog::{Catalog, Command};
use crate::compile::capability::Capability;
use crate::compile::equal;
use crate::compile::via::ViaFunctions;
use crate::model::{AtomPiece, CompareOp, Constant, Expr, IsTest, Model, RankAtLeast};
use crate::sql::{QualifiedName, ident, literal};

/// How the columns of the row are spelled.
#[derive(Debug, Clone, Copy)]
pub enum Columns<'a> {
    /// As in a policy: bare, or [`Columns::Qualified`] inside SQL that has a sub-select.
    Policy,
    /// With schema and table: where a bare name could be captured by a relation of a sub-select.
    Qualified,
    /// Behind an alias: `m.org_id`, `old.org_id`.
    Alias(&'a str),
}

/// Prints rules over one table for one capability.
pub struct Printer<'a> {
    /// The model.
    pub model: &'a Model,
    /// The schema.
    pub schema: &'a Catalog,
    /// For whom: `via` means the caller's own right to the parent.
    pub capability: &'a Capability<'a>,
    /// Key-set functions that the printed text calls.
    pub via: &'a mut ViaFunctions,
    /// Whether what the statement itself has given up so far still counts: see `afresh`.
    pub given_up: bool,
}

impl Printer<'_> {
    /// A rule as SQL. Where it stands alone (a policy's condition), null counts as false.
    pub fn print(&mut self, expr: &Expr, table: &QualifiedName, columns: Columns<'_>) -> String {
        self.expr(expr, table, columns, false)
    }

    /// `exact`: the value may end up below a NOT, an IS or the user's own SQL, so words must be false rather than null.
    fn expr(&mut self, expr: &Expr, table: &QualifiedName, columns: Columns<'_>, exact: bool) -> String {
        self.via.reads_settings |= self.reads_settings(expr, table);
        match expr {
            Expr::Constant(constant) => constant_sql(constant),
            Expr::Column(name) => column(name, table, columns, false),
            Expr::Me => "(select seal.me())".to_owned(),
            Expr::Claim(name) => format!("(select seal.claim({}))", literal(name)),
            Expr::Agent => "(select seal.is_agent())".to_owned(),
            Expr::Human => "(select seal.is_human())".to_owned(),
            Expr::InGroup { group, key, rank } => self.in_group(group, key, rank, table, columns, exact),
            Expr::Peer { group, user } => {
                let identity = self.model.identity_type.clone();
                let test = format!(
                    "{} = any ((select seal.{}())::{identity}[])",
                    column(user, table, columns, false),
                    ident(&format!("{group}_peers"))
                );
                self.never_null(test, std::slice::from_ref(user), table, columns, exact)
            }
            Expr::Via { columns: referencing, parent, parent_columns, command } => {
                self.via(referencing, parent, parent_columns, *command, table, columns, exact)
            }
            Expr::And(parts) => self.join(parts, " and ", table, columns, exact),
            Expr::Or(parts) => self.join(parts, " or ", table, columns, exact),
            Expr::Not(inner) => format!("not {}", self.operand(inner, table, columns)),
            Expr::Is(inner, test) => format!("{} {}", self.operand(inner, table, columns), is_sql(*test)),
            Expr::Compare(op, left, right) => {
                let (left, right) = (self.operand(left, table, columns), self.operand(right, table, columns));
                format!("{left} {} {right}", compare_sql(*op))
            }
            Expr::In(left, list) => {
                let left = self.operand(left, table, columns);
                let list: Vec<String> = list.iter().map(|item| self.expr(item, table, columns, true)).collect();
                format!("{left} in ({})", list.join(", "))
            }
            Expr::Any(op, left, array) => {
                let left = self.operand(left, table, columns);
                // A sub-select directly inside ANY(..) would be a set of rows: the extra parentheses keep it one array.
                let array = self.expr(array, table, columns, true);
                format!("{left} {} any ({array})", compare_sql(*op))
            }
            Expr::Atom(atom) => {
                let mut text = String::new();
                // The columns of words stand inside the sub-select too.
                let columns = match columns {
                    Columns::Policy if atom.subselect => Columns::Qualified,
                    other => other,
                };
                for piece in &atom.pieces {
                    match piece {
                        AtomPiece::Text(sql) => text.push_str(sql),
                        AtomPiece::Now => text.push_str("(select seal.now())"),
                        AtomPiece::Hole(Expr::Column(name)) => {
                            text.push_str(&column(name, table, columns, atom.subselect))
                        }
                        AtomPiece::Hole(inner) => {
                            text.push('(');
                            text.push_str(&self.expr(inner, table, columns, true));
                            text.push(')');
                        }
                    }
                }
                text
            }
        }
    }

    /// Whether the expression itself, not its parts, may read differently under a session's settings: the user's own SQL, and a
    /// literal that is neither text nor a plain number, a name or an identifier.
    fn reads_settings(&self, expr: &Expr, table: &QualifiedName) -> bool {
        let operands: Vec<&Expr> = match expr {
            Expr::Atom(_) => return true,
            // An array in a literal.
            Expr::Any(_, _, array) if matches!(**array, Expr::Constant(Constant::Text(_))) => return true,
            Expr::Compare(_, left, right) | Expr::Any(_, left, right) => vec![left, right],
            Expr::In(left, list) => std::iter::once(left.as_ref()).chain(list).collect(),
            _ => return false,
        };
        let is_literal = |expr: &&Expr| matches!(expr, Expr::Constant(Constant::Text(_)));
        operands.iter().any(is_literal)
            && operands.iter().any(|operand| match operand {
                Expr::Constant(_) | Expr::Me | Expr::Claim(_) => false,
                Expr::Column(name) => !self.reads_plainly(name, table),
                _ => true,
            })
    }

    /// Whether literals of a column's type read the same under all settings.
    fn reads_plainly(&self, name: &str, table: &QualifiedName) -> bool {
        let Some(column) = self.schema.tables.get(table).and_then(|table| table.column(name)) else { return false };
        let made = self.schema.type_named(&column.base_type);
        matches!(
            column.base_type.as_str(),
            "text"
                | "character varying"
                | "character"
                | "name"
                | "uuid"
                | "boolean"
                | "smallint"
                | "integer"
                | "bigint"
                | "numeric"
        ) || made.is_some_and(|(_, made)| matches!(made.kind, crate::catalog::TypeKind::Enum(_)))
    }

    fn join(&mut self, parts: &[Expr], with: &str, table: &QualifiedName, columns: Columns<'_>, exact: bool) -> String {
        let printed: Vec<String> = parts
            .iter()
            .map(|part| {
                let text = self.expr(part, table, columns, exact);
                if is_simple(part) { text } else { format!("({text})") }
            })
            .collect();
        printed.join(with)
    }

    fn operand(&mut self, expr: &Expr, table: &QualifiedName, columns: Columns<'_>) -> String {
        let text = self.expr(expr, table, columns, true);
        if is_simple(expr) { text } else { format!("({text})") }
    }

    fn in_group(
        &mut self,
        group: &str,
        key: &[String],
        rank: &RankAtLeast,
        table: &QualifiedName,
        columns: Columns<'_>,
        exact: bool,
    ) -> String {
        let Some(declared) = self.model.groups.get(group) else { return "false".to_owned() };
        match rank {
            RankAtLeast::Any => {
                let test = self.in_keys(group, key, &declared.key_types, None, table, columns);
                self.never_null(test, key, table, columns, exact)
            }
            RankAtLeast::Label(label) => {
                let test = self.in_keys(group, key, &declared.key_types, Some(label), table, columns);
                self.never_null(test, key, table, columns, exact)
            }
            RankAtLeast::Column(rank_column) => {
                let labels = declared.rank.as_ref().map_or(&[][..], |(_, labels)| labels);
                let arms: Vec<String> = labels
                    .iter()
                    .map(|label| {
                        let test = self.in_keys(group, key, &declared.key_types, Some(label), table, columns);
                        format!("when {} then {test}", literal(label))
                    })
                    .collect();
                let asked = column(rank_column, table, columns, false);
                format!("coalesce(case ({asked})::text {} else false end, false)", arms.join(" "))
            }
        }
    }

    fn in_keys(
        &self,
        group: &str,
        key: &[String],
        types: &[String],
        label: Option<&str>,
        table: &QualifiedName,
        columns: Columns<'_>,
    ) -> String {
        if self.given_up {
            // Of one row in a trigger, which asks of its key alone.
            let key = key.iter().map(|name| column(name, table, columns, false));
            let asked: Vec<String> = key.chain(label.map(literal)).collect();
            return format!("seal.{}({})", ident(&format!("{group}_held")), asked.join(", "));
        }
        self.in_set(&format!("seal.{}", ident(&format!("{group}_keys"))), label, key, types, table, columns)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one word and of the place where it stands")]
    fn via(
        &mut self,
        referencing: &[String],
        parent: &QualifiedName,
        parent_columns: &[String],
        command: Command,
        table: &QualifiedName,
        columns: Columns<'_>,
        exact: bool,
    ) -> String {
        if let Some(rule) = self.by_tenant_key(referencing, parent, command, table) {
            let text = self.expr(&rule, table, columns, exact);
            return if exact { format!("coalesce({text}, false)") } else { text };
        }
        let function = crate::compile::via::function(self, parent, parent_columns, command);
        let types = column_types(self.schema, parent, parent_columns);
        let test = self.in_set(&function, None, referencing, &types, table, columns);
        self.never_null(test, referencing, table, columns, exact)
    }

    /// The parent's rule said of the child's own row, where a validated foreign key copies every column that the rule looks
    /// at: an indexable comparison instead of a set of parents.
    fn by_tenant_key(
        &self,
        referencing: &[String],
        parent: &QualifiedName,
        command: Command,
        table: &QualifiedName,
    ) -> Option<Expr> {
        let rule = crate::compile::via::parent_rule(self.model, self.schema, parent, self.capability.rules_of, command);
        let needed = rule.columns();
        if rule.has_subselect() {
            return None;
        }
        let child = self.schema.tables.get(table)?;
        let (columns, referenced) = child.constraints.values().find_map(|constraint| {
            let references = constraint.references.as_ref()?;
            let covers = constraint.validated
                && references.table == *parent
                && referencing.iter().all(|column| constraint.columns.contains(column))
                && needed.iter().all(|column| references.columns.contains(column));
            covers.then_some((&constraint.columns, &references.columns))
        })?;
        let renamed = rule.rename(&|name| {
            referenced
                .iter()
                .position(|column| column == name)
                .and_then(|at| columns.get(at))
                .cloned()
                .unwrap_or_else(|| name.to_owned())
        });
        // A foreign key with a null in it points nowhere.
        let present = columns
            .iter()
            .filter(|name| child.column(name).is_none_or(|column| !column.not_null))
            .map(|name| Expr::Is(Box::new(Expr::Column(name.clone())), IsTest::NotNull));
        Some(Expr::and(present.chain([renamed])))
    }

    /// The row's columns are in a set of keys: one array for a single column, rows of a function for several.
    fn in_set(
        &self,
        function: &str,
        argument: Option<&str>,
        tested: &[String],
        types: &[String],
        table: &QualifiedName,
        columns: Columns<'_>,
    ) -> String {
        let argument = argument.map(literal).unwrap_or_default();
        let schema = self.schema.tables.get(table);
        let operator = |name: &String| equal::operator(self.schema, equal::kind(schema, name));
        match (tested, types) {
            ([single], [kind]) => {
                let (left, base) = (column(single, table, columns, false), equal::kind(schema, single));
                let cast = equal::cast(self.schema, base);
                let kind = if cast.is_empty() { kind } else { base };
                format!("{left}{cast} {} any ((select {function}({argument}))::{kind}[])", operator(single))
            }
            _ if tested.iter().all(|name| operator(name) == "=") => {
                let left: Vec<String> = tested.iter().map(|name| column(name, table, columns, false)).collect();
                let right: Vec<String> = (1..=tested.len()).map(|at| format!("k.key{at}")).collect();
                format!("({}) in (select {} from {function}({argument}) as k)", left.join(", "), right.join(", "))
            }
            // IN knows no operator of another schema.
            _ => {
                let pairs = tested.iter().zip(1..);
                let same = pairs.map(|(name, at)| {
                    let left = column(name, table, columns, true);
                    equal::equal(self.schema, equal::kind(schema, name), &left, &format!("k.key{at}"))
                });
                let same: Vec<String> = same.collect();
                format!("exists (select 1 from {function}({argument}) as k where {})", same.join(" and "))
            }
        }
    }

    /// Group words are true or false, never null: where that could show, a nullable column is tested first.
    fn never_null(
        &self,
        test: String,
        tested: &[String],
        table: &QualifiedName,
        columns: Columns<'_>,
        exact: bool,
    ) -> String {
        if !exact {
            return test;
        }
        let nullable: Vec<String> = tested
            .iter()
            .filter(|name| {
                self.schema.tables.get(table).and_then(|t| t.column(name)).is_none_or(|column| !column.not_null)
            })
            .map(|name| format!("{} is not null and ", column(name, table, columns, false)))
            .collect();
        format!("({}{test})", nullable.concat())
    }
}

/// Types of columns of a table, as SQL.
pub fn column_types(schema: &Catalog, table: &QualifiedName, columns: &[String]) -> Vec<String> {
    columns
        .iter()
        .map(|name| {
            schema
                .tables
                .get(table)
                .and_then(|t| t.column(name))
                .map_or_else(|| "text".to_owned(), |column| column.type_name.clone())
        })
        .collect()
}

/// A column of the row.
pub fn column(name: &str, table: &QualifiedName, columns: Columns<'_>, qualified: bool) -> String {
    match columns {
        Columns::Alias(alias) => format!("{alias}.{}", ident(name)),
        Columns::Policy if qualified => column(name, table, Columns::Qualified, true),
        Columns::Qualified => format!("{}.{}", table.sql(), ident(name)),
        Columns::Policy => ident(name),
    }
}

/// A constant as SQL.
pub fn constant_sql(constant: &Constant) -> String {
    match constant {
        Constant::Null => "null".to_owned(),
        Constant::Bool(value) => value.to_string(),
        Constant::Number(text) if text.starts_with('-') => format!("({text})"),
        Constant::Number(text) => text.clone(),
        Constant::Text(text) => literal(text),
    }
}

/// What follows an operand of IS.
pub fn is_sql(test: IsTest) -> &'static str {
    match test {
        IsTest::Null => "is null",
        IsTest::NotNull => "is not null",
        IsTest::True => "is true",
        IsTest::NotTrue => "is not true",
        IsTest::False => "is false",
        IsTest::NotFalse => "is not false",
        IsTest::Unknown => "is unknown",
        IsTest::NotUnknown => "is not unknown",
    }
}

/// A comparison operator as SQL.
pub fn compare_sql(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Eq => "=",
        CompareOp::Ne => "<>",
        CompareOp::Lt => "<",
        CompareOp::Le => "<=",
        CompareOp::Gt => ">",
        CompareOp::Ge => ">=",
        CompareOp::Distinct => "is distinct from",
        CompareOp::NotDistinct => "is not distinct from",
    }
}

fn is_simple(expr: &Expr) -> bool {
    matches!(expr, Expr::Constant(_) | Expr::Column(_) | Expr::Me | Expr::Claim(_) | Expr::Agent | Expr::Human)
}
