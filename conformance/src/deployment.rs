//! A deployment: sites, servers and people, as data that a stage is built from.

/// Sites, servers and people.
#[derive(Clone, Debug, Default)]
pub struct Deployment {}
