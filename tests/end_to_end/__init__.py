"""The whole way once, as a teacher and learners go it: the native window, and phones on the school's network."""
