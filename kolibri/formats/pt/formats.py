"""How percents read in Portuguese; dates and numbers are Django's."""

PERCENT_FORMAT = "{}%"
