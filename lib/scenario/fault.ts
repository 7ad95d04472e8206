/** One grammar of faults, for a scenario's schedule and for `aerostat inject` (docs/faults.md). */
import { AerostatError } from "../errors.ts";
import { type Issue, issuesOf, type Path, showPath } from "./issue.ts";
import type { FaultConfig, FaultName } from "./scenario.ts";
import { type FaultFile, fault as faultSchema } from "./schema/faults.ts";
import { meant } from "./schema/field.ts";
import { shown } from "./schema/units.ts";

/** Who can be hit. */
export interface Targets {
  readonly host: string;
  /** Every actor's name but the conductor's. */
  readonly names: ReadonlySet<string>;
}

const DEFAULT_DELAY_NS = 100_000_000;
const LINK_FAULTS: ReadonlySet<FaultName> = new Set<FaultName>(["link-drop", "link-delay", "link-duplicate"]);
const MAX_SLOWDOWN = 1000;

/** What the amount of a fault is, where it has one. */
interface Amount {
  readonly fallback: number;
  readonly least: number;
  readonly most: number;
  /** Said of an amount out of that range. */
  readonly wrong: string;
}

const FACTOR = { fallback: 10, least: 1, most: MAX_SLOWDOWN };
const PROBABILITY: Amount = { fallback: 1, least: 0, most: 1, wrong: "is not a probability" };
const MEMORY_SHARE: Amount = { fallback: 0.1, least: 0, most: 1, wrong: "is not a share of the VM's memory" };
const AMOUNTS: Readonly<Partial<Record<FaultName, Amount>>> = {
  "link-drop": PROBABILITY,
  "link-duplicate": PROBABILITY,
  "disk-slow": { ...FACTOR, wrong: "would make the disk faster" },
  "driver-slow": { ...FACTOR, wrong: "would make the driver faster" },
  "driver-over-reporting": MEMORY_SHARE,
  "driver-under-reporting": MEMORY_SHARE,
};

/** The schedule, in order of time. `host` names the host, whatever it is called. */
export function resolveFaults(faults: readonly FaultFile[], targets: Targets, issues: Issue[]): FaultConfig[] {
  const resolved = faults.map((fault, index) => resolveFault(fault, ["faults", index], targets, issues));
  return resolved.sort((a, b) => a.atNs - b.atNs);
}

/** A fault as a user writes it (`{at, fault, target, for, ...}`), or an error that says all that is wrong with it. */
export function parseFault(written: Readonly<Record<string, unknown>>, targets: Targets): FaultConfig {
  const parsed = faultSchema.safeParse(written);
  const issues: Issue[] = [];
  const config = parsed.success ? resolveFault(parsed.data, [], targets, issues) : undefined;
  if (!parsed.success) issues.push(...issuesOf(parsed.error, faultSchema, written));
  if (config === undefined || issues.length > 0) {
    throw new AerostatError("AERO_E_INPUT", issues.map((issue) => `${showPath(issue.path)}: ${issue.message}`).join("\n"));
  }
  return config;
}

function resolveFault(fault: FaultFile, path: Path, targets: Targets, issues: Issue[]): FaultConfig {
  const target = fault.target === "host" ? targets.host : fault.target;
  const peer = fault.peer === "host" ? targets.host : fault.peer;
  checkParties(fault, target, peer, path, targets, issues);
  checkAmount(fault, path, issues);
  return {
    atNs: fault.at,
    fault: fault.fault,
    target,
    ...(peer === undefined ? {} : { peer }),
    durationNs: fault.for,
    amount: fault.amount ?? AMOUNTS[fault.fault]?.fallback ?? 1,
    delayNs: fault.fault === "link-delay" ? (fault.delay ?? DEFAULT_DELAY_NS) : 0,
  };
}

function checkParties(fault: FaultFile, target: string, peer: string | undefined, path: Path, targets: Targets, issues: Issue[]): void {
  const refuse = (key: string, message: string) => issues.push({ path: [...path, key], message });
  const unknown = (who: string) => `there is no actor ${shown(who)}${meant(who, [...targets.names])}; allowed: a VM, "host" or "monitor"`;
  const onLink = LINK_FAULTS.has(fault.fault);
  if (!targets.names.has(target)) refuse("target", unknown(target));
  else if (onLink && target === "monitor")
    refuse("target", `${shown(target)} only listens: it has no link to hit; allowed: a VM or "host"`);
  else if (fault.fault.startsWith("driver-") && (target === targets.host || target === "monitor")) {
    refuse("target", `${shown(target)} has no balloon driver; allowed: a VM`);
  } else if (fault.fault === "disk-slow" && target !== targets.host) refuse("target", `${shown(target)} has no disk; allowed: "host"`);
  if (peer === undefined) return;
  if (!onLink) refuse("peer", `a "${fault.fault}" has no peer; only link faults have one`);
  else if (!targets.names.has(peer)) refuse("peer", unknown(peer));
  else if (peer === target) refuse("peer", `${shown(peer)} is the target itself; an actor has no link to itself`);
  else if (targets.names.has(target) && target !== targets.host && peer !== targets.host && peer !== "monitor") {
    refuse("peer", `VMs do not speak to each other, so ${shown(target)} has no link to ${shown(peer)}; allowed: "host" or "monitor"`);
  }
}

function checkAmount(fault: FaultFile, path: Path, issues: Issue[]): void {
  const refuse = (key: string, message: string) => issues.push({ path: [...path, key], message });
  const { amount, delay } = fault;
  if (delay !== undefined && fault.fault !== "link-delay") refuse("delay", `a "${fault.fault}" has no delay; only "link-delay" has one`);
  if (amount === undefined) return;
  const allowed = AMOUNTS[fault.fault];
  if (allowed === undefined) {
    refuse("amount", `a "${fault.fault}" has no amount; only ${Object.keys(AMOUNTS).join(", ")} have one`);
  } else if (amount < allowed.least || amount > allowed.most) {
    refuse("amount", `${amount} ${allowed.wrong}; allowed: ${allowed.least} to ${allowed.most}`);
  }
}
