"""An LLRP reader without hardware: the other end of the wire, with our own codec."""
