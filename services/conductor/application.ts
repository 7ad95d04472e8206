/** What is wrong with a process's request for a lease, whoever may hold what it asks for. */
import { isUserKey } from "../../lib/keys/nkeys.ts";
import { CONTRACT, type Register } from "../../lib/wire/messages.ts";

export interface Addressee {
  readonly run: string;
  readonly version: string;
  /** Sets its conductor apart from an earlier one of the same run. */
  readonly epoch: number;
}

const ROLES: ReadonlySet<string> = new Set(["guest", "hypervisor", "monitor"]);

/** Undefined where nothing is. */
export function refusalOf(message: Register, { run, version, epoch }: Addressee): string | undefined {
  if (message.contract !== CONTRACT) {
    const theirs = `the process (aerostat ${message.version}) speaks contract ${message.contract}`;
    return `${theirs}, this run contract ${CONTRACT} (aerostat ${version})`;
  }
  if (message.version !== version) return `the process is aerostat ${message.version}, this run is conducted by aerostat ${version}`;
  if (message.heldActors.length > 0 && message.epoch !== epoch) return "its lease is of an earlier conductor of this run";
  if (message.run !== run) return `the process asks for run "${message.run}", this is run "${run}"`;
  if (!ROLES.has(message.role)) return `there is no role "${message.role}"`;
  if (!isUserKey(message.userKey)) return "the process's public key is no nkey of a user";
  return message.capacity >= 1 ? undefined : "a process that can host no actor is of no use";
}
