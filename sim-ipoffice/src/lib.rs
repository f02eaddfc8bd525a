//! IP Office R11 as a library, started on a host.
