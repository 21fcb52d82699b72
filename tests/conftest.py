"""What all tests share: properties run on fixed examples, so that a run says the same twice.

`HYPOTHESIS_PROFILE=search` looks for new ones (`make campaign` does).
"""

import os

from hypothesis import settings

settings.register_profile("fixed", derandomize=True, deadline=None, database=None)
settings.register_profile("search", deadline=None, max_examples=1_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))
