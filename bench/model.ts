/**
 * The full model in virtual time in one process: VM-seconds per second for hosts of 100, 1,000 and 10,000 VMs of the classic
 * kind, on a host as overcommitted as the classic one.
 *
 * Beside the larger hosts stands the figure of 100 VMs, measured in the same round: cost per VM must not grow with their number.
 */
import { fileURLToPath } from "node:url";
import { compose } from "../cli/compose.ts";
import { runLocalVirtual } from "../lib/federate/local.ts";
import { loadScenario } from "../lib/scenario/load.ts";
import type { Scenario } from "../lib/scenario/scenario.ts";
import { type Measurement, median } from "./measure.ts";

const CLASSIC = fileURLToPath(new URL("../../scenarios/classic.yaml", import.meta.url));
const SIZES = [100, 1_000, 10_000] as const;
/** The largest takes minutes: one round of it says enough. */
const ROUNDS = 3;

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

async function vmSecondsPerSecond(vms: number): Promise<number> {
  const scenario = await classicOf(vms);
  const { cast } = compose(scenario);
  const startNs = process.hrtime.bigint();
  await runLocalVirtual({ scenario, cast });
  const seconds = Number(process.hrtime.bigint() - startNs) / 1e9;
  return (vms * scenario.durationNs) / 1e9 / seconds;
}

export async function model(): Promise<Measurement[]> {
  const rates = new Map<number, number[]>(SIZES.map((vms) => [vms, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const vms of SIZES) if (round === 0 || vms < 10_000) rates.get(vms)?.push(await vmSecondsPerSecond(vms));
  }
  const few = median(rates.get(SIZES[0]) ?? []);
  return SIZES.map((vms) => {
    const measured = { bench: "model", name: `classic, ${vms} VMs`, value: median(rates.get(vms) ?? []), unit: "VM-s/s" };
    return vms === SIZES[0] ? measured : { ...measured, beside: { name: `${SIZES[0]} VMs`, value: few } };
  });
}
