"""Freezes what others rely on: `python -m tests.contract.freeze facts|openapi [--accept] [--unpublished]`.

Without `--accept` it writes nothing and says what would change. With it, additions are written; a sample only once,
since old samples prove that old events stay readable. A change that breaks a listener is written only with
`--unpublished` as well, for a fact that no release has told yet.
"""

import argparse
import json
import sys
from pathlib import Path

from shared.contracts.catalog import FACTS
from tests.contract import frozen, openapi


def _fact_files() -> tuple[dict[Path, str], list[str]]:
    """The files as the code would have them, and the breaking changes against those that are there."""
    files: dict[Path, str] = {}
    breaking: list[str] = []
    for fact in FACTS:
        sample, schema = (folder / f"{fact.type_name()}.json" for folder in (frozen.SAMPLES, frozen.SCHEMAS))
        new = frozen.frozen_schema_of(fact)
        if schema.exists():
            changes = frozen.breaking_changes(json.loads(schema.read_text("utf-8")), new)
            breaking += [f"{fact.type_name()}: {change}" for change in changes]
        files[schema] = frozen.to_text(new)
        if not sample.exists():
            files[sample] = frozen.to_text(frozen.sample_of(fact).to_dict())
    return files, breaking


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.contract.freeze", description=__doc__)
    parser.add_argument("what", choices=("facts", "openapi"))
    parser.add_argument("--accept", action="store_true", help="write the files")
    parser.add_argument("--unpublished", action="store_true", help="accept also changes that break listeners")
    asked = parser.parse_args()
    files, breaking = _fact_files() if asked.what == "facts" else (openapi.documents(), [])
    for line in breaking:
        print(f"breaking: {line}")
    if breaking and not asked.unpublished:
        print("A published version is frozen: write a new class with the next version.")
        return 1
    changed = [path for path, text in files.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in changed:
        print(f"{'written' if asked.accept else 'would change'}: {path.relative_to(frozen.HERE)}")
        if asked.accept:
            path.write_text(files[path], "utf-8")
    return 0 if asked.accept or not changed else 1


if __name__ == "__main__":
    sys.exit(main())
