"""`python -m bench`: every question, one after the other, then the page docs/performance.md."""

import sys

from bench import filing, loop
from bench.page import write_page


def main() -> int:
    """Measure everything; the exit status is not 0 when something was lost."""
    status = filing.main() | loop.main()
    write_page()
    return status


if __name__ == "__main__":
    sys.exit(main())
