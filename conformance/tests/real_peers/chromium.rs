//! Headless Chromium, driven through chromedriver: a browser that we did not write, with its own WebRTC.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::{Client, ClientBuilder};
use serde_json::{Value, json};

use crate::lab::{Failure, Lab, free_port_pair};

/// One browser with a window; dropped, its driver and it are ended.
pub(crate) struct Chromium {
    driver: Child,
    window: Client,
}

impl Chromium {
    /// Starts driver and browser, with a fake microphone and no questions asked.
    pub(crate) async fn start(lab: &Lab) -> Result<Self, Failure> {
        let port = free_port_pair()?;
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .arg(format!(
                "--log-path={}",
                lab.path("chromedriver.log").display()
            ))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let profile = lab.folder("chromium-profile")?;
        let arguments = [
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--disable-features=WebRtcHideLocalIpsWithMdns".to_owned(),
            "--use-fake-ui-for-media-stream".to_owned(),
            "--use-fake-device-for-media-stream".to_owned(),
            "--autoplay-policy=no-user-gesture-required".to_owned(),
            "--ignore-certificate-errors".to_owned(),
            format!("--user-data-dir={}", profile.display()),
        ];
        let mut capabilities = serde_json::Map::new();
        capabilities.insert(
            "goog:chromeOptions".to_owned(),
            json!({"binary": "/usr/bin/chromium", "args": arguments}),
        );
        capabilities.insert("acceptInsecureCerts".to_owned(), json!(true));
        let address = format!("http://127.0.0.1:{port}");
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let mut builder =
                ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
            match builder
                .capabilities(capabilities.clone())
                .connect(&address)
                .await
            {
                Ok(window) => return Ok(Self { driver, window }),
                Err(error) if Instant::now() > until => {
                    return Err(format!("no browser session: {error}").into());
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }

    /// Opens a page.
    pub(crate) async fn open(&self, url: &str) -> Result<(), Failure> {
        Ok(self.window.goto(url).await?)
    }

    /// Runs a script in the page; gives what it returns.
    pub(crate) async fn run(&self, script: &str) -> Result<Value, Failure> {
        Ok(self.window.execute(script, Vec::new()).await?)
    }

    /// Runs a script again and again until its value pleases.
    pub(crate) async fn wait(
        &self,
        script: &str,
        within: Duration,
        pleases: impl Fn(&Value) -> bool,
    ) -> Result<Value, Failure> {
        let until = Instant::now() + within;
        loop {
            let value = self.run(script).await?;
            if pleases(&value) {
                return Ok(value);
            }
            if Instant::now() > until {
                return Err(format!("`{script}` is still {value} after {within:?}").into());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Closes the window; without it the browser ends with its driver.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        Ok(self.window.clone().close().await?)
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
