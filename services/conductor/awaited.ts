/** Who the run waits for, and who has come: by its phase, a matter of the roster, of the clock or of the departure. */
import type { Conductor } from "./conductor.ts";

/** In words, for people; empty where nobody is waited for. */
export function awaitedNow({ phase, roster, clock, departure }: Conductor, nowMs: number): string[] {
  if (phase === "waiting") return roster.unready(nowMs);
  if (phase === "running") return clock.waitingFor(nowMs);
  return departure.waitingFor((actors) => roster.names(actors));
}

/** A process has (again) its lease. */
export function joined({ phase, roster, clock, departure }: Conductor, process: string): void {
  const lease = roster.lease(process);
  if (lease === undefined) return;
  if (phase === "running") clock.joined(process);
  if (phase === "settling" || phase === "leaving") departure.join(lease);
}
