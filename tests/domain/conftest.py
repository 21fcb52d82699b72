"""The tests of fees share their orders and their oracle."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
