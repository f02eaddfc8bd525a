//! The name system: questions of the SIP look-up procedure, put to the host's resolver.

use net::Host;
use sip::resolve::{Answer, Naptr, Question, Srv};

/// Asks the resolver; a name that does not exist and a resolver that is silent are the same to who asks.
pub(super) async fn ask(host: &Host, question: &Question) -> Answer {
    let answer = match question {
        Question::Authorities(name) => host.resolve_naptr(name).await.map(|records| {
            let records = records.into_iter().map(|record| Naptr {
                order: record.order,
                preference: record.preference,
                flags: record.flags,
                service: record.service,
                replacement: record.replacement,
            });
            Answer::Authorities(records.collect())
        }),
        Question::Services(name) => host.resolve_srv(name).await.map(|records| {
            let records = records.into_iter().map(|record| Srv {
                priority: record.priority,
                weight: record.weight,
                port: record.port,
                target: record.target,
            });
            Answer::Services(records.collect())
        }),
        Question::Addresses(name) => host.resolve(name).await.map(Answer::Addresses),
    };
    answer.unwrap_or(Answer::Nothing)
}
