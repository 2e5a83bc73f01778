"""The error tree of the rules: each class says whose fault it is; none is worth a retry.

RulesError
├── EpcError       the tag's memory holds no valid EPC (TDS 2.3)
├── RmaError       an RMA contradicts itself
└── PolicyError    a disposition rule file is faulty; carries every fault found
"""


class RulesError(Exception):
    """Something the rules refuse."""


class EpcError(RulesError, ValueError):
    """The bits are no EPC of a known scheme: the tag's fault, its EPC stays raw."""


class RmaError(RulesError, ValueError):
    """The sender's fault: the RMA must be corrected and sent again."""


class PolicyError(RulesError, ValueError):
    """The rule file's fault: `faults` names each of them with its place."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults
