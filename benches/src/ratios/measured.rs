//! What criterion has just measured, from the files that it keeps.

use std::fs;
use std::path::{Path, PathBuf};

/// The median time an element in ns of one measurement.
pub(super) fn element_ns(measurement: &Path) -> Option<f64> {
    let read = |name: &str| -> Option<serde_json::Value> {
        serde_json::from_str(&fs::read_to_string(measurement.join("new").join(name)).ok()?).ok()
    };
    let median_ns = read("estimates.json")?["median"]["point_estimate"].as_f64()?;
    let throughput = &read("benchmark.json")?["throughput"];
    let elements = throughput["Elements"]
        .as_f64()
        .or_else(|| throughput["Bytes"].as_f64());
    Some(median_ns / elements.unwrap_or(1.0))
}

/// Where criterion puts its results.
pub(super) fn folder() -> PathBuf {
    let target = || {
        std::env::var_os("CARGO_TARGET_DIR").map(|target| PathBuf::from(target).join("criterion"))
    };
    let home = std::env::var_os("CRITERION_HOME").map(PathBuf::from);
    home.or_else(target)
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/criterion"))
}
