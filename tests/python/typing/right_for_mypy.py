"""An intended use that mypy follows, and pyright by its design does not."""

from typing import assert_type

from secretstore import SecretStore


def narrowing(store: SecretStore) -> None:
    result = store.get("A")
    if result.ok:
        assert_type(result.value, str)
    else:
        print(result.reason)
