//! `pgseal.toml`: settings of whoever operates. Text in, [`Settings`] and findings out.

/// What `pgseal.toml` says, with defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `name`: the project's name; defaults to the folder's name, made fit by the reader's caller.
    pub name: String,
    /// `role_prefix`: what every role's name begins with; the name unless set.
    pub role_prefix: String,
    /// `[paths] access`: files or folders, relative to the project. Default `access.toml`, then `access/*.toml`.
    pub access_paths: Vec<String>,
    /// `[paths] schema`: default `schema`.
    pub schema_paths: Vec<String>,
    /// `[schema] add_indexes`: add the indexes that policies need.
    pub add_indexes: bool,
    /// `scratch_url`: a server to use instead of the embedded one.
    pub scratch_url: Option<String>,
    /// `external`: tables of a platform that schema files refer to, `auth.users(id uuid)`.
    pub external: Vec<String>,
}
