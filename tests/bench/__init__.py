"""Figures, not tests: how long a start takes and what it costs. `make bench` prints them."""
