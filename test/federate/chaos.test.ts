/**
 * Random faults from seeds, in virtual time, with all audits on. Whatever happens, the run goes on; when all has healed, every VM
 * works, host and guests agree on who holds what, and the run is the same in windows as in one piece.
 */
import { expect, test } from "vitest";
import { compose } from "../../cli/compose.ts";
import { runLocalVirtual } from "../../lib/federate/local.ts";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import { type GuestSample, type HostSample, HostState } from "../../lib/wire/messages.ts";
import { digestInWindows } from "./kernels.ts";
import { chaosOf, END_S, HEALED_S, STOP_S } from "./mishaps.ts";

/** CHAOS_SEEDS=7 repeats a failure; CHAOS_SEEDS=1-500 looks for new ones. */
const [from = 1, to = from] = (process.env.CHAOS_SEEDS ?? "1-40").split("-").map(Number);
/** Samples at the end, by when everybody had time to come back. */
const LAST_SAMPLES = 5;
/** A VM's credit: kernel pages still come back from the host's swap, and evictions are told a step late. */
const UNDER_WAY_PAGES = 256;

interface Ending {
  readonly digest: string;
  readonly hosts: readonly HostSample[];
  /** By VM. */
  readonly guests: readonly (readonly GuestSample[])[];
}

async function play(scenario: Scenario): Promise<Ending> {
  const hosts: HostSample[] = [];
  const guests: GuestSample[][] = scenario.guests.map(() => []);
  const { cast } = compose(scenario, {
    record: ({ kind, body, source }) => {
      if (kind === "hostSample") hosts.push(body);
      else if (kind === "guestSample") guests[source - 3]?.push(body);
    },
  });
  const { digest } = await runLocalVirtual({ scenario, cast });
  return { digest, hosts, guests };
}

/** What is wrong with the end of a run; empty for nothing. */
function complaints(scenario: Scenario, { hosts, guests }: Ending): string[] {
  const found: string[] = [];
  const last = hosts.at(-1);
  if (last?.leases !== guests.length) found.push(`${last?.leases} leases for ${guests.length} VMs`);
  if (last?.state === HostState.HOST_STATE_REBUILDING) found.push("the host still rebuilds its ledger");
  guests.forEach((samples, vm) => {
    const name = scenario.guests[vm]?.name;
    const work = samples.slice(STOP_S - LAST_SAMPLES - END_S, STOP_S - END_S);
    const sum = (of: (sample: GuestSample) => number) => work.reduce((total, sample) => total + of(sample), 0);
    if (sum((sample) => sample.operations) === 0) found.push(`${name} does nothing`);
    if (sum((sample) => sample.linkStallNs) > 0) found.push(`${name} still waits for grants`);
  });
  const apart = [5, 4, 3, 2, 1].map((back) => {
    const heldPages = guests.reduce((sum, samples) => sum + (samples.at(-back)?.heldPages ?? 0), 0);
    return (hosts.at(-back)?.residentPages ?? 0) - heldPages;
  });
  if (Math.min(...apart.map(Math.abs)) > UNDER_WAY_PAGES) found.push(`host and guests differ by ${apart.join(", ")} pages`);
  return found;
}

for (let seed = from; seed <= to; seed++) {
  test(`seed ${seed}: the host and its VMs come back (CHAOS_SEEDS=${seed} npx vitest run test/federate/chaos.test.ts)`, async () => {
    const scenario = await chaosOf(seed);
    const ending = await play(scenario);
    expect(complaints(scenario, ending), JSON.stringify(scenario.faults)).toEqual([]);
    expect(digestInWindows(scenario, compose(scenario).cast)).toBe(ending.digest);
  });
}

test("all faults have healed long before the end", async () => {
  const { faults } = await chaosOf(from);
  for (const { atNs, durationNs } of faults) expect((atNs + durationNs) / 1e9).toBeLessThan(HEALED_S);
  expect(END_S - HEALED_S).toBeGreaterThan(2 * LAST_SAMPLES);
});
