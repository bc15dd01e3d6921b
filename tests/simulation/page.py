"""Writes figures into docs/architecture/proof.md, between their markers."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "architecture" / "proof.md"


def write_between(name: str, content: str, page: Path = PAGE) -> None:
    """Rewrite what stands between the markers of this name."""
    marked = re.compile(f"<!-- {name} -->.*<!-- /{name} -->", re.DOTALL)
    text = page.read_text("utf-8")
    page.write_text(marked.sub(lambda _: f"<!-- {name} -->\n{content}\n<!-- /{name} -->", text), "utf-8")
