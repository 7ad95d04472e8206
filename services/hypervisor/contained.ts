/**
 * A policy of the user's own, kept from doing harm: it lives in a thread of its own, sees copies, and is stopped when it takes too
 * long. What it throws and what nonsense it answers is the policy runner's to report, as for every policy.
 */
import { AerostatError } from "../../lib/errors.ts";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import type { HostView, Occasion, Policy, TargetDecision } from "./policies/policy.ts";
import { type PolicyThread, TimedOut } from "./policythread.ts";
import type { Made } from "./policyworker.ts";

/** A thread in which the module is loaded. */
export type Open = () => PolicyThread;

const LIMIT_MS = 1_000;
/** So often too slow, it is not asked any more: every time costs the run a second. */
const MOST_TIMEOUTS = 3;
const OCCASIONS: readonly Occasion[] = ["interval", "state", "roster"];

export function contained(name: string, open: Open, options: Readonly<Record<string, unknown>>, scenario: Scenario): Policy {
  const wrong = (why: string, cause?: unknown) => new AerostatError("AERO_E_INPUT", `policy ${name}: ${why}`, { cause });
  let thread = open();
  const create = (): Made => thread.ask({ what: "create", options, scenario }, LIMIT_MS) as Made;
  let made: Made;
  try {
    made = create();
  } catch (cause) {
    thread.end();
    const { message } = cause as Error;
    throw wrong(cause instanceof TimedOut ? `create() ${message}` : `create() threw: ${message}`, cause);
  }
  const { intervalNs, occasions = [], enforces = false, sampling, decides } = made;
  if (!decides) throw wrong("create() returned nothing with a function `decide(view)`");
  if (typeof intervalNs !== "number" || !(intervalNs > 0)) throw wrong(`intervalNs is ${String(intervalNs)}; needed: nanoseconds above 0`);
  const strange = occasions.find((occasion) => !OCCASIONS.includes(occasion));
  if (strange !== undefined) throw wrong(`occasion "${strange}" is not known; allowed: ${OCCASIONS.join(", ")}`);

  let timeouts = 0;
  const decide = (view: HostView): readonly TargetDecision[] => {
    if (timeouts >= MOST_TIMEOUTS) return [];
    try {
      return thread.ask({ what: "decide", view }, LIMIT_MS) as readonly TargetDecision[];
    } catch (cause) {
      if (!(cause instanceof TimedOut)) throw cause;
      timeouts++;
      if (timeouts === MOST_TIMEOUTS) throw new Error(`${cause.message}; after ${MOST_TIMEOUTS} times it is not asked any more`);
      thread = open();
      create();
      throw cause;
    }
  };
  return { intervalNs, occasions, enforces, decide, ...(sampling === undefined ? {} : { sampling }) };
}
