/** How a run ended. */
import type { ActorId } from "../../lib/engine/actor.ts";
import type { AerostatError } from "../../lib/errors.ts";

export interface Outcome {
  readonly complete: boolean;
  /** Why it is not. */
  readonly reason: string;
  readonly error: AerostatError | undefined;
  readonly nowNs: number;
  readonly eventsRun: number;
  readonly windows: number;
  /** Empty on the wall clock, and where the run is not complete. */
  readonly digest: string;
  readonly digests: ReadonlyMap<ActorId, string>;
}
