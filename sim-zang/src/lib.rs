//! Zang Spaces as a library, started on a host.
