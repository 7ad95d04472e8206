/**
 * The subject tree (docs/bus.md). It is the security boundary: who may publish and subscribe is written against it, so a
 * subject names its sender wherever several may send, and the client's names are checked here, because NATS does not.
 */
import { type ActorId, HYPERVISOR, MONITOR, type RosterEntry } from "../engine/actor.ts";
import { AerostatError } from "../errors.ts";

/** Stands for one token. */
const ANY = "*";
const TOKEN = /^[A-Za-z0-9_-]{1,64}$/;

/** A name that can be one token of a subject. */
export function token(what: string, name: string): string {
  if (TOKEN.test(name)) return name;
  throw new AerostatError(
    "AERO_E_INPUT",
    `${what} ${JSON.stringify(name)} can not be used on the bus: 1 to 64 of A-Z, a-z, 0-9, _ and - are allowed`,
  );
}

export class Subjects {
  readonly run: string;
  readonly #root: string;
  readonly #roster: readonly string[];

  /** `roster`: names of the run's actors by number; empty where they are not known yet. */
  constructor(run: string, roster: readonly RosterEntry[] = []) {
    this.run = run === ANY ? run : token("run", run);
    this.#root = `aerostat.${run}`;
    this.#roster = roster.map((entry) => token("actor", entry.name));
  }

  /** Of every run there may be: to write permissions with. */
  static ofAnyRun(): Subjects {
    return new Subjects(ANY);
  }

  get everything(): string {
    return `${this.#root}.>`;
  }

  /** Where a process asks for a lease. */
  register(role: string): string {
    return `${this.#root}.roster.register.${role}`;
  }

  /** Where a process that has a lease asks whether it still has it. */
  renew(process: string): string {
    return `${this.#root}.roster.renew.${process}`;
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

  heartbeat(process: string): string {
    return `${this.#root}.roster.heartbeat.${process}`;
  }

  grant(process: string): string {
    return `${this.#root}.clock.grant.${process}`;
  }

  done(process: string): string {
    return `${this.#root}.clock.done.${process}`;
  }

  order(actor: ActorId | "*"): string {
    return `${this.#root}.fault.order.${actor === ANY ? actor : this.#name(actor)}`;
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
