"""Recorded reads through the daemon's own code: replay, and what a recording tells of its doors."""
