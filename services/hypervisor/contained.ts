/**
 * A policy of the user's own, kept from doing harm: it lives in a thread of its own, sees copies, and is stopped when it takes too
 * long. What it throws and what nonsense it answers is the policy runner's to report, as for every policy.
 */
import { AerostatError } from "../../lib/errors.ts";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import type { HostView, Occasion, Policy, TargetDecision } from "./policies/policy.ts";
import { type PolicyThread, TimedOut } from "./policythread.ts";
import type { Made, OwnPolicy } from "./policyworker.ts";

/** A thread in which the module is loaded. */
export type Open = () => PolicyThread;

const LIMIT_MS = 1_000;
/** So often too slow, it is not asked any more: every time costs the run a second. */
const MOST_TIMEOUTS = 3;
const MEMBERS: readonly (keyof OwnPolicy)[] = ["intervalNs", "occasions", "enforces", "sampling", "decide"];
const OCCASIONS: readonly Occasion[] = ["interval", "state", "roster"];

/** The policy that the module makes. Throws AERO_E_INPUT for one that can not be made, or not be asked. */
export function contained(name: string, open: Open, options: Readonly<Record<string, unknown>>, scenario: Scenario): Policy {
  const { thread, made } = begun(name, open, options, scenario);
  const { intervalNs, occasions, enforces, sampling } = made;
  const asked = asking(thread, () => begun(name, open, options, scenario).thread);
  return { intervalNs, occasions, enforces, ...asked, ...(sampling === undefined ? {} : { sampling }) };
}

/** A thread with the policy in it, and what the policy says of itself. */
function begun(name: string, open: Open, options: Readonly<Record<string, unknown>>, scenario: Scenario) {
  const thread = open();
  try {
    return { thread, made: soundOf(thread.ask({ what: "create", options, scenario }, LIMIT_MS) as Made) };
  } catch (cause) {
    thread.end();
    const { message } = cause as Error;
    if (cause instanceof Unsound) throw wrong(name, message);
    throw wrong(name, cause instanceof TimedOut ? `create() ${message}` : `create() threw: ${message}`, cause);
  }
}

class Unsound extends Error {}

function soundOf({ intervalNs, occasions = [], enforces = false, sampling, decides, unheard }: Made) {
  if (!decides) throw new Unsound("create() returned nothing with a function `decide(view)`");
  if (unheard.length > 0) {
    throw new Unsound(`create() returned ${unheard.join(", ")}: only Aerostat's own policies have that; allowed: ${MEMBERS.join(", ")}`);
  }
  if (typeof intervalNs !== "number" || !(intervalNs > 0)) {
    throw new Unsound(`intervalNs is ${String(intervalNs)}; needed: nanoseconds above 0`);
  }
  const strange = occasions.find((occasion) => !OCCASIONS.includes(occasion));
  if (strange !== undefined) throw new Unsound(`occasion "${strange}" is not known; allowed: ${OCCASIONS.join(", ")}`);
  return { intervalNs, occasions, enforces, sampling };
}

function wrong(name: string, why: string, cause?: unknown): AerostatError {
  return new AerostatError("AERO_E_INPUT", `policy ${name}: ${why}`, { cause });
}

/** Asks the policy in its thread; one that was stopped for taking too long goes on in a thread of `again`. */
function asking(first: PolicyThread, again: () => PolicyThread): Pick<Policy, "decide" | "end"> {
  let thread = first;
  let timeouts = 0;
  const decide = (view: HostView): readonly TargetDecision[] => {
    if (timeouts >= MOST_TIMEOUTS) return [];
    try {
      return thread.ask({ what: "decide", view }, LIMIT_MS) as readonly TargetDecision[];
    } catch (cause) {
      if (!(cause instanceof TimedOut)) throw cause;
      timeouts++;
      if (timeouts === MOST_TIMEOUTS) throw new Error(`${cause.message}; after ${MOST_TIMEOUTS} times it is not asked any more`);
      thread = again();
      throw cause;
    }
  };
  return { decide, end: () => thread.end() };
}
