"""Sync over the network, as the one who asks and as the one who answers (docs/sync.md)."""
