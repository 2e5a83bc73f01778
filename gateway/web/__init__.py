"""HTTP: metrics, health and the live page."""
