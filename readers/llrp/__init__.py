"""LLRP as bytes and facts: framing, reports, requests and the session, none of which does I/O."""
