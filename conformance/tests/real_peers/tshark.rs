//! tshark, an independent reader of captures: what it counts must be what we report.

use std::path::Path;
use std::process::Command;

use crate::lab::Failure;

/// Runs tshark over a capture with a display filter; a line for each packet that passes, the named fields tab-separated.
pub(crate) fn fields(
    capture: &Path,
    filter: &str,
    fields: &[&str],
    decode_as: &[&str],
) -> Result<Vec<String>, Failure> {
    let mut command = Command::new("tshark");
    command
        .arg("-n")
        .arg("-r")
        .arg(capture)
        .args(["-Y", filter, "-T", "fields"]);
    for field in fields {
        command.args(["-e", field]);
    }
    for rule in decode_as {
        command.args(["-d", rule]);
    }
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!(
            "tshark refused {}: {}",
            capture.display(),
            String::from_utf8_lossy(&output.stderr)
        )
        .into());
    }
    Ok(String::from_utf8(output.stdout)?
        .lines()
        .map(str::to_owned)
        .collect())
}
