//! Criterion benchmarks, one file a question.
