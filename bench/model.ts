/**
 * The full model in virtual time in one process: VM-seconds per second for hosts of many VMs of the classic kind, on a host as
 * overcommitted as the classic one.
 *
 * The whole scenario runs with 100 and with 1,000 VMs. With 10,000 it would take many minutes, so cost per VM, which must not grow with
 * their number, is compared in a short form of it: boot, calm, and the first seconds of the storm.
 */
import { fileURLToPath } from "node:url";
import { compose } from "../cli/compose.ts";
import { runLocalVirtual } from "../lib/federate/local.ts";
import { loadScenario } from "../lib/scenario/load.ts";
import type { Scenario } from "../lib/scenario/scenario.ts";
import { type Measurement, median } from "./measure.ts";

const CLASSIC = fileURLToPath(new URL("../../scenarios/classic.yaml", import.meta.url));
const [FEW, MANY, MOST] = [100, 1_000, 10_000] as const;
const ROUNDS = 3;
const SECOND_NS = 1e9;
/** Phases of the short form, and when they begin. */
const SHORT: ReadonlyMap<string, number> = new Map([
  ["boot", 0],
  ["calm", 20 * SECOND_NS],
  ["storm", 25 * SECOND_NS],
]);
const SHORT_NS = 30 * SECOND_NS;

/** The classic scenario with `vms` VMs, host and disk in proportion. */
export async function classicOf(vms: number): Promise<Scenario> {
  const { scenario } = await loadScenario(CLASSIC);
  const groups = scenario.guests.length;
  const scale = vms / groups;
  const guests = Array.from({ length: vms }, (_, index) => {
    const guest = scenario.guests[index % groups];
    if (guest === undefined) throw new Error("the classic scenario has guests");
    return { ...guest, name: `vm-${index + 1}` };
  });
  const { host } = scenario;
  return {
    ...scenario,
    guests,
    host: {
      ...host,
      memoryPages: Math.round(host.memoryPages * scale),
      reservedPages: Math.round(host.reservedPages * scale),
      swapPages: Math.round(host.swapPages * scale),
      disk: { ...host.disk, channels: Math.max(1, Math.round(host.disk.channels * scale)) },
    },
  };
}

/** The scenario with the phases of the short form alone. */
function shortened(scenario: Scenario): Scenario {
  const guests = scenario.guests.map((guest) => {
    const phases = guest.workload.phases.flatMap((phase) => {
      const atNs = SHORT.get(phase.name);
      return atNs === undefined ? [] : [{ ...phase, atNs }];
    });
    return { ...guest, workload: { ...guest.workload, phases } };
  });
  return { ...scenario, guests, durationNs: SHORT_NS };
}

async function vmSecondsPerSecond(scenario: Scenario): Promise<number> {
  const { cast } = compose(scenario);
  const startNs = process.hrtime.bigint();
  await runLocalVirtual({ scenario, cast });
  const seconds = Number(process.hrtime.bigint() - startNs) / 1e9;
  return (scenario.guests.length * scenario.durationNs) / 1e9 / seconds;
}

/** The rates: the median of few VMs, before and after the one run of many, which takes long. */
async function rates(few: Scenario, many: Scenario): Promise<[few: number, many: number]> {
  const ofFew: number[] = [];
  let ofMany = 0;
  for (let round = 0; round < ROUNDS; round++) {
    ofFew.push(await vmSecondsPerSecond(few));
    if (round === 1) ofMany = await vmSecondsPerSecond(many);
  }
  return [median(ofFew), ofMany];
}

export async function model(): Promise<Measurement[]> {
  const [few, many, most] = [await classicOf(FEW), await classicOf(MANY), await classicOf(MOST)];
  // The first run of a process pays for its compilation.
  await vmSecondsPerSecond(few);
  const whole = await rates(few, many);
  const short = await rates(shortened(few), shortened(most));
  const row = (name: string, vms: number, value: number): Measurement => ({
    bench: "model",
    name: `${name}, ${vms} VMs`,
    value,
    unit: "VM-s/s",
  });
  return [
    row("classic", FEW, whole[0]),
    { ...row("classic", MANY, whole[1]), beside: { name: `${FEW} VMs`, value: whole[0] } },
    row("boot to storm", FEW, short[0]),
    { ...row("boot to storm", MOST, short[1]), beside: { name: `${FEW} VMs`, value: short[0] } },
  ];
}
