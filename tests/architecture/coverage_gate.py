"""After a run with coverage: 90 % overall, 100 % of every domain.py: `python -m tests.architecture.coverage_gate`."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OVERALL, RULES = "90", "100"


def coverage(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "coverage", *arguments], cwd=ROOT, check=False).returncode


def main() -> int:
    if list(ROOT.glob(".coverage.*")):
        coverage("combine", "--quiet")
    rules = coverage("report", "--include=services/*/*/domain.py,services/*/*/domain/*.py", f"--fail-under={RULES}")
    overall = coverage("report", f"--fail-under={OVERALL}")
    print(f"domain.py {RULES} %: {'no' if rules else 'yes'}; overall {OVERALL} %: {'no' if overall else 'yes'}")
    return rules or overall


if __name__ == "__main__":
    sys.exit(main())
