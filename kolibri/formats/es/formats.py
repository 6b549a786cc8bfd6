"""How percents read in Spanish; dates and numbers are Django's."""

PERCENT_FORMAT = "{}\N{NO-BREAK SPACE}%"
