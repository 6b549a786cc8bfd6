"""A test-only app: models with every kind of relation, for the patterns of kolibri.core."""
