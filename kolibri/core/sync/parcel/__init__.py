"""A school's changes as one signed, encrypted file, for computers that only sticks connect (docs/sync-by-stick.md)."""
