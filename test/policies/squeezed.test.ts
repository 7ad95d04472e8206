import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DriverSpec, Machine } from "../../scripts/vectors/squeezed-drivers.ts";
import { play } from "../../scripts/vectors/squeezed-play.ts";
import { isDoneAtOnce, Run } from "../../services/hypervisor/policies/squeezed/run.ts";
import {
  chosenTargets,
  type Domain,
  isOnTarget,
  proportionalTargets,
  SAFEGUARDS,
} from "../../services/hypervisor/policies/squeezed/targets.ts";

const file = JSON.parse(readFileSync(join(import.meta.dirname, "../fixtures/policies/squeezed.json"), "utf8"));

/** Outcomes as xen-api's design describes them; ticks of 0.1 s to the memory's being free, and from there to the end. */
const OUTCOMES: [string, string, number, number][] = [
  ["a", "ok", 82, 24],
  ["b", "ok", 200, 0],
  ["c", "Cannot_free_this_much_memory(1500,1000)", -1, 53],
  ["d", "Domains_refused_to_cooperate[1]", -1, 78],
  ["e", "ok", 159, 104],
  ["f", "Failure: Attempted to allocate more than host_free_mem domid = 1; delta = 10; free = 0", -1, 1],
  ["g", "Cannot_free_this_much_memory(1000,996)", -1, 82],
  ["h", "ok", 52, 78],
];

test.each(OUTCOMES)("scenario %s of the original's tests: %s", (name, outcome, ticksAtFree, ticksAfter) => {
  const scenario = file.scenarios.find((candidate: { name: string }) => candidate.name === name);
  const like = String(scenario.behaviours).match(/^as (\w)$/)?.[1] ?? name;
  const { behaviours } = file.scenarios.find((candidate: { name: string }) => candidate.name === like);
  const specs: DriverSpec[] = behaviours.map((behaviour: { domid: number; kind: string }) => {
    const range = scenario.dynamicRanges.find(({ domid }: { domid: number }) => domid === behaviour.domid);
    return { id: range.domid, minimumKib: range.dynamicMin, maximumKib: range.dynamicMax, inaccuracyKib: range.inaccuracy, behaviour };
  });
  const { initial, freeKiB, requiredKiB } = scenario.freshState;
  const machine = new Machine(specs, initial, freeKiB);
  const played = play(machine, requiredKiB, {
    twoPhases: !scenario.disabled.includes("DisableTwoPhaseTargetSets"),
    compensation: !scenario.disabled.includes("DisableInaccuracyCompensation"),
  });
  expect(played).toMatchObject({ outcome, ticksAtFree });
  expect(machine.ticks - Math.max(0, ticksAtFree)).toBe(ticksAfter);
  expect(played.phase === "done").toBe(outcome === "ok");
});

describe("a stuck driver", () => {
  const domain = (actualKib: number, targetKib: number): Domain => ({
    id: 1,
    canBalloon: true,
    minimumKib: 1000,
    maximumKib: 3000,
    targetKib,
    actualKib,
    inaccuracyKib: 4,
  });
  const goal = { requiredKib: 500, isReached: (freeKib: number) => freeKib >= 500 };

  test("is left out after more than 5 s, let shrink but not grow, and counted among the refusing", () => {
    const run = new Run(goal);
    expect(run.iterate([domain(2000, 1000)], 0, 0).verdict).toEqual({ kind: "adjust", targets: new Map([[1, 1492]]) });
    expect(run.iterate([domain(2000, 1492)], 0, 5).verdict.kind).toBe("adjust");
    const late = run.iterate([domain(2000, 2500)], 0, 5.1);
    expect(late).toEqual({ verdict: { kind: "failed", refusing: [1] }, limits: new Map([[1, 2000]]) });
  });

  test("one page in five seconds is progress, and a new run presumes innocence", () => {
    const run = new Run(goal);
    for (let s = 0; s < 60; s += 5) expect(run.iterate([domain(2000 - s, 1000)], 0, s).verdict.kind).toBe("adjust");
    expect(new Run(goal).iterate([domain(2000, 1000)], 0, 1000).verdict.kind).toBe("adjust");
  });
});

test("the shortcut is for calls that free memory: never where the slush itself is required", () => {
  const idle: Domain[] = [];
  expect(isDoneAtOnce(idle, 600, 500, 72)).toBe(true);
  expect(isDoneAtOnce(idle, 600, 500, 500)).toBe(false);
  expect(isDoneAtOnce(idle, 499, 500, 72)).toBe(false);
});

const anyDomains = fc
  .array(
    fc
      .record({
        minimumKib: fc.integer({ min: 0, max: 1_000_000 }),
        range: fc.integer({ min: 0, max: 1_000_000 }),
        target: fc.double({ min: 0, max: 1, noNaN: true }),
        actual: fc.double({ min: 0, max: 1, noNaN: true }),
        canBalloon: fc.boolean(),
        inaccuracyKib: fc.constantFrom(0, 4),
      })
      .map(({ range, target, actual, ...rest }) => ({
        ...rest,
        maximumKib: rest.minimumKib + range,
        targetKib: rest.minimumKib + Math.trunc(range * target),
        actualKib: rest.minimumKib + Math.trunc(range * actual),
      })),
    { maxLength: 8 },
  )
  .map((domains) => domains.map((domain, id) => ({ ...domain, id })));
const anyKib = fc.integer({ min: 0, max: 4_000_000 });

test("property: targets in [minimum, maximum] at one fraction of every range, and they leave what is required where that can be", () => {
  fc.assert(
    fc.property(anyDomains, anyKib, anyKib, (domains, freeKib, requiredKib) => {
      const targets = proportionalTargets(domains, freeKib, requiredKib, SAFEGUARDS);
      let promised = 0;
      let freeable = 0;
      for (const { id, minimumKib, maximumKib, actualKib, inaccuracyKib } of domains) {
        const target = targets.get(id) as number;
        expect(target).toBeGreaterThanOrEqual(minimumKib);
        expect(target).toBeLessThanOrEqual(maximumKib);
        promised += target - actualKib + inaccuracyKib;
        freeable += Math.max(0, actualKib - minimumKib - 2 * inaccuracyKib);
      }
      // No more is promised than there is; a domain near its minimum can be promised its inaccuracy twice over.
      const slackKib = domains.reduce((sum, { inaccuracyKib }) => sum + 3 * inaccuracyKib, 0);
      if (freeKib + freeable >= requiredKib) expect(freeKib - promised).toBeGreaterThanOrEqual(requiredKib - slackKib);
    }),
    { numRuns: 1000 },
  );
});

test("property: while a target frees memory, no domain is told to grow; and the same look gives the same answer", () => {
  fc.assert(
    fc.property(anyDomains, anyKib, anyKib, (domains, freeKib, requiredKib) => {
      const active = domains.filter(({ canBalloon }) => canBalloon);
      const chosen = chosenTargets(active, freeKib, requiredKib, SAFEGUARDS);
      const told = active.filter(({ id }) => chosen.has(id)).map((domain) => ({ ...domain, targetKib: chosen.get(domain.id) as number }));
      const frees = told.some((domain) => domain.targetKib < domain.actualKib && !isOnTarget(domain));
      if (frees) for (const domain of told) expect(domain.targetKib - domain.actualKib).toBeLessThanOrEqual(domain.inaccuracyKib);
      const goal = { requiredKib, isReached: (free: number) => free >= requiredKib };
      expect(new Run(goal).iterate(domains, freeKib, 0)).toEqual(new Run(goal).iterate(domains, freeKib, 0));
    }),
    { numRuns: 1000 },
  );
});
