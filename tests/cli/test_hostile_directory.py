"""Working inside a dataset runs none of the files that lie there."""

import os
import subprocess
import sys
from pathlib import Path

import overpaint


def test_modules_in_the_working_directory_are_not_run(photos, boxes, tmp_path):
    for name in ("cv2", "numpy", "json", "overpaint", "PIL"):
        (tmp_path / f"{name}.py").write_text(f"open('{name}-was-run', 'w').close(); raise SystemExit(9)\n")
    # as the program `overpaint` does, the command itself does not look here; its workers must not either
    command = [sys.executable, "-P", "-m", "overpaint", "scrub", str(photos), "out", "--boxes", str(boxes)]
    environment = os.environ | {"PYTHONPATH": str(Path(overpaint.__file__).parents[1])}
    done = subprocess.run(
        [*command, "--allow-failed", "3"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert list(tmp_path.glob("*-was-run")) == []
    assert (done.returncode, done.stderr) == (0, "")
