//! Registrar: who is where. Digest decides who they are, the User-Agent which of a user's devices this is.
//!
//! In simultaneous mode a user has one desk phone, one desktop, one mobile and one WebRTC client; a second device of a class
//! takes the place of the first (our choice: newest wins, REG-04).
//!
//! RFC 3261 §10.3, §22; REG-01 to REG-04.

use std::collections::BTreeMap;
use std::time::Duration;

use rand_core::Rng;
use sip::digest::{Algorithm, Denied, Policy, Qop, Server};
use sip::header::{Contacts, NameAddr};
use sip::message::Method;
use sip::user_agent::{Hop, Reply};
use sip::{Name, Request, Uri};

use crate::config::{Config, DigestAlgorithm, device_class};
use crate::device_class::DeviceClass;
use crate::flaws::Flaw;

/// One device of a user.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Binding {
    /// What kind of device.
    pub class: DeviceClass,
    /// Where it says that it is: the Request-URI of calls to it.
    pub contact: Uri,
    /// Where it really is: calls to it go there.
    pub hop: Hop,
    /// What it calls itself.
    pub user_agent: String,
    /// Its `+sip.instance`, if it gave one.
    pub instance: Option<String>,
    /// When the binding ends, on the host's clock.
    pub expiry: Duration,
    call_id: String,
    number: u32,
}

/// What a REGISTER has changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Change {
    /// A device is bound, for the first time or again.
    Bound {
        /// Whose.
        extension: String,
        /// What kind.
        class: DeviceClass,
        /// Whether it was there before.
        is_refresh: bool,
    },
    /// A device is bound no more: it took its leave, ran out of time or was replaced.
    Gone {
        /// Whose.
        extension: String,
        /// The binding that was.
        binding: Box<Binding>,
        /// Why, by the words of RFC 3680 §5.3: `unregistered`, `expired` or `deactivated`.
        why: &'static str,
    },
}

/// All bindings of one system, and the keeper of its realm.
#[derive(Debug)]
pub struct Registrar {
    digest: Server,
    bindings: BTreeMap<String, Vec<Binding>>,
    changes: Vec<Change>,
}

impl Registrar {
    /// Nobody is registered.
    pub fn new(config: &Config, rng: &mut impl Rng) -> Registrar {
        let lifetime = if config.flaws.contains(&Flaw::NonceNeverExpires) {
            Duration::from_secs(u64::from(u32::MAX))
        } else {
            Duration::from_secs(u64::from(config.nonce_lifetime_s))
        };
        Registrar {
            digest: Server::new(policy(config, lifetime), rng),
            bindings: BTreeMap::new(),
            changes: Vec::new(),
        }
    }

    /// Who sends a request, by its credentials; else the answer that asks for them.
    pub fn authenticate(
        &mut self,
        now: Duration,
        config: &Config,
        request: &Request,
    ) -> Result<String, Reply> {
        let password = |name: &str| config.user(name).map(|user| user.password.clone());
        let denied = match self.digest.check(now, request, password) {
            Ok(name) => return Ok(name),
            Err(Denied::Malformed { what }) => {
                return Err(Reply::new(400).because(format!("Bad credentials: {what}")));
            }
            Err(denied) => denied,
        };
        let mut reply = Reply::new(401);
        for challenge in self.digest.challenges(now, denied.is_stale()) {
            reply = reply.with_header(Name::WwwAuthenticate, challenge.to_string());
        }
        Err(reply)
    }

    /// Answers a REGISTER.
    pub fn handle(
        &mut self,
        now: Duration,
        config: &Config,
        hop: &Hop,
        request: &Request,
    ) -> Reply {
        debug_assert_eq!(request.method, Method::Register);
        let name = match self.authenticate(now, config, request) {
            Ok(name) => name,
            Err(reply) => return reply,
        };
        let is_own = request
            .headers
            .to()
            .is_ok_and(|to| to.uri.user().as_deref() == Some(name.as_str()));
        if !is_own {
            return Reply::new(403).because("Not Your Extension");
        }
        self.expire(now);
        match self.change(now, config, &name, hop, request) {
            Ok(()) => self.current(now, &name),
            Err(reply) => reply,
        }
    }

    /// The devices of a user that are bound now.
    pub fn bindings(&self, now: Duration, extension: &str) -> impl Iterator<Item = &Binding> {
        self.bindings
            .get(extension)
            .into_iter()
            .flatten()
            .filter(move |binding| binding.expiry > now)
    }

    /// All extensions with their bindings.
    pub fn all(&self) -> impl Iterator<Item = (&str, &[Binding])> {
        self.bindings
            .iter()
            .map(|(extension, bindings)| (extension.as_str(), bindings.as_slice()))
    }

    /// What has changed since this was last asked.
    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// Lets go of what has run out.
    pub fn expire(&mut self, now: Duration) {
        for (extension, bindings) in &mut self.bindings {
            for binding in bindings.extract_if(.., |binding| binding.expiry <= now) {
                self.changes.push(Change::Gone {
                    extension: extension.clone(),
                    binding: Box::new(binding),
                    why: "expired",
                });
            }
        }
        self.bindings.retain(|_, bindings| !bindings.is_empty());
    }

    /// When [`Registrar::expire`] is wanted.
    pub fn deadline(&self) -> Option<Duration> {
        self.bindings
            .values()
            .flatten()
            .map(|binding| binding.expiry)
            .min()
    }

    fn change(
        &mut self,
        now: Duration,
        config: &Config,
        name: &str,
        hop: &Hop,
        request: &Request,
    ) -> Result<(), Reply> {
        let bad = |_| Reply::new(400);
        // RFC 3261 §10.2.1.1: a time that cannot be read counts as one that is not given.
        let asked = request.headers.expires().ok().flatten();
        match request.headers.contacts().map_err(bad)? {
            Contacts::Star if asked == Some(0) => self.clear(name, request),
            // RFC 3261 §10.3 step 6.
            Contacts::Star => Err(Reply::new(400).because("Contact * needs Expires 0")),
            Contacts::List(list) if list.len() > CONTACTS_MAX => {
                Err(Reply::new(400).because("Too Many Contacts"))
            }
            Contacts::List(list) => {
                // RFC 3261 §10.3 step 7: all contacts, or none of them.
                let fresh = list.iter().map(|contact| {
                    let fresh = Binding::new(now, config, name, hop, request, contact, asked)?;
                    self.is_in_order(name, &fresh).map(|()| fresh)
                });
                let fresh: Vec<Binding> = fresh.collect::<Result<_, Reply>>()?;
                fresh
                    .into_iter()
                    .for_each(|binding| self.bind(now, name, binding));
                Ok(())
            }
        }
    }

    /// Takes all of a user's bindings back.
    fn clear(&mut self, name: &str, request: &Request) -> Result<(), Reply> {
        let bindings = self.bindings.get(name).into_iter().flatten();
        let (call_id, number) = order_of(request);
        if bindings
            .clone()
            .any(|binding| binding.is_newer_than(&call_id, number))
        {
            return Err(out_of_order());
        }
        for binding in self.bindings.remove(name).into_iter().flatten() {
            self.changes.push(Change::Gone {
                extension: name.to_owned(),
                binding: Box::new(binding),
                why: "unregistered",
            });
        }
        Ok(())
    }

    /// RFC 3261 §10.3 step 7: a REGISTER that was overtaken by a later one changes nothing.
    fn is_in_order(&self, name: &str, fresh: &Binding) -> Result<(), Reply> {
        let bindings = self.bindings.get(name).into_iter().flatten();
        let mut known = bindings.filter(|old| old.is_same_device(fresh));
        if known.any(|old| old.is_newer_than(&fresh.call_id, fresh.number)) {
            return Err(out_of_order());
        }
        Ok(())
    }

    /// Binds one contact in the place of what it replaces, or takes it back.
    fn bind(&mut self, now: Duration, name: &str, fresh: Binding) {
        let class = fresh.class;
        let is_leaving = fresh.expiry <= now;
        let bindings = self.bindings.entry(name.to_owned()).or_default();
        let known = bindings.iter().position(|old| old.is_same_device(&fresh));
        let gone = |binding, why| Change::Gone {
            extension: name.to_owned(),
            binding: Box::new(binding),
            why,
        };
        let old = known.map(|place| bindings.remove(place));
        if is_leaving {
            self.changes
                .extend(old.map(|binding| gone(binding, "unregistered")));
            return;
        }
        let rivals = bindings.extract_if(.., |old| old.class == class);
        self.changes
            .extend(rivals.map(|binding| gone(binding, "deactivated")));
        bindings.push(fresh);
        bindings.sort_by_key(|binding| binding.class);
        self.changes.push(Change::Bound {
            extension: name.to_owned(),
            class,
            is_refresh: known.is_some(),
        });
    }

    /// 200 with all bindings and their remaining time (RFC 3261 §10.3 step 8).
    fn current(&self, now: Duration, name: &str) -> Reply {
        self.bindings(now, name)
            .fold(Reply::new(200), |reply, binding| {
                let left = (binding.expiry - now).as_secs_f64().round() as u64;
                let mut contact =
                    NameAddr::new(binding.contact.clone()).with_param("expires", &left.to_string());
                if let Some(instance) = &binding.instance {
                    contact = contact.with_param("+sip.instance", &sip::header::quote(instance));
                }
                reply.with_header(Name::Contact, contact.to_string())
            })
    }
}

impl Binding {
    /// What one contact of a REGISTER asks for, as far as it is granted.
    fn new(
        now: Duration,
        config: &Config,
        name: &str,
        hop: &Hop,
        request: &Request,
        contact: &NameAddr,
        asked_s: Option<u32>,
    ) -> Result<Binding, Reply> {
        let headers = &request.headers;
        let expires_s = granted(config, contact.expires_s().or(asked_s))?;
        let user_agent = headers.get(Name::UserAgent).unwrap_or("").to_owned();
        let class = device_class(config, &user_agent);
        let licence = config.user(name).map(|user| user.licence);
        if licence.is_some_and(|licence| !licence.allows(class)) {
            return Err(Reply::new(403).because("No Licence For This Device"));
        }
        let instance = contact.params.value("+sip.instance");
        let (call_id, number) = order_of(request);
        Ok(Binding {
            class,
            contact: contact.uri.clone(),
            hop: hop.clone(),
            user_agent,
            instance: instance.map(|instance| instance.into_owned()),
            expiry: now + Duration::from_secs(u64::from(expires_s)),
            call_id,
            number,
        })
    }

    fn is_same_device(&self, other: &Binding) -> bool {
        let same_instance = self.instance.is_some() && self.instance == other.instance;
        same_instance || self.contact.is_equivalent(&other.contact)
    }

    /// Whether it was made by a later REGISTER of the same client than the one of this Call-ID and number.
    fn is_newer_than(&self, call_id: &str, number: u32) -> bool {
        self.call_id == call_id && self.number >= number
    }
}

/// By what the REGISTERs of one client are put in order: Call-ID and number.
fn order_of(request: &Request) -> (String, u32) {
    let headers = &request.headers;
    let number = headers.cseq().map_or(0, |cseq| cseq.number);
    (headers.call_id().unwrap_or("").to_owned(), number)
}

fn out_of_order() -> Reply {
    Reply::new(500).because("Out Of Order")
}

/// What is asked for.
fn policy(config: &Config, nonce_lifetime: Duration) -> Policy {
    let algorithms = config.digest.algorithms.iter().map(|name| match name {
        DigestAlgorithm::Md5 => Algorithm::Md5,
        DigestAlgorithm::Sha256 => Algorithm::Sha256,
        DigestAlgorithm::Sha512_256 => Algorithm::Sha512_256,
    });
    Policy {
        algorithms: algorithms.collect(),
        qops: vec![match config.digest.protects_bodies {
            true => Qop::AuthInt,
            false => Qop::Auth,
        }],
        ..Policy::new(&config.realm, nonce_lifetime)
    }
}

/// The lifetime that is granted for what was asked, in seconds; 0 takes leave.
fn granted(config: &Config, asked: Option<u32>) -> Result<u32, Reply> {
    let limits = config.expires;
    match asked {
        None => Ok(limits.default_s),
        Some(0) => Ok(0),
        Some(asked) if asked < limits.least_s => {
            Err(Reply::new(423).with_header(Name::MinExpires, limits.least_s.to_string()))
        }
        Some(asked) => Ok(asked.min(limits.most_s)),
    }
}

/// Contacts in one REGISTER; ours. A device has one, some have one per transport.
const CONTACTS_MAX: usize = 8;

#[cfg(test)]
mod tests;
