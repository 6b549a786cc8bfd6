"""Pictures of every screen, to be looked at by eye: `make screenshots`."""
