"""Backups that leave this computer: saved to a stick, locked with a passphrase, found again and brought back."""
