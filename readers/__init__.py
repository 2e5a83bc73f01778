"""LLRP readers: session, decoding, fleet, and an emulator of the other end of the wire."""
