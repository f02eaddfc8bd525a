//! The conformance suite and its command line, solstice.
