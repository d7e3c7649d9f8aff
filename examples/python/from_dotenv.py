"""Takes what stands in a .env file into a store, so that the file can go.

    python from_dotenv.py .env --namespace acme:testing
    python from_dotenv.py .env --namespace acme:testing --remove-file

The store and its keys come from SECRET_STORE_PATH and SECRET_STORE_KEYS. Values are not printed.
"""

import argparse
import os
import sys
from pathlib import Path

from dotenv import dotenv_values

from secretstore import PutRequest, SecretStore, SecretStoreError, keys_from_environment


def take_in(store: SecretStore, file: Path, namespace: str | None) -> list[str]:
    """Puts every variable that is new or changed, all or none. Returns their names."""
    requests = []
    for name, value in dotenv_values(file, interpolate=False).items():
        if value is None:  # a name without "="
            continue
        stored = store.get(name, namespace=namespace)
        if stored.ok is False or stored.value != value:
            requests.append(PutRequest(name, value, namespace))
    store.put_many(requests)
    return [request.name for request in requests]


def main() -> int:
    """Runs the command."""
    parser = argparse.ArgumentParser(description="Takes a .env file into a secretstore.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--namespace")
    parser.add_argument("--remove-file", action="store_true")
    arguments = parser.parse_args()
    if not arguments.file.is_file():
        parser.error(f"expected a file, got {arguments.file}")
    try:
        with SecretStore.open(
            os.environ.get("SECRET_STORE_PATH", "secrets.db"), keys=keys_from_environment()
        ) as store:
            taken = take_in(
                store.with_caller(actor="from_dotenv"), arguments.file, arguments.namespace
            )
    except SecretStoreError as error:
        print(f"error: {error} ({error.code})", file=sys.stderr)
        return 1
    print(f"{len(taken)} taken in" + (f": {', '.join(taken)}" if taken else ""))
    if arguments.remove_file:
        arguments.file.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
