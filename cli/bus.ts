/** Where a running system is, and one question put to its conductor. */
import { accessOf, type Door, KEYS_FOLDER } from "../lib/bus/access.ts";
import { connectNats } from "../lib/bus/nats.ts";
import { Subjects } from "../lib/bus/subjects.ts";
import { NATS_URL, shownUrl } from "../lib/bus/url.ts";
import { AerostatError } from "../lib/errors.ts";
import { quoted } from "../lib/shell.ts";
import { type Control, type Controls, decodeControl, encodeControl, isRefusal } from "../lib/wire/frame.ts";

export interface Where extends Door {
  readonly run: string;
}

export interface WhereOptions {
  readonly nats?: string;
  readonly run?: string;
  readonly keys?: string;
}

const DEFAULT_URL = "nats://127.0.0.1:4222";
const DEFAULT_RUN = "main";
const CONNECT_MS = 2_000;
const ANSWER_MS = 5_000;

/** Options first, then the environment, then what a server on this machine would use. */
export function whereOf(options: WhereOptions, env: NodeJS.ProcessEnv): Where {
  return {
    url: options.nats ?? (env[NATS_URL] || DEFAULT_URL),
    run: options.run ?? (env.AEROSTAT_RUN || DEFAULT_RUN),
    keys: options.keys ?? (env[KEYS_FOLDER] || undefined),
  };
}

/** The command that asks a run which was started here. A server's password is in the environment, where the command finds it too. */
export function askLine({
  natsUrl,
  keys,
  run,
}: {
  readonly natsUrl: string;
  readonly keys: string | undefined;
  readonly run: string;
}): string {
  const at = shownUrl(natsUrl) === natsUrl ? ` --nats ${natsUrl}` : "";
  const key = keys === undefined ? "" : ` --keys ${quoted(keys)}`;
  return `ask it  npx aerostat status${at} --run ${run}${key}`;
}

/** Asks the conductor of a run. Throws AERO_E_NATS when nobody answers, AERO_E_VERSION when the answer can not be read. */
export async function ask<Q extends Control, A extends Control>(
  where: Where,
  subject: "status" | "inject",
  question: readonly [Q, Controls[Q]],
  answer: A,
): Promise<Controls[A]> {
  const bus = await connectNats({ ...accessOf("operator", where), name: `aerostat ${subject}`, waitMs: CONNECT_MS }).catch(
    (error: unknown) => hinting(error, where),
  );
  try {
    const data = await bus.request(new Subjects(where.run)[subject], encodeControl(...question), ANSWER_MS).catch((cause: unknown) => {
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new AerostatError("AERO_E_NATS", `no conductor of run "${where.run}" answers at ${shownUrl(where.url)} (${text})`, { cause });
    });
    const read = decodeControl(answer, data);
    if (isRefusal(read)) throw new AerostatError("AERO_E_VERSION", `the conductor's answer can not be read: it is ${read.refused}`);
    return read;
  } finally {
    await bus.close();
  }
}

/** A person asks, who may not know where the system is. */
function hinting(error: unknown, { url }: Where): never {
  if (!(error instanceof AerostatError) || error.code === "AERO_E_INPUT") throw error;
  // A word without scheme and port may be a host's name; where it is none, it was meant to be something else.
  if (!url.includes(":") && error.message.includes("ENOTFOUND")) {
    throw new AerostatError("AERO_E_INPUT", `--nats ${url}: there is no such host; write nats://HOST:4222`, { cause: error });
  }
  throw new AerostatError(error.code, `${error.message}; npm start prints the --nats, --run and --keys of what it starts`, {
    cause: error,
  });
}
