/** Schema of one fault: of a scenario's schedule and of `aerostat inject` alike (docs/faults.md). */
import { z } from "zod";
import { FAULT_NAMES } from "../faultnames.ts";
import { choice, decimal, optional, required, text, time, withDefault } from "./field.ts";

export const fault = z.strictObject({
  at: required(time("0s", "100d"), "Model time at which the fault begins. What lies after the end of the run does not happen."),
  fault: required(choice(...FAULT_NAMES), "Which fault."),
  target: required(text(80), "Who is hit: a VM, the host or `monitor`; for a link fault the sender, a VM or the host."),
  peer: optional(text(80), "every receiver", "Link faults: the receiver whose messages are hit."),
  for: withDefault(time("0s", "100d"), "0s", "How long it lasts; `0s` lasts until the end of the run."),
  amount: optional(
    decimal(0, 1000),
    "1; for disk-slow and driver-slow 10, for driver-over-reporting and driver-under-reporting 0.1",
    "link-drop, link-duplicate: probability. disk-slow, driver-slow: factor on the time taken. driver-over-reporting, " +
      "driver-under-reporting: share of the VM's memory.",
  ),
  delay: optional(time("1ns", "1h"), "100ms", "link-delay: extra latency."),
});

export type FaultFile = z.output<typeof fault>;
