//! The models that every project has, written as a user would write them. A project's own definition of a name replaces the
//! one here. Read by the same reader as `access.toml`; resolve puts them to use.

use crate::source::Sources;
use crate::syntax::access;
use crate::syntax::ast::ModelDefinition;

/// The built-in models as `access.toml` text; `pgseal models` shows it.
///
/// In it `visitor` stands for the project's anonymous role, whatever its name.
pub const TEXT: &str = r#"# A row belongs to the user that its column `owner` names: that user may do everything with it, nobody else anything.
[models."owned(owner)"]
select = "owner = me()"
insert = "owner = me()"
update = "owner = me()"
delete = "owner = me()"

# A row belongs to the row that its foreign key `fk` points to: who may select that may select this, who may update that may
# insert, update and delete this.
[models."via(fk)"]
select = "via(fk, 'select')"
insert = "via(fk, 'update')"
update = "via(fk, 'update')"
delete = "via(fk, 'update')"

# Everybody may read every row, visitors included. Nobody may write.
[models.public_read]
for.visitor.select = "true"

# Who is named in the column `owner` may add rows and read their own. Nobody may change or delete any.
[models."append_only(owner)"]
select = "owner = me()"
insert = "owner = me()"

# Nobody may do anything: for tables that only definer functions touch.
[models.sealed]
select = "false"
"#;

/// The built-in models, parsed. Their spans point into [`TEXT`], not into a file of the user's.
pub fn definitions() -> Vec<ModelDefinition> {
    let mut sources = Sources::default();
    let file = sources.add("built-in models", TEXT);
    access::parse(&sources, &[file]).0.models
}
