use std::fmt::Write as _;

use super::*;

const NOW: Duration = Duration::from_secs(100);

/// The machine as it is on entering `state` at [`NOW`], by the shortest way there.
fn machine_in(state: State, reliable: bool) -> Client {
    let mut machine = Client::new(NOW, reliable);
    match state {
        Trying => {}
        Proceeding => drop(machine.handle(NOW, Input::Response(100))),
        Completed => machine.enter(Completed, Some(NOW + T4)),
        Terminated => machine.enter(Terminated, None),
    }
    machine
}

/// Every state × every input: the state after it, what is to be done, and when the machine wants to be woken.
fn table(reliable: bool) -> String {
    let mut table = String::new();
    for state in [Trying, Proceeding, Completed, Terminated] {
        for input in [
            Input::Response(100),
            Input::Response(200),
            Input::Response(404),
            Input::Timeout,
            Input::Lost,
        ] {
            let mut machine = machine_in(state, reliable);
            let deadline = machine.deadline();
            // A timeout comes when it was asked for; all else a millisecond after the state was entered.
            let now = match (input, deadline) {
                (Input::Timeout, Some(deadline)) => deadline,
                _ => NOW + Duration::from_millis(1),
            };
            let action = machine.handle(now, input);
            let wake = match machine.deadline() {
                Some(deadline) => format!("{} ms later", (deadline - now).as_millis()),
                None => "never".to_owned(),
            };
            writeln!(
                table,
                "{state:?} + {input:?} -> {:?}, {action:?}, wake {wake}",
                machine.state()
            )
            .unwrap();
        }
    }
    table
}

#[test]
fn the_whole_table_on_unreliable_transports() {
    insta::assert_snapshot!(table(false));
}

#[test]
fn the_whole_table_on_reliable_transports() {
    insta::assert_snapshot!(table(true));
}

#[test]
fn a_silent_peer_gets_eleven_requests_in_32_seconds() {
    let mut machine = Client::new(NOW, false);
    let mut sent_ms = vec![0];
    loop {
        let now = machine.deadline().unwrap();
        match machine.handle(now, Input::Timeout) {
            Action::Transmit => sent_ms.push((now - NOW).as_millis()),
            action @ (Action::Nothing
            | Action::Trying
            | Action::Deliver
            | Action::Acknowledge
            | Action::AcknowledgeAndDeliver
            | Action::Fail(_)) => {
                assert_eq!(action, Action::Fail(Failure::Silence));
                break;
            }
        }
    }
    assert_eq!(
        sent_ms,
        [
            0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500
        ]
    );
}
