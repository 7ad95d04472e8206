/** What a process finds in its role's folder of a ring of keys. Apart from making them: many guests start at once. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AerostatError } from "../errors.ts";
import { parseCredentials, type Rights } from "./identity.ts";
import type { KeyRole } from "./permissions.ts";

export const CREDENTIALS = "nats.creds";
export const CA = "ca.pem";

export interface RoleKeys {
  readonly rights: Rights;
  /** Whom to trust for the server's certificate, PEM; absent: no TLS. */
  readonly ca?: string;
}

/** What a process of a role has in the folder. */
export function keysOf(folder: string, role: KeyRole): RoleKeys {
  const file = join(folder, role, CREDENTIALS);
  let rights: Rights;
  try {
    rights = parseCredentials(readFileSync(file, "utf8"));
  } catch (cause) {
    const why = existsSync(file) ? "is no NATS credentials file" : "is not there";
    const help = "`aerostat keys` makes a folder of them, and that of npm start goes with its run";
    throw new AerostatError("AERO_E_INPUT", `the keys of role "${role}": ${file} ${why}; ${help}`, { cause });
  }
  const ca = join(folder, role, CA);
  return { rights, ...(existsSync(ca) ? { ca: readFileSync(ca, "utf8") } : {}) };
}
