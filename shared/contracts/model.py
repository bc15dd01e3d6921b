"""What facts and answers have in common: they are immutable, and filled from whatever has fields of the same names."""

from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict

_MISSING: Final = object()


class Model(BaseModel):
    """Immutable; fields that are models themselves are filled by name too."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    @classmethod
    def of(cls, *sources: object, **told: Any) -> Self:
        """Return one with what is `told`; every other field is the one of that name of the first source that has it."""
        for name in cls.__pydantic_fields__:  # quicker than `model_fields`, thousands of times a second
            if name in told:
                continue
            for source in sources:
                value = getattr(source, name, _MISSING)
                if value is not _MISSING:
                    told[name] = value
                    break
        return cls(**told)
