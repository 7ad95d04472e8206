/**
 * The scenario file format: the one place from which types, validation messages and docs/scenario.md come.
 *
 * Parsing gives model units (pages, integer ns) and fills in defaults; lib/scenario/resolve.ts makes the Scenario of it.
 */
import { z } from "zod";
import { fault } from "./schema/faults.ts";
import { decimal, integer, required, text, time, withDefault } from "./schema/field.ts";
import { guestGroup } from "./schema/guests.ts";
import { host } from "./schema/host.ts";
import { trace } from "./schema/trace.ts";

export const MAX_FAULTS = 10_000;

const network = z
  .strictObject({
    latency: withDefault(time("1us", "10s"), "200us", "Least latency of every link; also the lookahead of the virtual clock."),
    jitter: withDefault(time("0s", "10s"), "0s", "Extra latency, uniform from 0 to this."),
  })
  .prefault({})
  .meta({ description: "The links between the actors.", kind: "mapping", allowed: "", fallback: "as below" });

export const scenarioFile = z.strictObject({
  name: required(text(60, 1), "Name of the scenario."),
  description: withDefault(text(4000), "", "What it shows."),
  seed: withDefault(integer(0, 4_294_967_295), 1, "Seed of every random stream."),
  duration: required(time("1ms", "100d"), "Model time that the run takes."),
  speed: withDefault(decimal(0.001, 100_000), 1, "On the wall clock: model seconds per second."),
  step: withDefault(time("1ms", "1h"), "100ms", "Length of a guest's step and of the host's tick."),
  sample: withDefault(time("10ms", "1d"), "1s", "Interval of telemetry to the monitor."),
  convergence: withDefault(
    time("1s", "10d"),
    "60s",
    "After the last fault heals, every cooperative driver must reach its target within this time.",
  ),
  network,
  host: host.meta({ description: "The host.", kind: "mapping", allowed: "", fallback: "required" }),
  guests: z
    .array(guestGroup)
    .optional()
    .meta({ description: "Groups of equal VMs. Needed unless a trace makes them.", kind: "list", allowed: "groups", fallback: "none" }),
  trace: trace.optional().meta({ description: "Real VMs instead of `guests`.", kind: "mapping", allowed: "", fallback: "none" }),
  faults: z
    .array(fault)
    .max(MAX_FAULTS)
    .prefault([])
    .meta({ description: "The schedule of faults.", kind: "list", allowed: `at most ${MAX_FAULTS}`, fallback: "none" }),
});

export type ScenarioFile = z.output<typeof scenarioFile>;
