use std::fmt::Write as _;

use super::*;

const NOW: Duration = Duration::from_secs(100);

/// The machine as it is on entering `state` at [`NOW`], by the shortest way there.
fn machine_in(state: State, reliable: bool) -> InviteClient {
    let mut machine = InviteClient::new(NOW, reliable);
    match state {
        Calling => {}
        Proceeding => machine.enter(Proceeding, None),
        Completed => machine.enter(Completed, Some(NOW + TIMER_D)),
        Accepted => machine.enter(Accepted, Some(NOW + TIMEOUT)),
        Terminated => machine.enter(Terminated, None),
    }
    machine
}

/// Every state × every input: the state after it, what is to be done, and when the machine wants to be woken.
fn table(reliable: bool) -> String {
    let mut table = String::new();
    for state in [Calling, Proceeding, Completed, Accepted, Terminated] {
        for input in [
            Input::Response(180),
            Input::Response(200),
            Input::Response(486),
            Input::Timeout,
            Input::Lost,
            Input::Abandon,
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
fn a_silent_peer_gets_seven_invites_in_32_seconds() {
    let mut machine = InviteClient::new(NOW, false);
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
                assert_eq!(now - NOW, TIMEOUT);
                break;
            }
        }
    }
    assert_eq!(sent_ms, [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]);
}
