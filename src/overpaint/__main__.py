"""``python -m overpaint``."""

from overpaint.cli import main

main()
