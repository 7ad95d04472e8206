import type { FaultConfig } from "../../lib/scenario/scenario.ts";

const S = 1e9;

/** Every fault that a kernel carries out itself, on toy actors (bench/toy.ts). Needs three guests and 9 s. */
export const allFaults: FaultConfig[] = [
  { atNs: 2 * S, fault: "crash", target: "vm-02", durationNs: 1.5 * S, amount: 1, delayNs: 0 },
  { atNs: 3 * S, fault: "hang", target: "vm-01", durationNs: 2 * S, amount: 1, delayNs: 0 },
  { atNs: 4 * S, fault: "link-drop", target: "vm-03", durationNs: 3 * S, amount: 0.5, delayNs: 0 },
  { atNs: 4.5 * S, fault: "link-duplicate", target: "host-1", durationNs: 3 * S, amount: 0.5, delayNs: 0 },
  { atNs: 5 * S, fault: "link-delay", target: "vm-02", peer: "host-1", durationNs: S, amount: 1, delayNs: 3e8 },
  { atNs: 8 * S, fault: "crash", target: "host-1", durationNs: 0.5 * S, amount: 1, delayNs: 0 },
];
