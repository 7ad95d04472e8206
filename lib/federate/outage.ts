/** On the wall clock leases are of model time, outages of the host's: what a user should know before a run at this speed. */
import type { Scenario } from "../scenario/scenario.ts";

/** A NATS server that is restarted and a process that is started again are back within about this time. */
const RECOVERY_S = 2;

/** Empty where a lease outlives an ordinary restart. */
export function leaseNotes({ host, speed }: Pick<Scenario, "host" | "speed">): string[] {
  const leaseS = host.leaseNs / 1e9;
  const wallS = leaseS / speed;
  if (wallS >= RECOVERY_S) return [];
  const short = `host.lease is ${leaseS} s of model time, at speed ${speed} only ${Number(wallS.toPrecision(2))} s of the host's clock`;
  const effect = "when the NATS server or a process is away for longer, as in a restart, VMs are fenced and boot anew";
  return [`${short}: ${effect}; a lease of ${Math.ceil(RECOVERY_S * speed)}s outlives it (docs/time.md)`];
}
