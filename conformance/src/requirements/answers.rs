//! The answers of the FAQ by key: a letter for its chapter, a number for its place, a short question in our words.

use crate::requirement::Answer;

/// Overview: What is the client?
pub const O1: Answer = Answer {
    key: "O1",
    question: "What is the client",
};
/// Overview: What is supported with R11?
pub const O2: Answer = Answer {
    key: "O2",
    question: "What is supported with R11",
};
/// Overview: What is Zang Spaces?
pub const O3: Answer = Answer {
    key: "O3",
    question: "What is Zang Spaces",
};
/// Overview: What is Meetings Online?
pub const O4: Answer = Answer {
    key: "O4",
    question: "What is Meetings Online",
};
/// Overview: Overall midmarket solution?
pub const O5: Answer = Answer {
    key: "O5",
    question: "Overall midmarket solution",
};
/// Overview: Account synchronization?
pub const O6: Answer = Answer {
    key: "O6",
    question: "Account synchronization",
};
/// Overview: Where is the cloud hosted?
pub const O7: Answer = Answer {
    key: "O7",
    question: "Where is the cloud hosted",
};
/// Architecture: Same client as on Aura?
pub const A1: Answer = Answer {
    key: "A1",
    question: "Same client as on Aura",
};
/// Architecture: Editions?
pub const A2: Answer = Answer {
    key: "A2",
    question: "Editions",
};
/// Architecture: Operating systems?
pub const A3: Answer = Answer {
    key: "A3",
    question: "Operating systems",
};
/// Architecture: Client for Web?
pub const A4: Answer = Answer {
    key: "A4",
    question: "Client for Web",
};
/// Architecture: Co-residence?
pub const A5: Answer = Answer {
    key: "A5",
    question: "Co-residence",
};
/// Architecture: Resilience?
pub const A6: Answer = Answer {
    key: "A6",
    question: "Resilience",
};
/// Architecture: Call recording?
pub const A7: Answer = Answer {
    key: "A7",
    question: "Call recording",
};
/// Architecture: Deployments?
pub const A8: Answer = Answer {
    key: "A8",
    question: "Deployments",
};
/// Architecture: Cloud environment?
pub const A9: Answer = Answer {
    key: "A9",
    question: "Cloud environment",
};
/// Licensing: Client licence?
pub const L1: Answer = Answer {
    key: "L1",
    question: "Client licence",
};
/// Licensing: Spaces licence?
pub const L2: Answer = Answer {
    key: "L2",
    question: "Spaces licence",
};
/// Licensing: Meetings Online licence?
pub const L3: Answer = Answer {
    key: "L3",
    question: "Meetings Online licence",
};
/// Client: Same features as on Aura?
pub const C1: Answer = Answer {
    key: "C1",
    question: "Same features as on Aura",
};
/// Client: Telephony features?
pub const C2: Answer = Answer {
    key: "C2",
    question: "Telephony features",
};
/// Client: Desk phone control?
pub const C3: Answer = Answer {
    key: "C3",
    question: "Desk phone control",
};
/// Client: Parallel use?
pub const C4: Answer = Answer {
    key: "C4",
    question: "Parallel use",
};
/// Client: Call history, message waiting?
pub const C5: Answer = Answer {
    key: "C5",
    question: "Call history, message waiting",
};
/// Client: Feature keys?
pub const C6: Answer = Answer {
    key: "C6",
    question: "Feature keys",
};
/// Client: IP Office contacts?
pub const C7: Answer = Answer {
    key: "C7",
    question: "IP Office contacts",
};
/// Client: Device contacts?
pub const C8: Answer = Answer {
    key: "C8",
    question: "Device contacts",
};
/// Client: Avatars?
pub const C9: Answer = Answer {
    key: "C9",
    question: "Avatars",
};
/// Client: How presence works?
pub const C10: Answer = Answer {
    key: "C10",
    question: "How presence works",
};
/// Client: Presence states?
pub const C11: Answer = Answer {
    key: "C11",
    question: "Presence states",
};
/// Client: Presence note?
pub const C12: Answer = Answer {
    key: "C12",
    question: "Presence note",
};
/// Client: Sync with desk phone?
pub const C13: Answer = Answer {
    key: "C13",
    question: "Sync with desk phone",
};
/// Client: When presence is visible?
pub const C14: Answer = Answer {
    key: "C14",
    question: "When presence is visible",
};
/// Client: Cloud dependency of presence?
pub const C15: Answer = Answer {
    key: "C15",
    question: "Cloud dependency of presence",
};
/// Client: Messaging?
pub const C16: Answer = Answer {
    key: "C16",
    question: "Messaging",
};
/// Client: IP Office conferencing?
pub const C17: Answer = Answer {
    key: "C17",
    question: "IP Office conferencing",
};
/// Client: Top of Mind Lite?
pub const C18: Answer = Answer {
    key: "C18",
    question: "Top of Mind Lite",
};
/// Client: Click to call?
pub const C19: Answer = Answer {
    key: "C19",
    question: "Click to call",
};
/// Client: Contact centre agent?
pub const C20: Answer = Answer {
    key: "C20",
    question: "Contact centre agent",
};
/// Client: Microsoft integration?
pub const C21: Answer = Answer {
    key: "C21",
    question: "Microsoft integration",
};
/// Client: Configuration?
pub const C22: Answer = Answer {
    key: "C22",
    question: "Configuration",
};
/// Client: Dialling rules?
pub const C23: Answer = Answer {
    key: "C23",
    question: "Dialling rules",
};
/// Client: Branch users?
pub const C24: Answer = Answer {
    key: "C24",
    question: "Branch users",
};
/// Spaces: Third party?
pub const Z1: Answer = Answer {
    key: "Z1",
    question: "Third party?",
};
/// Spaces: What it provides?
pub const Z2: Answer = Answer {
    key: "Z2",
    question: "What it provides",
};
/// Spaces: Messaging capabilities?
pub const Z3: Answer = Answer {
    key: "Z3",
    question: "Messaging capabilities",
};
/// Spaces: Encryption?
pub const Z4: Answer = Answer {
    key: "Z4",
    question: "Encryption",
};
/// Spaces: Access?
pub const Z5: Answer = Answer {
    key: "Z5",
    question: "Access",
};
/// Spaces: What Basic offers?
pub const Z6: Answer = Answer {
    key: "Z6",
    question: "What Basic offers",
};
/// Spaces: Third party joins by browser?
pub const Z7: Answer = Answer {
    key: "Z7",
    question: "Third party joins by browser",
};
/// Spaces: Visibility across clients?
pub const Z8: Answer = Answer {
    key: "Z8",
    question: "Visibility across clients",
};
/// Spaces: Levels?
pub const Z9: Answer = Answer {
    key: "Z9",
    question: "Levels",
};
/// Spaces: Users per space?
pub const Z10: Answer = Answer {
    key: "Z10",
    question: "Users per space",
};
/// Spaces: Hosting?
pub const Z11: Answer = Answer {
    key: "Z11",
    question: "Hosting",
};
/// Spaces: Countries?
pub const Z12: Answer = Answer {
    key: "Z12",
    question: "Countries",
};
/// Meetings Online: Hosting?
pub const M1: Answer = Answer {
    key: "M1",
    question: "Hosting",
};
/// Meetings Online: What it provides?
pub const M2: Answer = Answer {
    key: "M2",
    question: "What it provides",
};
/// Meetings Online: Access?
pub const M3: Answer = Answer {
    key: "M3",
    question: "Access",
};
/// Meetings Online: Automatic escalation?
pub const M4: Answer = Answer {
    key: "M4",
    question: "Automatic escalation",
};
/// Meetings Online: Environments?
pub const M5: Answer = Answer {
    key: "M5",
    question: "Environments",
};
/// Meetings Online: Countries?
pub const M6: Answer = Answer {
    key: "M6",
    question: "Countries",
};
/// Meetings Online: Over-the-top 9.1 instead?
pub const M7: Answer = Answer {
    key: "M7",
    question: "Over-the-top 9.1 instead",
};
/// Meetings Online: Quoting and ordering?
pub const M8: Answer = Answer {
    key: "M8",
    question: "Quoting and ordering",
};
/// Network: IP Office ports?
pub const N1: Answer = Answer {
    key: "N1",
    question: "IP Office ports",
};
/// Network: Spaces ports?
pub const N2: Answer = Answer {
    key: "N2",
    question: "Spaces ports",
};
/// Network: Meetings Online ports?
pub const N3: Answer = Answer {
    key: "N3",
    question: "Meetings Online ports",
};
/// More information: More on R11?
pub const I1: Answer = Answer {
    key: "I1",
    question: "More on R11",
};
/// More information: More on Spaces?
pub const I2: Answer = Answer {
    key: "I2",
    question: "More on Spaces",
};
/// More information: More on Meetings Online?
pub const I3: Answer = Answer {
    key: "I3",
    question: "More on Meetings Online",
};
/// More information: Support services?
pub const I4: Answer = Answer {
    key: "I4",
    question: "Support services",
};
/// More information: Licence delivery?
pub const I5: Answer = Answer {
    key: "I5",
    question: "Licence delivery",
};

/// Every answer, in the order of the FAQ.
pub const ALL: &[&Answer] = &[
    &O1, &O2, &O3, &O4, &O5, &O6, &O7, &A1, &A2, &A3, &A4, &A5, &A6, &A7, &A8, &A9, &L1, &L2, &L3,
    &C1, &C2, &C3, &C4, &C5, &C6, &C7, &C8, &C9, &C10, &C11, &C12, &C13, &C14, &C15, &C16, &C17,
    &C18, &C19, &C20, &C21, &C22, &C23, &C24, &Z1, &Z2, &Z3, &Z4, &Z5, &Z6, &Z7, &Z8, &Z9, &Z10,
    &Z11, &Z12, &M1, &M2, &M3, &M4, &M5, &M6, &M7, &M8, &N1, &N2, &N3, &I1, &I2, &I3, &I4, &I5,
];
