"""How percents read in French; dates and numbers are Django's."""

PERCENT_FORMAT = "{}\N{NO-BREAK SPACE}%"
