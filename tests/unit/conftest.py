"""What all unit tests share: examples made by Hypothesis have no time limit, whichever folder is tested, and are few."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None, max_examples=30)
settings.load_profile("untimed")
