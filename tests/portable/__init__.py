"""The portable program on real media: a stick with exFAT and disks in memory, pulled out, locked and full."""
