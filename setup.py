"""Builds the C extension (JPEG coefficients and the arithmetic of painting); all else is in pyproject.toml.

The extension uses Python's stable interface (abi3), so one wheel serves 3.11 and later. Set OVERPAINT_LIBJPEG to the
prefix of a libjpeg-turbo with a static library to link that one in (the wheels do), OVERPAINT_CFLAGS to add flags.
"""

import os
import shlex
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

prefix = os.environ.get("OVERPAINT_LIBJPEG")
static = [str(next(p for d in ("lib64", "lib") if (p := Path(prefix, d, "libjpeg.a")).exists()))] if prefix else []


class BuildExtension(build_ext):
    """Compile, or end with one line that says what to install."""

    def build_extension(self, ext: Extension) -> None:
        try:
            super().build_extension(ext)
        except Exception as error:
            message = (
                "overpaint: the C extension could not be built "
                f"({type(error).__name__}). Install a C compiler, Python's headers and libjpeg's headers "
                "(Debian: apt-get install gcc python3-dev libjpeg-dev; macOS: brew install jpeg-turbo), then try again."
            )
            raise SystemExit(message) from error


setup(
    ext_modules=[
        Extension(
            "overpaint.painting._native",
            sources=sorted(str(p) for p in Path("native").glob("*.c")),
            depends=sorted(str(p) for p in Path("native").glob("*.h")),
            include_dirs=["native", *([f"{prefix}/include"] if prefix else [])],
            libraries=[] if prefix else ["jpeg"],
            extra_objects=static,
            # contraction into fused multiply-adds would change the last bit on some machines and not on others
            extra_compile_args=[
                "-O3",
                "-std=c11",
                "-Wall",
                "-Wextra",
                "-ffp-contract=off",
                "-fno-fast-math",
                "-fvisibility=hidden",
                *shlex.split(os.environ.get("OVERPAINT_CFLAGS", "")),
            ],
            define_macros=[("Py_LIMITED_API", "0x030B0000")],
            py_limited_api=True,
        )
    ],
    cmdclass={"build_ext": BuildExtension},
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
