/** A fault that an operator sends into a running system. */
import { AerostatError } from "../../lib/errors.ts";
import { parseFault } from "../../lib/scenario/fault.ts";
import { actorNamed } from "../../lib/scenario/roster.ts";
import type { FaultConfig, FaultName } from "../../lib/scenario/scenario.ts";
import type { Controls } from "../../lib/wire/frame.ts";
import type { Conductor } from "./conductor.ts";

const MAX_FAULT_TEXT = 10_000;
/** Other faults hold for whoever comes to play the actor later. */
const HURTS_WHO_PLAYS: ReadonlySet<FaultName> = new Set<FaultName>(["crash", "hang"]);

/** Model time at which it takes hold; an error says what is wrong with it. */
export function injected(conductor: Conductor, message: Controls["injectRequest"], nowMs: number): number {
  const { entries, options, clock, phase } = conductor;
  if (message.run !== options.run) throw refusal(`this is run "${options.run}", not "${message.run}"`);
  if (phase !== "running") throw refusal(`a fault can be injected while the run is running; it is ${phase}`);
  const written = parsed(message.fault);
  const names = new Set(entries.filter((entry) => entry.role !== "conductor").map((entry) => entry.name));
  const config = parseFault({ at: "0s", ...written }, { host: options.scenario.host.name, names });
  checkPlayed(conductor, config, nowMs);
  const atNs = clock.inject(config, nowMs);
  options.log.info({ fault: config.fault, target: config.target, atNs }, "a fault is injected");
  return atNs;
}

/** Where guests lease what is free, as containers do, a VM of the scenario may be nobody's. */
function checkPlayed({ entries, roster, clock }: Conductor, { fault, target, atNs }: FaultConfig, nowMs: number): void {
  if (!HURTS_WHO_PLAYS.has(fault) || atNs > clock.nowNs(nowMs)) return;
  const actor = actorNamed(entries, target);
  if (actor === undefined || roster.holder(actor) !== undefined) return;
  throw refusal(`target: no process plays "${target}" now, so nothing would be hurt by a ${fault}; allowed: an actor that "status" lists`);
}

function parsed(text: string): Record<string, unknown> {
  if (text.length > MAX_FAULT_TEXT) throw refusal(`a fault of ${text.length} characters; allowed: ${MAX_FAULT_TEXT}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw refusal('a fault is a JSON object, such as {"fault": "crash", "target": "vm-01", "for": "5s"}');
}

function refusal(text: string): AerostatError {
  return new AerostatError("AERO_E_INPUT", text);
}
