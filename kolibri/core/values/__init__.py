"""Values viewsets: rows go from the database to JSON as tuples, by a plan compiled once per class."""
