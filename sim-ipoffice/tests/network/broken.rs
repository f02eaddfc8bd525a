//! Busy ports, garbage on every port, a system that stops: each a clear error, nothing else harmed.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use sip::user_agent::Transport;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::phone::Phone;
use crate::stage::{play, read, secured};

#[test]
fn a_busy_port_is_named() {
    play(json!({}), |stage| async move {
        let host = stage.world.host("ipo.example");
        let (config, _) = secured(
            &host,
            &read(json!({"ports": {"http": 8080, "https": 8443}})),
        );
        let error = sim_ipoffice::start(&host, config)
            .await
            .expect_err("the ports are taken");
        assert_eq!(
            error.to_string(),
            "IP Office cannot listen on 10.0.0.1:5060 (UDP): address already in use; free the port or give another one in `ports`"
        );
        let (config, _) = secured(
            &host,
            &read(json!({"ports": {"sip": 6060, "sip_tls": 6061}})),
        );
        let error = sim_ipoffice::start(&host, config)
            .await
            .expect_err("the ports are taken");
        assert!(
            error
                .to_string()
                .starts_with("IP Office cannot listen on 10.0.0.1:80 (HTTP)"),
            "{error}"
        );
    });
}

#[test]
fn garbage_on_every_port_harms_nothing() {
    play(json!({"ports": {"preferred": true}}), |stage| async move {
        let mallory = stage.world.host("mallory");
        let office: std::net::IpAddr = "10.0.0.1".parse().unwrap();
        let socket = mallory
            .udp(SocketAddr::new(mallory.addresses()[0], 0))
            .await
            .unwrap();
        let line = format!("OPTIONS sip:a SIP/2.0\r\nX: {}", "y".repeat(1 << 20));
        for garbage in [
            &[0xff; 60_000][..],
            b"\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
            line.as_bytes(),
            b"\x16\x03\x01\xff\xff",
        ] {
            let datagram = &garbage[..garbage.len().min(60_000)];
            let _ = socket
                .send_to(datagram, SocketAddr::new(office, 5060))
                .await;
            for port in [5060, 5061, 80, 443, 8411, 411] {
                let mut stream = mallory
                    .connect(SocketAddr::new(office, port))
                    .await
                    .unwrap();
                // The office may close before all is written.
                let _ = stream.write_all(garbage).await;
                let _ = stream.shutdown().await;
                let mut answer = [0; 1024];
                let patience = mallory.sleep(Duration::from_secs(1));
                tokio::select! {
                    biased;
                    _ = stream.read(&mut answer) => {}
                    () = patience => {}
                }
            }
        }
        for (name, extension, transport) in [
            ("alice", "201", Transport::Udp),
            ("bob", "202", Transport::Tcp),
            ("carol", "203", Transport::Tls),
        ] {
            let host = stage.world.host(name);
            let mut phone = Phone::new(&host, extension, transport, &stage.trust)
                .await
                .register()
                .await;
            let call = phone.call("901");
            phone.answered().await;
            phone.talk(Duration::from_secs(1), 3).await;
            assert!(phone.heard.len() >= 45, "{}", phone.heard.len());
            phone.hang_up(call).await;
        }
    });
}

#[test]
fn a_stopped_system_answers_nothing_and_frees_its_ports() {
    play(json!({}), |stage| async move {
        stage.office.stop();
        let alice = stage.world.host("alice");
        alice.sleep(Duration::from_secs(1)).await;
        assert_eq!(stage.office.ask(|office| office.is_idle()).await, None);
        assert!(
            alice
                .connect("10.0.0.1:5060".parse().unwrap())
                .await
                .is_err()
        );
        let host = stage.world.host("ipo.example");
        let (config, trust) = secured(&host, &read(json!({})));
        sim_ipoffice::start(&host, config)
            .await
            .expect("the ports are free again");
        Phone::new(&alice, "201", Transport::Tls, &trust)
            .await
            .register()
            .await;
    });
}
