//! How many sockets the system lets this process have: raised as far as it allows, and what to do where that is too little.

/// Too few sockets.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "{wanted} open files are needed, and the system allows this process {allowed}; raise the hard limit (`ulimit -Hn {wanted}` as \
     root, LimitNOFILE of a service, /etc/security/limits.conf), make fewer calls, or make a --share of them"
)]
pub struct TooFew {
    /// What is needed.
    pub wanted: u64,
    /// The hard limit.
    pub allowed: u64,
}

/// Makes sure of so many open files.
#[cfg(unix)]
pub fn allow(wanted: u64) -> Result<(), TooFew> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // No limit is above any.
    let enough = |limit: Option<u64>| limit.is_none_or(|limit| limit >= wanted);
    if enough(limit.current) {
        return Ok(());
    }
    let allowed = limit.maximum.unwrap_or(u64::MAX);
    let raised = Rlimit {
        current: Some(wanted),
        maximum: limit.maximum,
    };
    if !enough(limit.maximum) || setrlimit(Resource::Nofile, raised).is_err() {
        return Err(TooFew { wanted, allowed });
    }
    Ok(())
}

/// Elsewhere there is no such limit.
#[cfg(not(unix))]
pub fn allow(_wanted: u64) -> Result<(), TooFew> {
    Ok(())
}

/// Allows as many as the system lets us have: a server does not know how many it will need.
#[cfg(unix)]
pub fn allow_all() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    // What is refused leaves the limit as it was.
    let _ = setrlimit(Resource::Nofile, raised);
}

/// Elsewhere there is no such limit.
#[cfg(not(unix))]
pub fn allow_all() {}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_is_allowed_is_had_and_what_is_not_says_what_to_do() {
        assert_eq!(allow(16), Ok(()));
        let error = allow(u64::MAX - 1).expect_err("no machine has so many");
        assert!(error.to_string().contains("ulimit -Hn"), "{error}");
        allow_all();
    }
}
