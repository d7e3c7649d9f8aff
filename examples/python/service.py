"""A small FastAPI service that keeps its tenants' secrets.

    SECRET_STORE_PATH   the store's file
    SECRET_STORE_KEYS   its keys, the active one first: VERSION:BASE64,...
    SECRET_STORE_POLICY a policy file, if there is one

Who calls is taken from the header X-Actor here; a real service takes it from its authentication.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import BackgroundTasks, Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, SecretStr

from secretstore import (
    AsyncSecretStore,
    Conflict,
    PolicyDenied,
    RotationStatus,
    SecretStoreError,
    keys_from_environment,
)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Opens the store with the service, and closes it with it."""
    store = await AsyncSecretStore.open(
        os.environ["SECRET_STORE_PATH"],
        keys=keys_from_environment(),
        policy=os.environ.get("SECRET_STORE_POLICY"),
        maintenance_interval_ms=60_000,
    )
    async with store:
        app.state.store = store
        yield


app = FastAPI(lifespan=lifespan)


def callers_store(
    request: Request, x_actor: Annotated[str, Header(min_length=1)]
) -> AsyncSecretStore:
    """The store on behalf of whoever calls: policies see it, audit events record it."""
    store: AsyncSecretStore = request.app.state.store
    client = request.client.host if request.client else None
    return store.with_caller(actor=x_actor, context={"client": client, "path": request.url.path})


CallersStore = Annotated[AsyncSecretStore, Depends(callers_store)]

STATUS_CODES: dict[type[SecretStoreError], int] = {PolicyDenied: 403, Conflict: 409}


@app.exception_handler(SecretStoreError)
async def refuse(request: Request, error: SecretStoreError) -> JSONResponse:
    """A message of the library holds no secret, so it may go out."""
    status = next((code for kind, code in STATUS_CODES.items() if isinstance(error, kind)), 400)
    return JSONResponse({"code": error.code, "message": str(error)}, status)


class NewSecret(BaseModel):
    """The body of a put."""

    value: SecretStr
    metadata: dict[str, Any] | None = None
    ttl_seconds: int | None = Field(default=None, ge=0)
    if_revision: int | None = None


@app.put("/{namespace}/secrets/{name}")
async def put(namespace: str, name: str, body: NewSecret, store: CallersStore) -> dict[str, Any]:
    """Creates or replaces a secret."""
    result = await store.put(
        name,
        body.value.get_secret_value(),
        namespace=namespace,
        metadata=body.metadata,
        ttl_ms=None if body.ttl_seconds is None else body.ttl_seconds * 1000,
        if_revision=body.if_revision,
    )
    return {"revision": result.revision, "is_new": result.is_new}


@app.get("/{namespace}/secrets/{name}")
async def get(namespace: str, name: str, store: CallersStore) -> dict[str, Any]:
    """Reads a secret."""
    result = await store.get(name, namespace=namespace)
    if result.ok is False:
        raise HTTPException(404, result.reason)
    return {"value": result.value, "metadata": result.metadata, "revision": result.revision}


@app.get("/{namespace}/secrets")
async def names(namespace: str, store: CallersStore) -> list[str]:
    """The names of a namespace's secrets."""
    return [secret.name async for secret in store.iter_secrets(namespace=namespace)]


@app.get("/{namespace}/events")
async def events(namespace: str, store: CallersStore) -> list[dict[str, Any]]:
    """The newest events of a namespace."""
    page = await store.list_events(namespace=namespace, num_items=20)
    return [{"type": event.type, "name": event.name, "actor": event.actor} for event in page.page]


@app.post("/keys/rotate", status_code=202)
async def rotate(jobs: BackgroundTasks, store: CallersStore) -> dict[str, int]:
    """Starts moving every secret to the active key; answers at once."""
    status = await store.rotation_status()
    jobs.add_task(store.rotate_all)
    return {"to_rotate": _behind(status)}


@app.get("/keys")
async def keys(store: CallersStore) -> dict[str, Any]:
    """How far a rotation is."""
    status = await store.rotation_status()
    return {"is_complete": status.is_complete, "to_rotate": _behind(status)}


def _behind(status: RotationStatus) -> int:
    return sum(key.secret_count for key in status.keys if not key.is_active)
