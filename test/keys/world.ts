/** A running system behind locked doors, and strangers with whatever key they have. */
import { connect, jwtAuthenticator, type NatsConnection } from "nats";
import { accessOf } from "../../lib/bus/access.ts";
import type { Broker } from "../../lib/bus/server.ts";
import { Subjects } from "../../lib/bus/subjects.ts";
import { Identity, type Rights } from "../../lib/keys/identity.ts";
import { inboxOf } from "../../lib/keys/permissions.ts";
import { decodeControl, encodeControl, isRefusal } from "../../lib/wire/frame.ts";
import { CONTRACT, type Registration } from "../../lib/wire/messages.ts";
import { VERSION } from "../federate/harness.ts";

/** A client without any of this project's care: it may try everything. */
export function raw(broker: Broker, rights?: Rights, ca?: string): Promise<NatsConnection> {
  return connect({
    servers: broker.url,
    reconnect: false,
    timeout: 3_000,
    ...(rights === undefined
      ? {}
      : { authenticator: jwtAuthenticator(rights.jwt, new TextEncoder().encode(rights.seed)), inboxPrefix: inboxOf(rights.publicKey) }),
    ...(ca === undefined ? {} : { tls: { ca } }),
  });
}

export type RoleName = "guest" | "hypervisor" | "monitor";

export async function rightsOf(broker: Broker, role: RoleName | "operator"): Promise<Rights> {
  const { rights } = accessOf(role, broker);
  return rights as Rights;
}

/** Registers by hand, with the key of `as`; the answer, and what a client with it may do. */
export async function register(broker: Broker, run: string, role: RoleName, name: string, identity = new Identity(), as: RoleName = role) {
  const client = await raw(broker, await rightsOf(broker, as));
  try {
    const message = { run, role, process: name, contract: CONTRACT, version: VERSION, capacity: 1, heldActors: [] as number[] };
    const frame = encodeControl("register", {
      ...message,
      pid: 1,
      realFaults: false,
      epoch: 0,
      userKey: identity.publicKey,
    });
    const { data } = await client.request(new Subjects(run).register(role), frame, { timeout: 3_000 });
    const answer = decodeControl("registration", data);
    if (isRefusal(answer)) throw new Error(answer.refused);
    return { answer: answer as Registration, rights: identity.rights(answer.rights) };
  } finally {
    await client.close();
  }
}

/** What the server says of a subscription and of a message: undefined where it allows them. */
export async function trying(client: NatsConnection, what: "publish" | "subscribe", subject: string): Promise<string | undefined> {
  let refused: string | undefined;
  const watch = (async () => {
    for await (const { type, data, permissionContext } of client.status()) {
      const about =
        permissionContext?.subject === subject && permissionContext.operation === (what === "publish" ? "publish" : "subscription");
      if (type === "error" && about) refused = String(data);
    }
  })();
  watch.catch(() => undefined);
  if (what === "publish") client.publish(subject, new Uint8Array([1]));
  else client.subscribe(subject, { callback: (error) => (refused ??= error?.message) });
  await client.flush();
  await client.flush();
  await new Promise((resolve) => setTimeout(resolve, 20));
  return refused;
}
