"""Copies of a school's data: made each day and before upgrades, saved to a stick, looked into, brought back."""
