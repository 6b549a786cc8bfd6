"""How dates and numbers read in each language, where Django does not say it or not well enough."""
