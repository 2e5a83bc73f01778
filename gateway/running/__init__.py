"""What a running daemon needs around its work: starting, reloading, watching, tidying and ending."""
