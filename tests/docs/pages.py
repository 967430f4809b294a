"""The pages, as steps that can be run; `python tests/docs/pages.py` puts the examples' files into them.

A comment before a block says what it is: `<!-- file: NAME -->` is written to the working directory, `<!-- example:
NAME -->` quotes docs/examples/NAME. A ```console block holds `$ command` lines and what they print; `...` stands for
anything, `...` on a line of its own for any lines.
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
EXAMPLES = DOCS / "examples"
HOW_TO = sorted((DOCS / "how-to").glob("*.md"))
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md")), *HOW_TO]
OTHERS = [ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")]

_BLOCK = re.compile(r"(?:<!-- (file|example): (\S+) -->\n)?```(\w*)\n(.*?)```\n", re.DOTALL)


@dataclass(frozen=True)
class Step:
    """`kind` is file, example or command; `name` the file or the command; `text` its content, or what it prints."""

    kind: str
    name: str
    text: str


def steps(page: Path) -> list[Step]:
    found = []
    for kind, name, language, text in _BLOCK.findall(page.read_text("utf-8")):
        if kind:
            found.append(Step(kind, name, text))
        elif language == "console":
            for call in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                command, _, output = call.partition("\n")
                found.append(Step("command", command, output))
    return found


def matches(expected: str, printed: str) -> bool:
    lines = [".*?" if line == "..." else re.escape(line).replace(r"\.\.\.", "[^\n]*") for line in expected.split("\n")]
    return re.fullmatch("\n".join(lines), printed, re.DOTALL) is not None


def embed(page: Path) -> None:
    def quoted(block: re.Match[str]) -> str:
        if block[1] != "example":
            return block[0]
        return f"<!-- example: {block[2]} -->\n```{block[3]}\n{(EXAMPLES / block[2]).read_text('utf-8')}```\n"

    page.write_text(_BLOCK.sub(quoted, page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    for each in PAGES:
        embed(each)
