//! The small exchange of the client's own tests, on a host: SIP over UDP, TCP and TLS, settings over HTTP and HTTPS.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use net::tls::{Authority, Validity, server_config};
use net::{FlowEvent, Flows, Host, Transport};
use sip::flow::{FlowEnd, FlowId};
use sip::user_agent::{Input, Output};

use crate::pbx::Pbx;

/// Runs the exchange under the names its certificate bears.
pub(crate) async fn run(
    host: Host,
    authority: Authority,
    names: &'static [&'static str],
    settings: String,
) {
    let validity = Validity::around(host.utc());
    let identity = authority.issue(names, &[], validity).expect("issued");
    let tls = server_config(&host, &identity);
    serve_settings(&host, &tls, settings).await;
    let mut flows = Flows::new(&host);
    flows.bind_udp(any(&host, 5060));
    flows.listen(any(&host, 5060), None);
    flows.listen(any(&host, 5061), Some(tls));
    let mut pbx: Option<Pbx> = None;
    loop {
        let now = host.now();
        if let Some(pbx) = &mut pbx {
            while let Some(output) = next(pbx, now) {
                match output {
                    Output::SendTo {
                        flow,
                        remote,
                        bytes,
                    } => flows.send_to(net::FlowId(flow.0), remote, &bytes),
                    Output::Send { flow, bytes } => {
                        let _ = flows.send(net::FlowId(flow.0), &bytes);
                    }
                    Output::Close { flow } => flows.close(net::FlowId(flow.0)),
                    Output::Abort { flow } => flows.abort(net::FlowId(flow.0)),
                    Output::Connect { .. } | Output::Event(_) | Output::Wait(_) => {}
                }
            }
        }
        let deadline = pbx.as_mut().and_then(|pbx| match pbx.poll(now) {
            Output::Wait(deadline) => deadline,
            output => unreachable!("drained, but {output:?}"),
        });
        let input = tokio::select! {
            biased;
            event = flows.next() => match (event, &pbx) {
                // The UDP socket is the first flow of all.
                (FlowEvent::Bound { flow, local }, None) => {
                    let local = SocketAddr::new(host.addresses()[0], local.port());
                    pbx = Some(Pbx::at(FlowId(flow.0), local));
                    continue;
                }
                (event, _) => translate(event),
            },
            () = sleep(&host, deadline) => Some(Input::Timeout),
        };
        if let (Some(pbx), Some(input)) = (&mut pbx, input) {
            pbx.agent.handle(host.now(), input);
        }
    }
}

fn next(pbx: &mut Pbx, now: std::time::Duration) -> Option<Output> {
    match pbx.poll(now) {
        Output::Wait(_) => None,
        output => Some(output),
    }
}

fn translate(event: FlowEvent) -> Option<Input> {
    Some(match event {
        FlowEvent::Datagram {
            flow,
            source,
            bytes,
        } => Input::Datagram {
            flow: FlowId(flow.0),
            source,
            bytes,
        },
        FlowEvent::Opened {
            flow,
            transport,
            local,
            remote,
            ..
        } => {
            let transport = match transport {
                Transport::Udp => sip::flow::Transport::Udp,
                Transport::Tcp => sip::flow::Transport::Tcp,
                Transport::Tls => sip::flow::Transport::Tls,
            };
            Input::Opened {
                flow: FlowId(flow.0),
                transport,
                local,
                remote,
            }
        }
        FlowEvent::Bytes { flow, bytes } => Input::Bytes {
            flow: FlowId(flow.0),
            bytes,
        },
        FlowEvent::Closed { flow, .. } | FlowEvent::Failed { flow, .. } => Input::Closed {
            flow: FlowId(flow.0),
            end: FlowEnd::Closed,
        },
        FlowEvent::Bound { .. } => return None,
    })
}

/// The settings file, and addresses from which it has moved: to a protected one, to an open one, and round and round.
async fn serve_settings(host: &Host, tls: &Arc<rustls::ServerConfig>, settings: String) {
    let moved = |location: &'static str| get(move || async move { Redirect::to(location) });
    let router = Router::new()
        .route("/46xxsettings.txt", get(move || async move { settings }))
        .route("/moved.txt", moved("https://pbx.example/46xxsettings.txt"))
        .route("/open.txt", moved("http://pbx.example/46xxsettings.txt"))
        .route("/loop.txt", moved("loop.txt"));
    for (port, tls) in [(80, None), (443, Some(tls.clone()))] {
        let serving = net::http::serve(host, any(host, port), router.clone(), tls)
            .await
            .expect("a free port");
        std::mem::forget(serving);
    }
}

async fn sleep(host: &Host, deadline: Option<std::time::Duration>) {
    match deadline {
        Some(deadline) => host.sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// All addresses of the host's family.
fn any(host: &Host, port: u16) -> SocketAddr {
    if host.addresses()[0].is_ipv4() {
        SocketAddr::from(([0; 4], port))
    } else {
        SocketAddr::from(([0_u16; 8], port))
    }
}
