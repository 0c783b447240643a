//! SQL that pgseal does not look into: its text, with the row's columns and pgseal's words taken out.

use std::collections::BTreeSet;

use pg_query::NodeEnum;
use pg_query::protobuf::{
    FuncCall, JoinExpr, JoinType, Node, ParamRef, SelectStmt, SqlValueFunctionOp, SubLink, Token,
};

use super::refuse::{check_call, refused_clause, session_dependent, unsupported, value_function};
use super::scope::{self, Item, Place, Scopes};
use super::tree::IntoNode;
use super::{Reader, tree};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::term::{Piece, Sql, Term, Unplaced};
use crate::syntax::tokens;

/// What is gathered on the way through one piece of SQL.
#[derive(Default)]
struct Gathered {
    holes: Vec<Piece>,
    functions: BTreeSet<Vec<String>>,
    relations: BTreeSet<Vec<String>>,
    reads: BTreeSet<(Vec<String>, String)>,
    subselect: Option<Span>,
}

impl Reader<'_> {
    /// An expression as text with holes.
    pub(super) fn sql(&mut self, node: &Node) -> Option<Term> {
        let span = self.node_span(node);
        let mut node = node.clone();
        let mut gathered = Gathered::default();
        self.take(&mut node, &Scopes::default(), &mut gathered)?;
        let Some(pieces) = pieces(&node, gathered.holes) else {
            self.findings.push(
                Diagnostic::error(
                    "rule-unprintable",
                    span,
                    "this SQL cannot be written back without changing what it means",
                )
                .help("put it into a function, and call that with plain arguments"),
            );
            return None;
        };
        let Gathered { functions, relations, reads, subselect, .. } = gathered;
        Some(Term::Sql(Sql { pieces, functions, subselect, relations, reads, span }))
    }

    /// Takes columns and words out of a tree and puts a numbered parameter in the place of each.
    fn take(&mut self, node: &mut Node, scopes: &Scopes, gathered: &mut Gathered) -> Option<()> {
        let Some(inner) = node.node.as_mut() else { return Some(()) };
        self.lint(inner);
        let hole = match inner {
            NodeEnum::ColumnRef(column) => {
                let name = self.column(column)?;
                match scopes.place(&name.parts) {
                    Place::Row => Piece::Hole(Term::Column(name)),
                    Place::Unplaced { relations, inner } => {
                        Piece::Unplaced(Unplaced { column: name, relations, inner })
                    }
                    Place::Inner(relation) => {
                        if let (Some(relation), Some(column)) = (relation, name.parts.last()) {
                            gathered.reads.insert((relation, column.clone()));
                        }
                        return Some(());
                    }
                    Place::Unknown => {
                        let written = name.parts.join(".");
                        self.findings.push(
                            Diagnostic::error(
                                "ambiguous-column",
                                name.span,
                                format!("cannot tell whose column `{written}` is"),
                            )
                            .help("qualify it with the name of its table or alias"),
                        );
                        return None;
                    }
                }
            }
            NodeEnum::FuncCall(call) if self.is_word(call) => Piece::Hole(Term::Word(self.word(call, scopes)?)),
            NodeEnum::FuncCall(call) if is_now(call) => {
                gathered.functions.insert(vec!["now".to_owned()]);
                Piece::Now
            }
            NodeEnum::SqlvalueFunction(value) if value.op() == SqlValueFunctionOp::SvfopCurrentTimestamp => {
                gathered.functions.insert(vec!["now".to_owned()]);
                Piece::Now
            }
            NodeEnum::SubLink(link) => {
                let span = self.place_of(&NodeEnum::SubLink(link.clone()));
                gathered.subselect.get_or_insert(span);
                return self.take_sub_link(link, scopes, gathered);
            }
            other => {
                self.check_kind(other, gathered)?;
                let mut fine = Some(());
                for child in tree::children(other)? {
                    fine = self.take(child, scopes, gathered).and(fine);
                }
                return fine;
            }
        };
        gathered.holes.push(hole);
        let number = i32::try_from(gathered.holes.len()).ok()?;
        *node = NodeEnum::ParamRef(ParamRef { number, location: 0 }).into_node();
        Some(())
    }

    /// Refuses what has no place in a rule and notes the functions that are called.
    fn check_kind(&mut self, node: &mut NodeEnum, gathered: &mut Gathered) -> Option<()> {
        let span = self.place_of(node);
        let finding = match node {
            NodeEnum::FuncCall(call) => {
                let name = tree::strings(&call.funcname)?;
                let finding = check_call(call, &name, self.name_span(call.location));
                gathered.functions.insert(name);
                finding
            }
            NodeEnum::SqlvalueFunction(value) => {
                let name = value_function(value.op());
                gathered.functions.insert(vec![name.to_owned()]);
                if value.op() == SqlValueFunctionOp::SvfopCurrentTimestampN {
                    let message = "the time that a rule asks for has no precision of its own: write `now()`";
                    self.findings.push(unsupported(span, message));
                    return None;
                }
                matches!(
                    value.op(),
                    SqlValueFunctionOp::SvfopCurrentRole
                        | SqlValueFunctionOp::SvfopCurrentUser
                        | SqlValueFunctionOp::SvfopUser
                        | SqlValueFunctionOp::SvfopSessionUser
                        | SqlValueFunctionOp::SvfopCurrentCatalog
                        | SqlValueFunctionOp::SvfopCurrentSchema
                )
                .then(|| session_dependent(name, span))
            }
            other => match tree::children(other) {
                Some(_) => None,
                None => Some(unsupported(span, "this kind of SQL has no place in a rule")),
            },
        };
        match finding {
            None => Some(()),
            Some(finding) => {
                self.findings.push(finding);
                None
            }
        }
    }

    fn take_sub_link(&mut self, link: &mut SubLink, scopes: &Scopes, gathered: &mut Gathered) -> Option<()> {
        if let Some(test) = link.testexpr.as_deref_mut() {
            self.take(test, scopes, gathered)?;
        }
        match link.subselect.as_deref_mut().and_then(|node| node.node.as_mut()) {
            Some(NodeEnum::SelectStmt(select)) => self.take_select(select, scopes, gathered),
            _ => None,
        }
    }

    fn take_select(&mut self, select: &mut SelectStmt, outer: &Scopes, gathered: &mut Gathered) -> Option<()> {
        if let Some(finding) = refused_clause(select, gathered.subselect.unwrap_or(self.text.span)) {
            self.findings.push(finding);
            return None;
        }
        if let (Some(left), Some(right)) = (select.larg.as_deref_mut(), select.rarg.as_deref_mut()) {
            return self.take_select(left, outer, gathered).and(self.take_select(right, outer, gathered));
        }
        let mut items = Vec::new();
        for node in &mut select.from_clause {
            self.take_from(node, outer, &mut items, gathered)?;
        }
        let scopes = outer.with(&items);
        // Conditions of joins see what the whole clause brings.
        for node in &mut select.from_clause {
            self.take_join_conditions(node, &scopes, gathered)?;
        }
        for node in &mut select.target_list {
            if let Some(NodeEnum::ResTarget(target)) = node.node.as_mut()
                && let Some(value) = target.val.as_deref_mut()
            {
                self.take(value, &scopes, gathered)?;
            }
        }
        let rest = select.values_lists.iter_mut().chain(select.where_clause.as_deref_mut());
        for node in rest.chain(select.limit_offset.as_deref_mut()).chain(select.limit_count.as_deref_mut()) {
            self.take(node, &scopes, gathered)?;
        }
        Some(())
    }

    /// Adds an item of FROM to the scope and takes what is in it.
    fn take_from(
        &mut self,
        node: &mut Node,
        outer: &Scopes,
        items: &mut Vec<Item>,
        gathered: &mut Gathered,
    ) -> Option<()> {
        let span = gathered.subselect.unwrap_or(self.text.span);
        match node.node.as_mut()? {
            NodeEnum::RangeVar(range) => {
                let renames = range.alias.as_ref().is_some_and(|alias| !alias.colnames.is_empty());
                if renames || !range.catalogname.is_empty() {
                    let message = "a table in a sub-select may have an alias, but no list of columns and no database";
                    self.findings.push(unsupported(self.name_span(range.location), message));
                    return None;
                }
                let relation = scope::relation_of(range);
                items.push(scope::table(range));
                // Pinned: a table of the same name in a temporary schema must not take its place.
                range.schemaname = relation.first()?.clone();
                gathered.relations.insert(relation);
                Some(())
            }
            NodeEnum::RangeSubselect(range) => {
                let scopes = if range.lateral { outer.with(items) } else { outer.clone() };
                let Some(NodeEnum::SelectStmt(select)) =
                    range.subquery.as_deref_mut().and_then(|node| node.node.as_mut())
                else {
                    return None;
                };
                items.push(scope::derived(range.alias.as_ref(), select));
                self.take_select(select, &scopes, gathered)
            }
            NodeEnum::RangeFunction(range) => {
                if !range.coldeflist.is_empty() {
                    self.findings.push(unsupported(
                        span,
                        "a function in FROM with a list of column types has no place in a rule",
                    ));
                    return None;
                }
                let scopes = outer.with(items);
                items.push(scope::function(range));
                for function in &mut range.functions {
                    self.take(function, &scopes, gathered)?;
                }
                Some(())
            }
            NodeEnum::JoinExpr(join) => self.take_join(join, outer, items, gathered),
            _ => {
                self.findings.push(unsupported(span, "this kind of FROM has no place in a rule"));
                None
            }
        }
    }

    fn take_join(
        &mut self,
        join: &mut JoinExpr,
        outer: &Scopes,
        items: &mut Vec<Item>,
        gathered: &mut Gathered,
    ) -> Option<()> {
        let span = gathered.subselect.unwrap_or(self.text.span);
        if join.is_natural {
            self.findings.push(unsupported(span, "a NATURAL join depends on what columns there happen to be"));
            return None;
        }
        if join.jointype() != JoinType::JoinInner {
            self.findings.push(
                Diagnostic::error(
                    "subselect-fails-open",
                    span,
                    "a row that the caller cannot see makes an outer join match nothing",
                )
                .help("use an inner join, or declare a group, which is read by the seal role"),
            );
            return None;
        }
        let before = items.len();
        self.take_from(join.larg.as_deref_mut()?, outer, items, gathered)?;
        self.take_from(join.rarg.as_deref_mut()?, outer, items, gathered)?;
        for column in tree::strings(&join.using_clause)? {
            let sides: Vec<Vec<String>> = items.iter().skip(before).filter_map(Item::relation).collect();
            gathered.reads.extend(sides.into_iter().map(|relation| (relation, column.clone())));
        }
        items.extend(join.alias.as_ref().or(join.join_using_alias.as_ref()).map(scope::joined));
        Some(())
    }

    fn take_join_conditions(&mut self, node: &mut Node, scopes: &Scopes, gathered: &mut Gathered) -> Option<()> {
        let Some(NodeEnum::JoinExpr(join)) = node.node.as_mut() else { return Some(()) };
        for side in join.larg.as_deref_mut().into_iter().chain(join.rarg.as_deref_mut()) {
            self.take_join_conditions(side, scopes, gathered)?;
        }
        match join.quals.as_deref_mut() {
            Some(condition) => self.take(condition, scopes, gathered),
            None => Some(()),
        }
    }
}

/// Prints a tree with parameters for holes and splits the text at them; none if what is printed reads differently.
/// Whether a call asks for the time at which the transaction or the statement began.
fn is_now(call: &FuncCall) -> bool {
    let name = tree::strings(&call.funcname).unwrap_or_default();
    let plain = match name.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["pg_catalog", name] | [name] => *name,
        _ => return false,
    };
    call.args.is_empty() && matches!(plain, "now" | "transaction_timestamp" | "statement_timestamp")
}

fn pieces(node: &Node, holes: Vec<Piece>) -> Option<Vec<Piece>> {
    let text = tree::print(node)?;
    let mut left: Vec<Option<Piece>> = holes.into_iter().map(Some).collect();
    let mut pieces: Vec<Piece> = Vec::new();
    // The same text with plain names for holes: it must read the same too, because that is how columns will be printed.
    let mut trial = String::new();
    let mut upto = 0;
    let scanned = tokens::scan(&text).ok()?;
    for (index, token) in scanned.iter().enumerate().filter(|(_, token)| token.token() == Token::Param) {
        let (start, end) = tokens::range(token);
        let number: usize = text.get(start + 1..end)?.parse().ok()?;
        let hole = left.get_mut(number.checked_sub(1)?)?.take()?;
        // A field of a column: `(address).city`, which without parentheses is a column of a table.
        let field = scanned.get(index + 1).is_some_and(|next| next.token() == Token::Ascii46);
        let (before, after) = if field { ("(", ")") } else { ("", "") };
        let between = format!("{}{before}", text.get(upto..start)?);
        trial = format!("{trial}{between}seal_hole_{number}{after}");
        push_text(&mut pieces, &between);
        pieces.push(hole);
        push_text(&mut pieces, after);
        upto = end;
    }
    let end = text.get(upto..)?;
    trial.push_str(end);
    push_text(&mut pieces, end);
    let all_placed = left.iter().all(Option::is_none);
    (all_placed && tree::reads_as(&trial, &tree::with_named_holes(node)?)).then_some(pieces)
}

fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(Piece::Text(last)) => last.push_str(text),
        _ => pieces.push(Piece::Text(text.to_owned())),
    }
}
