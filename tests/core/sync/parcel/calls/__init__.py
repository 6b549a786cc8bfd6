"""What a computer of the tests can be asked to do, by subject; each function without an underscore is a call."""
