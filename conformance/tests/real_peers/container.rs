//! Our IP Office in a container of its own, reached over the container network: nothing of it may depend on loopback.

use std::process::{Command, Stdio};

use testcontainers::core::{IntoContainerPort, WaitFor};
use testcontainers::runners::AsyncRunner;
use testcontainers::{GenericImage, ImageExt};

use crate::lab::{Failure, Lab};
use crate::{solstice, wav};

const IMAGE: &str = "solstice-under-test";

/// Whether a container engine answers.
pub(crate) fn engine_runs() -> bool {
    Command::new("docker")
        .arg("info")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Our phone, outside, registers at our IP Office, inside, and hears its tone.
pub(crate) fn our_phone_hears_the_tone_of_a_container() -> Result<(), Failure> {
    import_image()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let config = r#"{"users":[{"extension":"201","password":"2012012012"}]}"#;
        let container = GenericImage::new(IMAGE, "latest")
            .with_exposed_port(5060.tcp())
            .with_wait_for(WaitFor::message_on_stdout("ready"))
            .with_cmd([
                "/solstice",
                "serve",
                "ipoffice",
                "--bind",
                "0.0.0.0",
                "--config",
                "/config.json",
            ])
            .with_copy_to("/config.json", config.as_bytes().to_vec())
            .start()
            .await?;
        let address = address(container.id())?;
        let lab = Lab::new()?;
        let record = lab.path("record.wav");
        let registrar = format!("{address}:5060;transport=tcp");
        let heard = tokio::task::spawn_blocking(move || -> Result<wav::Heard, Failure> {
            solstice::call(&[
                "--registrar",
                &registrar,
                "--user",
                "201",
                "--password",
                "2012012012",
                "902",
                "--record",
                &record.to_string_lossy(),
                "--seconds",
                "4",
            ])?;
            wav::measure(&record)
        })
        .await??;
        drop(lab);
        if (heard.frequency_hz - 1000.0).abs() > 5.0 || heard.sounding_s < 3.0 {
            return Err(format!("expected 1000 Hz for 3 s, heard {heard:?}").into());
        }
        Ok(())
    })
}

/// The address of a container on the engine's own network.
fn address(id: &str) -> Result<String, Failure> {
    let format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    let output = Command::new("docker")
        .args(["inspect", "--format", format, id])
        .output()?;
    let address = String::from_utf8(output.stdout)?.trim().to_owned();
    if address.is_empty() {
        return Err(format!("no address: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(address)
}

/// An image of the binary under test and the libraries that it is linked to, and nothing else.
fn import_image() -> Result<(), Failure> {
    let binary = env!("CARGO_BIN_EXE_solstice");
    let linked = String::from_utf8(Command::new("ldd").arg(binary).output()?.stdout)?;
    let libraries = linked
        .split_whitespace()
        .filter(|word| word.starts_with('/'));
    let mut tar = Command::new("tar")
        .args([
            "--create",
            "--dereference",
            "--absolute-names",
            &format!("--transform=s,^{binary}$,/solstice,"),
            binary,
        ])
        .args(libraries)
        .stdout(Stdio::piped())
        .spawn()?;
    let files = tar.stdout.take().ok_or("no output of tar")?;
    let imported = Command::new("docker")
        .args(["import", "-", &format!("{IMAGE}:latest")])
        .stdin(files)
        .output()?;
    if !tar.wait()?.success() || !imported.status.success() {
        return Err(format!(
            "the image cannot be made: {}",
            String::from_utf8_lossy(&imported.stderr)
        )
        .into());
    }
    Ok(())
}
