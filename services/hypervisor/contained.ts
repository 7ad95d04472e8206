/**
 * A policy of the user's own, kept from doing harm: it sees copies, and is stopped when it takes too long. What it throws and
 * what nonsense it answers is the policy runner's to report, as for every policy.
 */
import { Script } from "node:vm";
import { AerostatError } from "../../lib/errors.ts";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import type { HostView, Occasion, Policy, TargetDecision } from "./policies/policy.ts";

/** What a user's module exports as default. */
export interface UserModule {
  readonly summary?: string;
  /** Parameters with their defaults: numbers, texts, flags. */
  readonly options?: Readonly<Record<string, unknown>>;
  create(options: Readonly<Record<string, unknown>>, scenario: Scenario): Partial<Policy>;
}

const LIMIT_MS = 1_000;
/** So often too slow, it is not asked any more: every time costs the run a second. */
const MOST_TIMEOUTS = 3;
const OCCASIONS: readonly Occasion[] = ["interval", "state", "roster"];

export function contained(name: string, module: UserModule, options: Readonly<Record<string, unknown>>, scenario: Scenario): Policy {
  const wrong = (why: string, cause?: unknown) => new AerostatError("AERO_E_INPUT", `policy ${name}: ${why}`, { cause });
  let made: Partial<Policy>;
  try {
    made = timed(() => module.create(structuredClone(options), structuredClone(scenario)));
  } catch (cause) {
    throw wrong(`create() threw: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  const { intervalNs, occasions = [], enforces = false, sampling } = made ?? {};
  if (typeof made?.decide !== "function") throw wrong("create() returned nothing with a function `decide(view)`");
  if (typeof intervalNs !== "number" || !(intervalNs > 0)) throw wrong(`intervalNs is ${String(intervalNs)}; needed: nanoseconds above 0`);
  const strange = occasions.find((occasion) => !OCCASIONS.includes(occasion));
  if (strange !== undefined) throw wrong(`occasion "${strange}" is not known; allowed: ${OCCASIONS.join(", ")}`);
  const decide = limited(made as Pick<Policy, "decide">);
  return { intervalNs, occasions, enforces, decide, ...(sampling === undefined ? {} : { sampling }) };
}

function limited(policy: Pick<Policy, "decide">): Policy["decide"] {
  let timeouts = 0;
  return (view: HostView) => {
    if (timeouts >= MOST_TIMEOUTS) return [];
    try {
      return timed(() => copied(policy.decide(structuredClone(view))));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException | undefined)?.code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw cause;
      timeouts++;
      const more = timeouts < MOST_TIMEOUTS ? "" : `; after ${MOST_TIMEOUTS} times it is not asked any more`;
      throw new Error(`took longer than ${LIMIT_MS} ms and was stopped${more}`);
    }
  };
}

/** Plain data, whatever the answer was made of. What is not a list is left to the runner to name. */
function copied(answer: readonly TargetDecision[]): readonly TargetDecision[] {
  return Array.isArray(answer) ? answer.map((decision) => ({ vm: decision?.vm, targetPages: decision?.targetPages })) : answer;
}

const CALL = "aerostat.policy.call";
const script = new Script(`globalThis[Symbol.for(${JSON.stringify(CALL)})]()`);

/** A script's timeout ends whatever JavaScript it called: nothing else stops a loop in its own thread. */
function timed<T>(work: () => T): T {
  const host = globalThis as unknown as Record<symbol, (() => T) | undefined>;
  const key = Symbol.for(CALL);
  host[key] = work;
  try {
    return script.runInThisContext({ timeout: LIMIT_MS }) as T;
  } finally {
    host[key] = undefined;
  }
}
