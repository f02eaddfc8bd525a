//! `solstice list`: the scenarios, or the requirements, or what the selectors choose.

use clap::Args;

use super::{Status, Trouble};
use crate::requirements;
use crate::scenario::Scenario;
use crate::scenarios;

/// What to list.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Areas, names of scenarios, or ids of requirements; all if none is given
    selectors: Vec<String>,
    /// List the requirements and the scenarios that prove them
    #[arg(long)]
    requirements: bool,
}

/// Lists.
pub fn carry_out(arguments: &Arguments, say: &mut dyn FnMut(&str)) -> Result<Status, Trouble> {
    let chosen = scenarios::select(&arguments.selectors)?;
    if arguments.requirements {
        list_requirements(arguments, &chosen, say);
    } else {
        chosen.iter().for_each(|scenario| say(&line(scenario)));
        say(&format!("{} scenarios", chosen.len()));
        if arguments.selectors.is_empty() {
            say("and, as they take longer than all others together, only when named:");
            scenarios::LONG
                .iter()
                .for_each(|scenario| say(&line(scenario)));
        }
    }
    Ok(Status::Expected)
}

fn list_requirements(arguments: &Arguments, chosen: &[&Scenario], say: &mut dyn FnMut(&str)) {
    for requirement in requirements::all() {
        let names: Vec<_> = chosen
            .iter()
            .filter(|scenario| scenario.proves.contains(&requirement))
            .map(|scenario| scenario.name)
            .collect();
        if arguments.selectors.is_empty() || !names.is_empty() {
            let proof = if names.is_empty() {
                "not proven yet".to_owned()
            } else {
                names.join(", ")
            };
            say(&format!(
                "{:<7} {:<8} {}\n        {proof}",
                requirement.id,
                requirement.level.name(),
                requirement.text
            ));
        }
    }
}

fn line(scenario: &Scenario) -> String {
    let ids: Vec<_> = scenario
        .proves
        .iter()
        .map(|requirement| requirement.id)
        .collect();
    format!(
        "{:<44} {:<28} {}",
        scenario.name,
        ids.join(" "),
        scenario.title
    )
}
