"""People from a list and back: reading a table, judging each row, writing the good ones, and the list of a school."""
