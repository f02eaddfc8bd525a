//! Meetings Online as a library, started on a host.
