//! `[models]`: named sets of rules with parameters, and what a use of one expands to.
//!
//! INVARIANT: a parameter stands for columns of the table that uses the model and is put in at the level of terms, never of
//! text; whatever a parameter is called, a use cannot capture or be captured.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Resolver;
use crate::model::builtin;
use crate::source::{Span, Spanned};
use crate::sql::QualifiedName;
use crate::syntax::ast::{Rules, Text};
use crate::syntax::rule::{self, Call};
use crate::syntax::term::{ColumnName, Piece, Sql, Term, Unplaced, Word};

/// A model as it was defined.
pub(super) struct Definition {
    parameters: Vec<String>,
    rules: Rules,
    /// Whether pgseal brings it: its spans then point into no file of the user's.
    builtin: bool,
}

/// One set of rules that a table gets: its own entry, or a model that it names, with the arguments of that use.
pub(super) struct Layer {
    /// The rules as written.
    pub rules: Rules,
    /// The model's name; none for the table's own entry.
    pub model: Option<String>,
    /// Whether pgseal brings the model.
    pub builtin: bool,
    arguments: BTreeMap<String, Spanned<Vec<String>>>,
    /// The entry that names the model.
    used_at: Option<Span>,
}

impl Layer {
    /// Where to say that a rule of this layer stands: built-in models have no file.
    pub(super) fn place(&self, written: Span) -> Span {
        match self.used_at {
            Some(span) if self.builtin => span,
            _ => written,
        }
    }

    /// The text of a rule, with its place.
    pub(super) fn text(&self, text: &Text) -> Text {
        match self.used_at {
            Some(span) if self.builtin => Text { text: text.text.clone(), span, origin: None },
            _ => text.clone(),
        }
    }

    /// The columns that a column named in `columns.NAME` stands for: itself, or a parameter's.
    pub(super) fn column_names(&self, name: &str, span: Span) -> Spanned<Vec<String>> {
        match self.arguments.get(name) {
            Some(columns) => columns.clone(),
            None => Spanned::new(vec![name.to_owned()], self.used_at.unwrap_or(span)),
        }
    }

    /// Puts the arguments in for the parameters. What is not a parameter is a column of the table that uses the model, so its
    /// place becomes that of the use.
    pub(super) fn substitute(&self, term: Term) -> Term {
        let many = |terms: Vec<Term>| terms.into_iter().map(|term| self.substitute(term)).collect();
        let boxed = |term: Box<Term>| Box::new(self.substitute(*term));
        match term {
            Term::Constant(_) => term,
            Term::Column(column) => self.substitute_column(column),
            Term::Word(word) => {
                Term::Word(Word { arguments: many(word.arguments), span: self.place(word.span), ..word })
            }
            Term::Tuple(terms, span) => Term::Tuple(many(terms), self.place(span)),
            Term::And(terms) => Term::And(many(terms)),
            Term::Or(terms) => Term::Or(many(terms)),
            Term::Not(inner) => Term::Not(boxed(inner)),
            Term::Is(inner, test) => Term::Is(boxed(inner), test),
            Term::Compare(op, left, right) => Term::Compare(op, boxed(left), boxed(right)),
            Term::Any(op, left, right) => Term::Any(op, boxed(left), boxed(right)),
            Term::In(left, list) => Term::In(boxed(left), many(list)),
            Term::Sql(sql) => Term::Sql(self.substitute_sql(sql)),
        }
    }

    fn substitute_sql(&self, sql: Sql) -> Sql {
        let pieces = sql
            .pieces
            .into_iter()
            .map(|piece| match piece {
                Piece::Hole(term) => Piece::Hole(self.substitute(term)),
                Piece::Unplaced(name) if self.is_parameter(&name.column) => {
                    Piece::Hole(self.substitute_column(name.column))
                }
                text @ (Piece::Text(_) | Piece::Unplaced(_) | Piece::Now) => text,
            })
            .collect();
        Sql { pieces, span: self.place(sql.span), ..sql }
    }

    /// Whether a name is one of the model's parameters.
    fn is_parameter(&self, column: &ColumnName) -> bool {
        matches!(column.parts.as_slice(), [name] if self.arguments.contains_key(name))
    }

    fn substitute_column(&self, column: ColumnName) -> Term {
        let argument = match column.parts.as_slice() {
            [name] => self.arguments.get(name),
            _ => None,
        };
        let Some(Spanned { value, span }) = argument else {
            return Term::Column(ColumnName { span: self.used_at.unwrap_or(column.span), ..column });
        };
        let mut columns: Vec<Term> =
            value.iter().map(|name| Term::Column(ColumnName { parts: vec![name.clone()], span: *span })).collect();
        if columns.len() == 1 { columns.remove(0) } else { Term::Tuple(columns, *span) }
    }
}

impl Resolver<'_> {
    /// Reports parameters that a relation of a sub-select would capture, because it has a column of that name.
    pub(super) fn check_capture(&mut self, layer: &Layer, term: &Term) {
        let mut captured = Vec::new();
        unplaced(term, &mut |name| {
            let Some(column) = name.column.parts.last().filter(|_| layer.is_parameter(&name.column)) else { return };
            let inner = name.relations.iter().any(|relation| match relation.as_slice() {
                [schema, table] => self.catalog.has_column(&QualifiedName::new(schema.clone(), table.clone()), column),
                _ => false,
            });
            if inner || name.inner {
                captured.push((column.clone(), name.column.span));
            }
        });
        for (column, span) in captured {
            let message = format!("`{column}` is a parameter and a column of what the sub-select reads");
            self.error("ambiguous-column", layer.place(span), message).help_with("give the parameter another name");
        }
    }

    pub(super) fn collect_models(&mut self) {
        let own = self.ast.models.clone();
        for (definitions, is_builtin) in [(builtin::definitions(), true), (own, false)] {
            for definition in definitions {
                let Some(call) = self.call(&definition.header) else { continue };
                let parameters = self.parameters(&call);
                let defined = Definition { parameters, rules: definition.rules, builtin: is_builtin };
                let earlier = self.models.insert(call.name.clone(), Rc::new(defined));
                if earlier.is_some_and(|earlier| !earlier.builtin) {
                    let message = format!("model `{}` is defined twice", call.name);
                    self.error("duplicate-model", definition.header.span, message)
                        .help_with("a model has one definition, whatever its parameters");
                }
            }
        }
    }

    fn call(&mut self, text: &Text) -> Option<Call> {
        match rule::parse_call(text) {
            Ok(call) => Some(call),
            Err(diagnostic) => {
                self.diagnostics.push(diagnostic);
                None
            }
        }
    }

    fn parameters(&mut self, call: &Call) -> Vec<String> {
        let mut parameters: Vec<String> = Vec::new();
        for argument in &call.arguments {
            let Spanned { value, span } = argument;
            match value.as_slice() {
                [name] if parameters.contains(name) => {
                    self.error(
                        "duplicate-parameter",
                        *span,
                        format!("model `{}` has the parameter `{name}` twice", call.name),
                    )
                    .help_with("give each parameter a name of its own");
                }
                [name] => parameters.push(name.clone()),
                _ => {
                    self.error(
                        "bad-parameter",
                        *span,
                        "a parameter is one name; its use may give several columns for it",
                    )
                    .help_with(format!("[models.\"{}(key)\"], and a table says `{}((a, b))`", call.name, call.name));
                }
            }
        }
        parameters
    }

    /// A table's own rules and those of the models that it names, the nearest first.
    pub(super) fn layers(&mut self, rules: &Rules) -> Vec<Layer> {
        let own =
            Layer { rules: rules.clone(), model: None, builtin: false, arguments: BTreeMap::new(), used_at: None };
        let mut layers = vec![own];
        while let Some(next) = layers.last().and_then(|layer| layer.rules.model.clone()) {
            let Some(layer) = self.next_layer(&next, &layers) else { break };
            layers.push(layer);
        }
        layers
    }

    fn next_layer(&mut self, text: &Text, above: &[Layer]) -> Option<Layer> {
        let user = above.last()?;
        let text = user.text(text);
        let call = self.call(&text)?;
        let Some(definition) = self.models.get(&call.name).cloned() else {
            let known: Vec<String> = self.models.iter().map(|(name, model)| header(name, &model.parameters)).collect();
            let names: Vec<String> = self.models.keys().cloned().collect();
            match crate::diagnostic::did_you_mean(&call.name, names.iter().map(String::as_str)) {
                Some(_) => {
                    self.unknown("unknown-model", "model", &call.name, text.span, names.iter().map(String::as_str))
                }
                None => self
                    .error("unknown-model", text.span, format!("unknown model `{}`", call.name))
                    .help_with(format!("models: {}", known.join(", "))),
            }
            return None;
        };
        if above.iter().any(|layer| layer.model.as_ref() == Some(&call.name)) {
            self.error("model-cycle", text.span, format!("model `{}` calls itself", call.name))
                .help_with("take the `model` key out of one of the models on the way");
            return None;
        }
        if call.arguments.len() != definition.parameters.len() {
            let message = format!("`{}` given to `{}`", text.text, header(&call.name, &definition.parameters));
            let message = format!("wrong number of arguments: {message}");
            self.error("wrong-arguments", text.span, message)
                .help_with(format!("write `{}` with columns of the table", header(&call.name, &definition.parameters)));
            return None;
        }
        let given = call.arguments.into_iter().map(|argument| user.argument(argument));
        let arguments = definition.parameters.iter().cloned().zip(given).collect();
        // The place of a chain of models is the table's own entry.
        let used_at = user.used_at.unwrap_or(text.span);
        Some(Layer {
            rules: definition.rules.clone(),
            model: Some(call.name),
            builtin: definition.builtin,
            arguments,
            used_at: Some(used_at),
        })
    }
}

impl Layer {
    /// An argument that this layer gives to the model that it names: its own parameters are put in.
    fn argument(&self, given: Spanned<Vec<String>>) -> Spanned<Vec<String>> {
        let mut span = self.used_at.unwrap_or(given.span);
        let mut value = Vec::new();
        for name in given.value {
            match self.arguments.get(&name) {
                Some(own) => {
                    value.extend(own.value.iter().cloned());
                    span = own.span;
                }
                None => value.push(name),
            }
        }
        Spanned::new(value, span)
    }
}

/// Calls `visit` for every name in the sub-selects of a term that is not placed yet.
fn unplaced(term: &Term, visit: &mut impl FnMut(&Unplaced)) {
    match term {
        Term::Constant(_) | Term::Column(_) => {}
        Term::Word(word) => word.arguments.iter().for_each(|term| unplaced(term, visit)),
        Term::Tuple(terms, _) | Term::And(terms) | Term::Or(terms) => {
            terms.iter().for_each(|term| unplaced(term, visit))
        }
        Term::Not(inner) | Term::Is(inner, _) => unplaced(inner, visit),
        Term::Compare(_, left, right) | Term::Any(_, left, right) => {
            unplaced(left, visit);
            unplaced(right, visit);
        }
        Term::In(left, list) => {
            unplaced(left, visit);
            list.iter().for_each(|term| unplaced(term, visit));
        }
        Term::Sql(sql) => {
            for piece in &sql.pieces {
                match piece {
                    Piece::Text(_) | Piece::Now => {}
                    Piece::Hole(term) => unplaced(term, visit),
                    Piece::Unplaced(name) => visit(name),
                }
            }
        }
    }
}

/// A model as it is defined: `tenant(key)`.
fn header(name: &str, parameters: &[String]) -> String {
    if parameters.is_empty() { name.to_owned() } else { format!("{name}({})", parameters.join(", ")) }
}
