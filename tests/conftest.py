"""No test reads the ratings of labels that somebody has installed; those that install some say where."""

import os
import tempfile
from pathlib import Path

os.environ["OVERPAINT_RATINGS"] = str(Path(tempfile.gettempdir()) / "overpaint-has-no-ratings-here")
