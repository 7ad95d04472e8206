/** A small host that is short of memory, and what befalls it: drawn from a seed, healed before the end. */
import { Random } from "../../lib/engine/random.ts";
import { FAULT_NAMES } from "../../lib/scenario/faultnames.ts";
import { loadText } from "../../lib/scenario/load.ts";
import type { FaultConfig, FaultName, Scenario } from "../../lib/scenario/scenario.ts";
import { SECOND_NS } from "../../lib/units.ts";

/** Faults begin before this time and have healed 6 s after it at the latest. */
const LAST_FAULT_S = 16;
export const HEALED_S = 22;
/** All work ends: from here on pages move only until everybody has what it should. */
export const STOP_S = 30;
export const END_S = 42;

const POLICIES = ["shares-idle-tax", "none", "mom", "qmemman"];

const TEXT = `
name: chaos
description: A host that is short of memory, for random faults.
seed: 1
duration: ${END_S}s
step: 100ms
sample: 1s
convergence: 15s
host:
  memory: 512MiB
  reserved: 16MiB
  overhead: 2MiB
  statistics: 500ms
  lease: 3s
  disk: nvme
  policy: shares-idle-tax
guests:
  - group: busy
    count: 2
    memory: 256MiB
    minimum: 48MiB
    kernel: 16MiB
    credit: 1MiB
    boot: 300ms
    workload:
      threads: 2
      think: 5ms
      touches: 20
      regions:
        heap: { kind: anonymous, size: 120MiB, law: { kind: zipf, exponent: 0.8 }, writes: 40%, weight: 4 }
        files: { kind: file, size: 32MiB, law: uniform, writes: 10%, weight: 1 }
      phases:
        - { at: 0s, name: start }
        - { at: 9s, name: growth, regions: { heap: { size: 160MiB } } }
        - { at: 15s, name: shrink, regions: { heap: { size: 80MiB } } }
        - { at: ${STOP_S}s, name: stop, threads: 0 }
  - group: idle
    count: 2
    memory: 256MiB
    minimum: 48MiB
    kernel: 16MiB
    credit: 1MiB
    boot: 300ms
    workload:
      threads: 1
      think: 300ms
      touches: 10
      regions:
        heap: { kind: anonymous, size: 140MiB, law: uniform, writes: 50% }
      phases:
        - { at: 0s, name: fill }
        - { at: ${STOP_S}s, name: stop, threads: 0 }
`;

const FAULTS: readonly FaultName[] = FAULT_NAMES;

/** The scenario of a seed: between one and eight faults, that may overlap and hit the same actor. */
export async function chaosOf(seed: number): Promise<Scenario> {
  const { scenario } = await loadText("chaos", TEXT);
  const random = new Random(seed, "chaos", "faults");
  const pick = <T>(list: readonly T[]): T => list[random.below(list.length)] as T;
  const guests = scenario.guests.map((guest) => guest.name);
  const actors = [scenario.host.name, ...guests];
  const faults: FaultConfig[] = [];
  for (let left = 1 + random.below(8); left > 0; left--) {
    const fault = pick(FAULTS);
    const onLink = fault.startsWith("link");
    const hitsMonitor = random.below(8) === 0 && (fault === "crash" || fault === "hang");
    const target = fault.startsWith("driver-")
      ? pick(guests)
      : fault === "disk-slow"
        ? scenario.host.name
        : hitsMonitor
          ? "monitor"
          : pick(actors);
    const peer = target === scenario.host.name ? pick(guests) : scenario.host.name;
    const amount = fault === "disk-slow" || fault === "driver-slow" ? 2 + random.below(50) : pick([0.1, 0.5, 1]);
    faults.push({
      fault,
      target,
      ...(onLink && random.below(2) === 0 ? { peer } : {}),
      atNs: Math.round(random.uniform() * LAST_FAULT_S * SECOND_NS),
      durationNs: Math.round((0.05 + 5.9 * random.uniform()) * SECOND_NS),
      amount,
      delayNs: fault === "link-delay" ? 1_000_000 * (1 + random.below(800)) : 0,
    });
  }
  const policy = { name: pick(POLICIES), options: {} };
  const disk = { ...scenario.host.disk, channels: pick([2, 8]) };
  const network = { latencyNs: scenario.network.latencyNs, jitterNs: pick([0, 300_000]) };
  return { ...scenario, seed, network, host: { ...scenario.host, policy, disk }, faults };
}
