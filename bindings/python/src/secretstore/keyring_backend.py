"""A backend for the ``keyring`` package: passwords in a secretstore.

Configured by the environment: ``SECRET_STORE_PATH``, and ``SECRET_STORE_KEYS`` or
``SECRET_STORE_KEYS_FILE``. A service is the namespace ``keyring:SERVICE``, a user name the name of
a secret in it. Without these variables the backend is not viable, and keyring takes another.
"""

from __future__ import annotations

import os
import threading

from keyring.backend import KeyringBackend
from keyring.compat import properties
from keyring.credentials import Credential, SimpleCredential
from keyring.errors import PasswordDeleteError

from .keys import keys_from_environment
from .store import SecretStore

_NAMESPACE_PREFIX = "keyring:"


class SecretStoreKeyring(KeyringBackend):
    """Passwords in the store that the environment names."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._lock = threading.Lock()
        self._opened: SecretStore | None = None

    @properties.classproperty
    def priority(cls) -> float:
        """Above the systems' own, since somebody set it up on purpose."""
        if "SECRET_STORE_PATH" not in os.environ:
            raise RuntimeError("expected SECRET_STORE_PATH to be set")
        if not {"SECRET_STORE_KEYS", "SECRET_STORE_KEYS_FILE"} & os.environ.keys():
            raise RuntimeError("expected SECRET_STORE_KEYS or SECRET_STORE_KEYS_FILE to be set")
        return 9

    def _store(self) -> SecretStore:
        with self._lock:
            if self._opened is None:
                path = os.environ["SECRET_STORE_PATH"]
                self._opened = SecretStore.open(path, keys=keys_from_environment())
            return self._opened

    def get_password(self, service: str, username: str) -> str | None:
        """The password, or None if there is none."""
        result = self._store().get(username, namespace=_NAMESPACE_PREFIX + service)
        return result.value if result else None

    def set_password(self, service: str, username: str, password: str) -> None:
        """Creates or replaces a password."""
        self._store().put(username, password, namespace=_NAMESPACE_PREFIX + service)

    def delete_password(self, service: str, username: str) -> None:
        """Removes a password. Raises PasswordDeleteError if there is none."""
        if not self._store().remove(username, namespace=_NAMESPACE_PREFIX + service):
            raise PasswordDeleteError("Password not found")

    def get_credential(self, service: str, username: str | None) -> Credential | None:
        """The password of a user, or of the user whose password was set last."""
        if username is None:
            secrets = self._store().iter_secrets(namespace=_NAMESPACE_PREFIX + service)
            username = next((s.name for s in secrets if s.effective_state == "active"), None)
        password = None if username is None else self.get_password(service, username)
        if username is None or password is None:
            return None
        return SimpleCredential(username, password)
