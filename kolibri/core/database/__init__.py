"""Django's database engines, where this program needs more of them."""
