//! A link direction as data: a list of stages, checked when it is read.

use serde::{Deserialize, Serialize};

use super::blackhole::BlackholeSpec;
use super::corrupt::CorruptSpec;
use super::delay::DelaySpec;
use super::duplicate::DuplicateSpec;
use super::jitter::JitterSpec;
use super::loss::LossSpec;
use super::mtu::MtuSpec;
use super::rate::RateSpec;
use super::reorder::ReorderSpec;
use super::trace::TraceSpec;

/// One direction of a link: what a packet passes, first stage first.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, try_from = "Unchecked")]
pub struct LinkSpec {
    /// Stages in the order in which packets pass them; none means an ideal link.
    pub stages: Vec<StageSpec>,
}

impl LinkSpec {
    /// A link that only takes time.
    pub fn delay(delay: std::time::Duration) -> Self {
        Self {
            stages: vec![StageSpec::Delay(DelaySpec { delay })],
        }
    }

    /// The same link with one more stage at its end.
    #[must_use]
    pub fn then(mut self, stage: impl Into<StageSpec>) -> Self {
        self.stages.push(stage.into());
        self
    }

    /// Whether all figures make sense; says which stage does not, and why.
    pub fn check(&self) -> Result<(), LinkSpecError> {
        if self.stages.len() > MAX_STAGES {
            return Err(LinkSpecError {
                stage: MAX_STAGES,
                kind: "any",
                reason: format!("a link has at most {MAX_STAGES} stages"),
            });
        }
        for (stage, spec) in self.stages.iter().enumerate() {
            spec.check().map_err(|reason| LinkSpecError {
                stage,
                kind: spec.kind(),
                reason,
            })?;
        }
        Ok(())
    }
}

/// One stage of a link.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum StageSpec {
    /// Bandwidth with a queue in front.
    Rate(RateSpec),
    /// Time on the way, the same for each packet.
    Delay(DelaySpec),
    /// Time on the way that varies.
    Jitter(JitterSpec),
    /// Packets that never arrive.
    Loss(LossSpec),
    /// Packets that others overtake.
    Reorder(ReorderSpec),
    /// Packets that arrive twice.
    Duplicate(DuplicateSpec),
    /// Packets with a bit flipped.
    Corrupt(CorruptSpec),
    /// Largest packet.
    Mtu(MtuSpec),
    /// Times without any connection.
    Blackhole(BlackholeSpec),
    /// Bandwidth as measured on a real link.
    Trace(TraceSpec),
}

impl StageSpec {
    /// Name as in data files.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Rate(_) => "rate",
            Self::Delay(_) => "delay",
            Self::Jitter(_) => "jitter",
            Self::Loss(_) => "loss",
            Self::Reorder(_) => "reorder",
            Self::Duplicate(_) => "duplicate",
            Self::Corrupt(_) => "corrupt",
            Self::Mtu(_) => "mtu",
            Self::Blackhole(_) => "blackhole",
            Self::Trace(_) => "trace",
        }
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        match self {
            Self::Rate(spec) => spec.check(),
            Self::Delay(_) => Ok(()),
            Self::Jitter(spec) => spec.check(),
            Self::Loss(spec) => spec.check(),
            Self::Reorder(spec) => percent("percent", spec.percent),
            Self::Duplicate(spec) => percent("percent", spec.percent),
            Self::Corrupt(spec) => percent("percent", spec.percent),
            Self::Mtu(spec) => spec.check(),
            Self::Blackhole(spec) => spec.check(),
            Self::Trace(spec) => spec.check(),
        }
    }
}

impl From<RateSpec> for StageSpec {
    fn from(spec: RateSpec) -> Self {
        Self::Rate(spec)
    }
}

impl From<DelaySpec> for StageSpec {
    fn from(spec: DelaySpec) -> Self {
        Self::Delay(spec)
    }
}

impl From<JitterSpec> for StageSpec {
    fn from(spec: JitterSpec) -> Self {
        Self::Jitter(spec)
    }
}

impl From<LossSpec> for StageSpec {
    fn from(spec: LossSpec) -> Self {
        Self::Loss(spec)
    }
}

impl From<ReorderSpec> for StageSpec {
    fn from(spec: ReorderSpec) -> Self {
        Self::Reorder(spec)
    }
}

impl From<DuplicateSpec> for StageSpec {
    fn from(spec: DuplicateSpec) -> Self {
        Self::Duplicate(spec)
    }
}

impl From<CorruptSpec> for StageSpec {
    fn from(spec: CorruptSpec) -> Self {
        Self::Corrupt(spec)
    }
}

impl From<MtuSpec> for StageSpec {
    fn from(spec: MtuSpec) -> Self {
        Self::Mtu(spec)
    }
}

impl From<BlackholeSpec> for StageSpec {
    fn from(spec: BlackholeSpec) -> Self {
        Self::Blackhole(spec)
    }
}

impl From<TraceSpec> for StageSpec {
    fn from(spec: TraceSpec) -> Self {
        Self::Trace(spec)
    }
}

/// A figure of a link makes no sense.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("stage {stage} ({kind}) of the link: {reason}")]
pub struct LinkSpecError {
    /// Index of the stage, from 0.
    pub stage: usize,
    /// Its kind.
    pub kind: &'static str,
    /// What was expected and what came.
    pub reason: String,
}

/// A share must be from 0 to 100.
pub(crate) fn percent(name: &str, value: f64) -> Result<(), String> {
    if (0.0..=100.0).contains(&value) {
        Ok(())
    } else {
        Err(format!("{name} must be from 0 to 100, not {value}"))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    stages: Vec<StageSpec>,
}

impl TryFrom<Unchecked> for LinkSpec {
    type Error = LinkSpecError;

    fn try_from(Unchecked { stages }: Unchecked) -> Result<Self, LinkSpecError> {
        let spec = Self { stages };
        spec.check()?;
        Ok(spec)
    }
}

/// Bounds the work a packet can cause.
const MAX_STAGES: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_goes_both_ways_and_is_checked() {
        let text = r#"{"stages":[{"stage":"rate","bits_per_s":1000000,"queue":{"manager":"co_del"}},{"stage":"delay","delay":"20ms"},
            {"stage":"loss","model":{"gilbert_elliott":{"enter_burst_percent":1.0,"leave_burst_percent":30.0}},"only":"udp"},
            {"stage":"jitter","distribution":{"normal":{"mean":"2ms","deviation":"1ms"}},"correlation":0.5}]}"#;
        let spec: LinkSpec = serde_json::from_str(text).unwrap();
        let again: LinkSpec = serde_json::from_str(&serde_json::to_string(&spec).unwrap()).unwrap();
        assert_eq!(spec, again);
    }

    #[test]
    fn nonsense_is_refused_with_its_place() {
        for (text, part) in [
            (
                r#"{"stages":[{"stage":"loss","model":{"bernoulli":{"percent":120.0}}}]}"#,
                "stage 0 (loss) of the link: percent must be from 0 to 100, not 120",
            ),
            (
                r#"{"stages":[{"stage":"delay","delay":"soon"}]}"#,
                "'soon' is no time",
            ),
            (
                r#"{"stages":[{"stage":"delay","delay":"1ms","colour":1}]}"#,
                "unknown field `colour`",
            ),
            (
                r#"{"stages":[{"stage":"loss","model":{"bernoulli":{"percent":1.0,"x":1}}}]}"#,
                "unknown field `x`",
            ),
            (
                r#"{"stages":[{"stage":"teleport"}]}"#,
                "unknown variant `teleport`",
            ),
            (r#"{"stages":[],"speed":1}"#, "unknown field `speed`"),
            (
                r#"{"stages":[{"stage":"rate","bits_per_s":0}]}"#,
                "bits_per_s",
            ),
        ] {
            let error = serde_json::from_str::<LinkSpec>(text)
                .unwrap_err()
                .to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
