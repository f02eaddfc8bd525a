//! Links before one host of this machine, as a fault plan wants them: what real phones and servers then meet.

use std::net::IpAddr;
use std::sync::Arc;

use super::World;
use super::shaper::Shaper;
use super::stage::strike_in_time;
use crate::faults::{FaultPlan, Judge, PlanError, Target};
use crate::topology::{Site, Topology};

/// The machine with one host of that name in a site of that name, whose links do what the plan says of this site. Time counts
/// from now; needs a runtime.
pub(crate) fn under(
    plan: &FaultPlan,
    name: &str,
    addresses: &[IpAddr],
) -> Result<Arc<World>, PlanError> {
    check(plan)?;
    let world = Arc::new(World::machine());
    let topology = Topology::new()
        .site(Site::new(name))
        .host(name, name, addresses);
    let changes: Vec<_> = plan
        .changes()
        .into_iter()
        .filter(|change| matches!(&change.fault.target, Target::Site { name: site, .. } if site == name))
        .collect();
    if !changes.is_empty() {
        // Nobody asks for the record, and a server may run for months.
        let judge = Judge::drawing(plan.seed).with_limit(0);
        world.lay_links(Shaper::new(&topology, &changes, judge), &changes);
        tokio::spawn(strike_in_time(world.clone(), Arc::default(), changes));
    }
    Ok(world)
}

/// Whether the plan asks only for what a machine among others can do: links are ours, hosts and clocks are the user's.
fn check(plan: &FaultPlan) -> Result<(), PlanError> {
    plan.check()?;
    for fault in &plan.faults {
        let reason = match &fault.target {
            Target::Site { .. } if fault.effect.stage().is_some() => continue,
            Target::Site { .. } => "on real sockets there is no NAT of ours to be rebound",
            Target::Pair { .. } => {
                "on real sockets the far end has no name: let it strike the link of a site"
            }
            Target::Host { .. } => {
                "on real sockets hosts and their clocks are the machine's: only links can be struck"
            }
        };
        return Err(PlanError::Fault {
            id: fault.id,
            reason: reason.to_owned(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
