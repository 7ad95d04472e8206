/** Registration with the conductor: a process learns who it is, and what is to be run. */
import { setTimeout as delay } from "node:timers/promises";
import type { Bus } from "../bus/port.ts";
import type { Refusals } from "../bus/refusals.ts";
import type { Subjects } from "../bus/subjects.ts";
import type { ActorId } from "../engine/actor.ts";
import { AerostatError } from "../errors.ts";
import type { Logger } from "../logging.ts";
import { unpackScenario } from "../scenario/pack.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { type Control, type Controls, decodeControl, encodeControl, isRefusal } from "../wire/frame.ts";
import { CONTRACT, type Registration } from "../wire/messages.ts";

export interface Applicant {
  /** The connection that it asks on. */
  readonly bus: Bus;
  /** Public key that rights are to be issued to. */
  readonly userKey: string;
  readonly subjects: Subjects;
  readonly refusals: Refusals;
  readonly log: Logger;
  readonly role: string;
  /** This process's own name on the bus. */
  readonly process: string;
  readonly version: string;
  /** How many actors it can host. */
  readonly capacity: number;
  readonly realFaults: boolean;
  /** How long to ask where nobody answers. */
  readonly limitMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Enrolment {
  readonly run: string;
  readonly actors: readonly ActorId[];
  readonly incarnations: readonly number[];
  readonly scenario: Scenario;
  readonly virtual: boolean;
  readonly speed: number;
  /** Where results go; empty where the conductor does not say. */
  readonly outDir: string;
  /** The words of the command that repeats the run. */
  readonly command: readonly string[];
  readonly epoch: number;
}

const ANSWER_MS = 1_000;
const NOBODY_MS = 200;
const TAKEN_MS = 500;

/** What a lease is about: the scenario is asked for. Undefined: the signal came, and nobody answered. */
export async function enrolment(applicant: Applicant, registration: Registration): Promise<Enrolment | undefined> {
  const { actors, incarnations, virtualClock, speed, outDir, command, epoch } = registration;
  const text = await scenarioText(applicant, registration.scenarioParts);
  if (text === undefined) return undefined;
  const scenario = unpackScenario(text);
  return { run: applicant.subjects.run, actors, incarnations, scenario, virtual: virtualClock, speed, outDir, command, epoch };
}

/** What a process has that registers again: its actors, and the conductor's start that leased them. */
export type Held = Pick<Enrolment, "actors" | "incarnations" | "epoch">;
const NOTHING_HELD: Held = { actors: [], incarnations: [], epoch: 0 };

/**
 * Asks until there is a lease; again with what the process holds. An answer of another epoch than the lease's gives nothing: the run
 * has another conductor. Undefined: the signal came first.
 */
export async function registered(applicant: Applicant, held: Held = NOTHING_HELD): Promise<Registration | undefined> {
  const { signal, limitMs, log } = applicant;
  const { subjects, role, process: name } = applicant;
  const subject = held.actors.length === 0 ? subjects.register(role) : subjects.renew(name);
  let reason = "";
  let heardAtMs = performance.now();
  while (!signal?.aborted) {
    const answer = await ask(applicant, subject, "registration", registerFrame(applicant, held));
    if (answer !== undefined) {
      heardAtMs = performance.now();
      const isOthers = held.epoch !== 0 && answer.epoch !== held.epoch;
      if (!isOthers && answer.accepted && !isSame(held, answer)) throw replaced(applicant);
      if (isOthers || (answer.accepted && answer.contract === CONTRACT)) return answer;
      if (!answer.retry) throw refused(applicant, answer);
      if (answer.reason !== reason) log.info(`waiting for a lease: ${answer.reason}`);
      reason = answer.reason;
    } else {
      const nobody = `no conductor answers for run "${subjects.run}"`;
      if (performance.now() - heardAtMs > limitMs) throw new AerostatError("AERO_E_REGISTER", `${nobody} since ${limitMs / 1000} s`);
      if (reason !== nobody) log.info(`waiting: ${nobody}`);
      reason = nobody;
    }
    await delay(answer === undefined ? NOBODY_MS : TAKEN_MS);
  }
  return undefined;
}

/** Nobody takes what an actor sends under another incarnation than that of its lease. */
function isSame(held: Held, { actors, incarnations }: Registration): boolean {
  if (held.actors.length === 0) return true;
  const equal = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((each, i) => each === b[i]);
  return equal(held.actors, actors) && equal(held.incarnations, incarnations);
}

function replaced({ role, subjects }: Applicant): AerostatError {
  return new AerostatError("AERO_E_REGISTER", `another process has had the actors of this ${role} meanwhile, in run "${subjects.run}"`);
}

function registerFrame(applicant: Applicant, held: Held): Uint8Array {
  const { role, process: name, version, capacity, realFaults, subjects, userKey } = applicant;
  return encodeControl("register", {
    run: subjects.run,
    role,
    process: name,
    contract: CONTRACT,
    version,
    capacity,
    heldActors: held.actors,
    epoch: held.epoch,
    pid: process.pid,
    realFaults,
    userKey,
  });
}

function refused(applicant: Applicant, answer: Registration): AerostatError {
  if (answer.contract !== CONTRACT || answer.version !== applicant.version) {
    const ours = `this ${applicant.role} is aerostat ${applicant.version} (contract ${CONTRACT})`;
    const theirs = `the conductor of run "${applicant.subjects.run}" aerostat ${answer.version} (contract ${answer.contract})`;
    return new AerostatError("AERO_E_VERSION", `${ours}, ${theirs}: run the same version everywhere`);
  }
  return new AerostatError(
    "AERO_E_REGISTER",
    `the conductor of run "${applicant.subjects.run}" refused this ${applicant.role}: ${answer.reason}`,
  );
}

/** The server has cut this process off, and does not let it in again. */
export function withdrawn({ role, subjects }: Applicant): AerostatError {
  return new AerostatError("AERO_E_REGISTER", `the rights of this ${role} in run "${subjects.run}" were taken back: its lease has ended`);
}

/** Undefined: the signal came, and nobody answered. */
async function scenarioText(applicant: Applicant, parts: number): Promise<string | undefined> {
  const { subjects, limitMs, signal } = applicant;
  const beganMs = performance.now();
  let text = "";
  for (let part = 0; part < parts; ) {
    const frame = encodeControl("scenarioRequest", { run: subjects.run, part });
    const answer = await ask(applicant, subjects.scenario, "scenarioPart", frame);
    if (answer?.part === part) {
      text += answer.text;
      part++;
      continue;
    }
    if (signal?.aborted) return undefined;
    if (performance.now() - beganMs > limitMs) {
      throw new AerostatError(
        "AERO_E_REGISTER",
        `the conductor of run "${subjects.run}" does not tell its scenario (part ${part + 1} of ${parts})`,
      );
    }
    await delay(NOBODY_MS);
  }
  return text;
}

/** One request; undefined where no usable answer came. */
async function ask<K extends Control>(applicant: Applicant, subject: string, name: K, frame: Uint8Array): Promise<Controls[K] | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await applicant.bus.request(subject, frame, ANSWER_MS);
  } catch {
    return undefined;
  }
  const answer = decodeControl(name, bytes);
  if (!isRefusal(answer)) return answer;
  applicant.refusals.add(answer.refused, name);
  return undefined;
}
