//! The softphone as a library: commands in, events out.
