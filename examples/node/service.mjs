// A small HTTP service that keeps its tenants' secrets, with nothing but node:http:
//
//   PUT    /NAMESPACE/NAME   {"value": "...", "metadata": {...}, "ttlMs": n, "ifRevision": n}
//   GET    /NAMESPACE/NAME
//   DELETE /NAMESPACE/NAME
//   GET    /NAMESPACE        names
//
// Who calls is taken from the header X-Actor here; a real service takes it from its authentication.

import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { isSecretStoreError } from "libsecretstore";
import { openFromEnvironment } from "./open.mjs";

const secrets = openFromEnvironment({ maintenance: { intervalMs: 60_000 } });

const statusCodes = { policy_denied: 403, not_found: 404, expired: 404, conflict: 409 };

const methods = {
  async PUT(store, namespace, name, request) {
    const { value, metadata, ttlMs, ifRevision } = await json(request);
    const { revision, isNew } = await store.put({
      namespace, name, value, metadata, ttlMs, ifRevision,
    });
    return { revision, isNew };
  },
  async GET(store, namespace, name) {
    if (name === undefined) {
      const names = [];
      for await (const secret of store.secrets({ namespace })) names.push(secret.name);
      return names;
    }
    const { value, metadata, revision } = await store.getOrThrow({ namespace, name });
    return { value, metadata, revision };
  },
  DELETE: (store, namespace, name) => store.remove({ namespace, name }),
};

async function answer(request) {
  const actor = request.headers["x-actor"];
  if (!actor) return [401, { code: "unauthorized", message: "expected the header X-Actor" }];
  const method = methods[request.method];
  if (!method) return [405, { code: "method", message: `expected one of ${Object.keys(methods)}` }];
  const [namespace, name] = request.url.split("/").slice(1).map(decodeURIComponent);
  const store = secrets.withCaller({ actor, context: { client: request.socket.remoteAddress } });
  try {
    return [200, await method(store, namespace, name, request)];
  } catch (error) {
    if (isSecretStoreError(error)) {
      return [statusCodes[error.code] ?? 400, { code: error.code, message: error.message }];
    }
    if (error instanceof TypeError || error instanceof SyntaxError) {
      return [400, { code: "bad_request", message: error.message }];
    }
    throw error;
  }
}

const server = createServer(async (request, response) => {
  try {
    const [status, body] = await answer(request);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
});

server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () => {
  console.log(`listening on ${server.address().port}`);
});

process.once("SIGTERM", () => {
  server.close(async () => {
    await secrets.close();
  });
});
