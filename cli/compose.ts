/** Who plays which actor: the one place that knows all services. */
import { FIRST_GUEST } from "../lib/engine/actor.ts";
import { AerostatError } from "../lib/errors.ts";
import type { Cast } from "../lib/federate/run.ts";
import type { Scenario } from "../lib/scenario/scenario.ts";
import { guestFactory } from "../services/guest/guest.ts";
import { hypervisorFactory } from "../services/hypervisor/hypervisor.ts";
import { type MonitorFactory, monitorFactory } from "../services/monitor/monitor.ts";
import { NO_RECORDER, type Recorder } from "../services/monitor/recorder.ts";

export interface Composition {
  readonly cast: Cast;
  /** Holds the aggregates of the run. */
  readonly monitor: MonitorFactory;
}

/** All actors of a scenario, for a run in one process. */
export function compose(scenario: Scenario, recorder: Recorder = NO_RECORDER): Composition {
  const monitor = monitorFactory(scenario, recorder);
  const cast: Cast = (entry) => {
    switch (entry.role) {
      case "monitor":
        return monitor;
      case "hypervisor":
        return hypervisorFactory(scenario);
      case "guest":
        return guestFactory(scenario, entry.id - FIRST_GUEST);
      default:
        throw new AerostatError("AERO_E_ACTOR", `assertion failed: "${entry.name}" is played by a process of its own`);
    }
  };
  return { cast, monitor };
}
