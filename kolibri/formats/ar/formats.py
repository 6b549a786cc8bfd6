"""How dates and numbers read in Arabic: Django has no short form of a date with its hour."""

TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j F Y، H:i"
SHORT_DATE_FORMAT = "j F Y"
SHORT_DATETIME_FORMAT = "j F Y، H:i"
# As Unicode's tables have it beside these digits: the marks keep the sign at its number, whatever stands around.
PERCENT_FORMAT = "{}\N{LEFT-TO-RIGHT MARK}%\N{LEFT-TO-RIGHT MARK}"
