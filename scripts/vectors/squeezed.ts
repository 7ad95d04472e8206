/** squeezed.json: the original's scenarios, single iterations, and whole loops with random drivers. */
import { Run, type Verdict } from "../../services/hypervisor/policies/squeezed/run.ts";
import { byKey, type Case, type Checker, type Json } from "./case.ts";
import { type Behaviour, type DriverSpec, Machine } from "./squeezed-drivers.ts";
import { play } from "./squeezed-play.ts";

const NO_PHASES = "DisableTwoPhaseTargetSets";
const NO_COMPENSATION = "DisableInaccuracyCompensation";
const IDENTITY = new Set(["label", "initial", "freeKiB", "requiredKiB"]);

export const squeezed: Checker = {
  sections: ["scenarios", "oneIteration", "randomLoops"],
  *cases(file: Json): Iterable<Case> {
    yield* scenarios(file.scenarios ?? []);
    for (const [number, test] of (file.oneIteration?.cases ?? []).entries()) {
      const { result, ...input } = test;
      yield { name: `one iteration ${number}`, input, expected: result, ours: iteration(test) };
    }
    for (const { spec, run } of file.randomLoops?.cases ?? []) {
      const drivers: DriverSpec[] = spec.map((driver: Json) => driverSpec(driver, driver.behaviour));
      yield played(`random loop ${run.label}`, { spec, ...identity(run) }, run, new Machine(drivers, run.initial, run.freeKiB), []);
    }
  },
};

/**
 * Each scenario from its fresh state; and as the original's suite ran them, where a scenario told to be "as" another one
 * goes on with the very drivers that the other left behind, on a clock that starts again.
 */
function* scenarios(tests: Json[]): Iterable<Case> {
  const behavioursOf = new Map<string, Json[]>();
  const machines = new Map<string, Machine>();
  for (const test of tests) {
    const original = typeof test.behaviours === "string" ? test.behaviours.replace(/^as /, "") : undefined;
    const behaviours = original === undefined ? test.behaviours : behavioursOf.get(original);
    if (behaviours === undefined) {
      yield { name: `scenario ${test.name}`, input: test, expected: `scenario ${original} before it`, ours: undefined };
      continue;
    }
    behavioursOf.set(test.name, behaviours);
    const drivers = driversOf(test, behaviours);
    const fresh = test.freshState;
    const input = { behaviours, dynamicRanges: test.dynamicRanges, disabled: test.disabled, ...identity(fresh) };
    const machine = new Machine(drivers, fresh.initial, fresh.freeKiB);
    const inherited = original === undefined ? undefined : machines.get(original)?.rebooted(fresh.freeKiB);
    machines.set(test.name, machine);
    yield played(`scenario ${test.name}, fresh state`, input, fresh, machine, test.disabled);
    const shared = test.upstreamSharedStateOutcome;
    if (shared === undefined) continue;
    const again = inherited ?? new Machine(drivers, fresh.initial, fresh.freeKiB);
    const run = { ...shared, requiredKiB: fresh.requiredKiB };
    yield played(`scenario ${test.name}, shared state`, input, run, again, test.disabled);
  }
}

function driversOf(test: Json, behaviours: Json[]): DriverSpec[] {
  return behaviours.map((behaviour) => {
    const range = test.dynamicRanges.find(({ domid }: Json) => domid === behaviour.domid);
    return driverSpec({ domid: range.domid, min: range.dynamicMin, max: range.dynamicMax, inaccuracy: range.inaccuracy }, behaviour);
  });
}

function driverSpec(domain: Json, behaviour: Behaviour): DriverSpec {
  return { id: domain.domid, minimumKib: domain.min, maximumKib: domain.max, inaccuracyKib: domain.inaccuracy, behaviour };
}

function identity(run: Json): Json {
  return Object.fromEntries(Object.entries(run).filter(([key]) => IDENTITY.has(key)));
}

function played(name: string, input: Json, run: Json, machine: Machine, disabled: readonly string[]): Case {
  const expected = Object.fromEntries(Object.entries(run).filter(([key]) => !IDENTITY.has(key)));
  const unknown = disabled.find((name) => name !== NO_PHASES && name !== NO_COMPENSATION);
  if (unknown !== undefined) throw new Error(`unknown safeguard "${unknown}"`);
  const safeguards = { twoPhases: !disabled.includes(NO_PHASES), compensation: !disabled.includes(NO_COMPENSATION) };
  const result = play(machine, run.requiredKiB, safeguards);
  const ours = byKey(expected, {
    trace: () => result.trace,
    outcome: () => result.outcome,
    endedInPhase: () => result.phase,
    ticksAtFree: () => result.ticksAtFree,
    ticksTotal: () => machine.ticks,
    finalFree: () => machine.freeKib,
    final: () => machine.rows(),
  });
  return { name, input, expected, ours };
}

function iteration(test: Json): unknown {
  const run = new Run({ requiredKib: test.required, isReached: (freeKib) => freeKib >= test.required });
  const domains = test.domains.map((domain: Json) => ({
    id: domain.domid,
    canBalloon: domain.canBalloon,
    minimumKib: domain.min,
    maximumKib: domain.max,
    targetKib: domain.target,
    actualKib: domain.actual,
    inaccuracyKib: domain.inaccuracy,
  }));
  return named(run.iterate(domains, test.free, 0).verdict);
}

function named(verdict: Verdict): unknown {
  if (verdict.kind === "adjust") return { AdjustTargets: Object.fromEntries(verdict.targets) };
  return verdict.kind === "success" ? "Success" : { Failed: verdict.refusing };
}
