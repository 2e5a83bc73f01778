"""What must outlive this process beside the ledger: undecided passages, lasting visits, what is set aside."""
