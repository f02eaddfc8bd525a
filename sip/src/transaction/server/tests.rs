use std::fmt::Write as _;

use super::*;

const NOW: Duration = Duration::from_secs(100);

/// The machine as it is on entering `state` at [`NOW`], by the shortest way there.
fn machine_in(state: State, reliable: bool) -> Server {
    let mut machine = Server::new(NOW, reliable);
    match state {
        Trying => {}
        Proceeding => drop(machine.handle(NOW, Input::Respond(100))),
        Completed => machine.enter(Completed, Some(NOW + TIMEOUT)),
        Terminated => machine.enter(Terminated, None),
    }
    machine
}

/// Every state × every input: the state after it, what is to be done, and when the machine wants to be woken.
fn table(reliable: bool) -> String {
    let mut table = String::new();
    for state in [Trying, Proceeding, Completed, Terminated] {
        for input in [
            Input::Request,
            Input::Respond(100),
            Input::Respond(200),
            Input::Respond(404),
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
