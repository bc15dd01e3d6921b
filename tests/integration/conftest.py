"""What every integration test may ask for."""

from tests.support.requests_stage import repairs, stage

__all__ = ["repairs", "stage"]
