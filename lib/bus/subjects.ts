/**
 * The subject tree (docs/bus.md). It is the security boundary: who may publish and subscribe is written against it, so a
 * subject names its sender wherever several may send, and the client's names are checked here, because NATS does not.
 */
import { type ActorId, HYPERVISOR, MONITOR, type RosterEntry } from "../engine/actor.ts";
import { AerostatError } from "../errors.ts";
import { isName, NAME_RULE } from "../wire/name.ts";

/** Of every run, role, process or actor: one token, whichever. A symbol, because no name that somebody sends can be one. */
export const EVERY: unique symbol = Symbol("every");
type Every = typeof EVERY;
const ANY = "*";

/** A name that can be one token of a subject. */
export function token(what: string, name: string): string {
  if (isName(name)) return name;
  throw new AerostatError("AERO_E_INPUT", `${what} ${JSON.stringify(name.slice(0, 80))} can not be used on the bus; allowed: ${NAME_RULE}`);
}

export class Subjects {
  readonly run: string;
  readonly #root: string;
  readonly #roster: readonly string[];

  /** `roster`: names of the run's actors by number; empty where they are not known yet. */
  constructor(run: string | Every, roster: readonly RosterEntry[] = []) {
    this.run = one("run", run);
    this.#root = `aerostat.${this.run}`;
    this.#roster = roster.map((entry) => token("actor", entry.name));
  }

  get everything(): string {
    return `${this.#root}.>`;
  }

  /** Where a process asks for a lease. */
  register(role: string | Every): string {
    return `${this.#root}.roster.register.${one("role", role)}`;
  }

  /** Where a process that has a lease asks whether it still has it. */
  renew(process: string | Every): string {
    return `${this.#root}.roster.renew.${one("process", process)}`;
  }

  get scenario(): string {
    return `${this.#root}.roster.scenario`;
  }

  get status(): string {
    return `${this.#root}.roster.status`;
  }

  get inject(): string {
    return `${this.#root}.fault.inject`;
  }

  heartbeat(process: string | Every): string {
    return `${this.#root}.roster.heartbeat.${one("process", process)}`;
  }

  grant(process: string | Every): string {
    return `${this.#root}.clock.grant.${one("process", process)}`;
  }

  done(process: string | Every): string {
    return `${this.#root}.clock.done.${one("process", process)}`;
  }

  order(actor: ActorId | Every): string {
    return `${this.#root}.fault.order.${actor === EVERY ? ANY : this.#name(actor)}`;
  }

  /** What all VMs are sent, what they all send their host, and what they all tell the monitor. */
  everyVm(what: "inbox" | "host" | "telemetry"): string {
    if (what === "inbox") return `${this.#root}.vm.*`;
    return what === "host" ? `${this.#root}.host.${this.#name(HYPERVISOR)}.from.*` : `${this.#root}.telemetry.*`;
  }

  /** Where a message between two actors travels on the wall clock. */
  message(source: ActorId, destination: ActorId): string {
    const from = this.#name(source);
    const to = this.#name(destination);
    if (destination === MONITOR) return `${this.#root}.telemetry.${from}`;
    return destination === HYPERVISOR ? `${this.#root}.host.${to}.from.${from}` : `${this.#root}.vm.${to}`;
  }

  /** What the process of an actor listens to for messages of other actors. */
  inbox(actor: ActorId): string {
    if (actor === MONITOR) return `${this.#root}.telemetry.*`;
    return actor === HYPERVISOR ? `${this.#root}.host.${this.#name(actor)}.from.*` : `${this.#root}.vm.${this.#name(actor)}`;
  }

  /** True when a message that came on `subject` may say that it is from `source` to `destination`. */
  allows(subject: string, source: ActorId, destination: ActorId): boolean {
    if (this.#roster[source] === undefined || this.#roster[destination] === undefined) return false;
    return mayAddress(source, destination) && this.message(source, destination) === subject;
  }

  #name(actor: ActorId): string {
    const name = this.#roster[actor];
    if (name === undefined) throw new AerostatError("AERO_E_ACTOR", `assertion failed: actor ${actor} is in the roster of run ${this.run}`);
    return name;
  }
}

function one(what: string, name: string | Every): string {
  return name === EVERY ? ANY : token(what, name);
}

/** Who speaks to whom: VMs to their host, it to them, and both to the monitor. */
export function mayAddress(source: ActorId, destination: ActorId): boolean {
  if (destination === MONITOR) return source >= HYPERVISOR;
  if (destination === HYPERVISOR) return source > HYPERVISOR;
  return destination > HYPERVISOR && source === HYPERVISOR;
}

/** The last token of a subject: the process or actor that it names. */
export function lastToken(subject: string): string {
  return subject.slice(subject.lastIndexOf(".") + 1);
}
