"""What arrives from other computers: looked at, made into rows, or set aside with the reason."""
