"""Help inside the program: short topics in a teacher's words, offline, searchable, in every language.

A topic is data in `topics`; which one fits a page stands in `about`; `searching` finds topics by words.
"""
