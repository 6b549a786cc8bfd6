"""What was acknowledged is there: after `kill -9` in the middle of writing, and after a power cut.

Killing shows that a transaction is whole or absent. A power cut is more: the kernel's memory is
lost too. `shim.c` keeps a diary of what the database's files were told and what was synced;
`disk.py` plays it up to any moment and drops, tears or keeps what was not synced by then.
"""
