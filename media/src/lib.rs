//! Samples to packets and back, sans IO: RTP, RTCP, SRTP, jitter buffer, codecs, quality.
