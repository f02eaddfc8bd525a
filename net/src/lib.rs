//! What a party is and how it meets a network: worlds, hosts, links, faults, capture.
