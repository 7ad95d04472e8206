/** Schema of one fault: of a scenario's schedule and of `aerostat inject` alike (docs/faults.md). */
import { z } from "zod";
import type { FaultName } from "../scenario.ts";
import { choice, decimal, optional, required, text, time, withDefault } from "./field.ts";

export const FAULT_NAMES = [
  "crash",
  "hang",
  "driver-stuck",
  "disk-slow",
  "link-drop",
  "link-delay",
  "link-duplicate",
] as const satisfies readonly FaultName[];

export const fault = z.strictObject({
  at: required(time("0s", "100d"), "Model time at which the fault begins. What lies after the end of the run does not happen."),
  fault: required(choice(...FAULT_NAMES), "Which fault."),
  target: required(text(80), "Who is hit: a VM, the host or `monitor`; for a link fault the sender."),
  peer: optional(text(80), "every receiver", "Link faults: the receiver whose messages are hit."),
  for: withDefault(time("0s", "100d"), "0s", "How long it lasts; `0s` lasts until the end of the run."),
  amount: optional(decimal(0, 1000), "1; for disk-slow 10", "link-drop, link-duplicate: probability. disk-slow: factor on service times."),
  delay: optional(time("0s", "1h"), "100ms", "link-delay: extra latency."),
});

export type FaultFile = z.output<typeof fault>;
