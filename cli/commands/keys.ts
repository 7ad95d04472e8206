/** `aerostat keys DIR`: keys for a NATS server and for every role, in a folder each. */
import { existsSync } from "node:fs";
import { AerostatError } from "../../lib/errors.ts";
import { configurationIn, createKeyring } from "../../lib/keys/keyring.ts";
import type { Io } from "../io.ts";

export interface KeysOptions {
  readonly listen: string;
  readonly tls: readonly string[];
  readonly keep: boolean;
}

const LISTEN = /^[A-Za-z0-9.:[\]-]+:\d{1,5}$/;

export async function keysCommand(folder: string, { listen, tls, keep }: KeysOptions, io: Io): Promise<number> {
  if (!LISTEN.test(listen)) {
    throw new AerostatError("AERO_E_INPUT", `--listen ${listen}: write it as HOST:PORT, such as 127.0.0.1:4222 or 0.0.0.0:4222`);
  }
  const configuration = configurationIn(folder);
  if (existsSync(configuration)) {
    if (!keep) throw new AerostatError("AERO_E_INPUT", `${folder} holds keys already; --keep leaves them, or name another folder`);
    io.stderr.write(`The keys in ${folder} are kept.\n`);
    return 0;
  }
  await createKeyring(folder, { listen, tlsHosts: tls });
  const lines = [
    `server     nats-server --config ${configuration}`,
    `services   --keys ${folder}, or AEROSTAT_NATS_KEYS; each needs the folder of its own role only`,
    `operator   npx aerostat status --keys ${folder}`,
  ];
  io.stdout.write(`${lines.join("\n")}\n`);
  return 0;
}
