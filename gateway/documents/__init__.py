"""The documents that leave and enter: CloudEvents and EPCIS out, RMAs in, each with its JSON Schema."""
