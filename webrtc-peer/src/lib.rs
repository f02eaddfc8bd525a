//! One WebRTC peer connection as a sans-IO node.
