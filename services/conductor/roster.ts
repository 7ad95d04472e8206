/**
 * Who plays which actor: registration, leases, incarnations, heartbeats. Pure: the caller brings the time.
 *
 * A lease does not end by itself: a silent process loses it when another one asks for the identity. So a process that was
 * only stopped for a while goes on where it was.
 */
import type { ActorId, RosterEntry } from "../../lib/engine/actor.ts";
import type { Register } from "../../lib/wire/messages.ts";
import { refusalOf } from "./application.ts";
import { inherited, isGuest, type Lease, type Place, waitsForFallen } from "./place.ts";

export type Verdict = { readonly lease: Lease } | { readonly reason: string; readonly retry: boolean };

export interface RosterOptions {
  readonly entries: readonly RosterEntry[];
  readonly run: string;
  readonly version: string;
  /** Sets this conductor apart from an earlier one of the same run. */
  readonly epoch: number;
  /** A process that is silent for this long can be replaced. */
  readonly expiryMs: number;
  /** Guests in the order in which they are leased. Default: that of the entries. */
  readonly order?: readonly ActorId[];
  /** Guests without which the run can not begin. Default: all. */
  readonly leastGuests?: number;
  readonly onEnd?: ((lease: Lease) => void) | undefined;
}

export class Roster {
  readonly #options: RosterOptions;
  readonly #places: Place[]; // by actor
  readonly #queue: readonly Place[]; // in order of leasing
  readonly #leases = new Map<string, Lease>();
  #closed: { readonly reason: string; readonly open: string | undefined } | undefined;

  constructor(options: RosterOptions) {
    this.#options = options;
    this.#places = options.entries.map((entry) => ({ entry, holder: undefined, incarnation: 0, downUntilMs: 0, heir: undefined }));
    const guests = options.order?.map((actor) => this.#places[actor] as Place) ?? this.#places.filter(isGuest);
    this.#queue = [...this.#places.filter((place) => !isGuest(place)), ...guests];
  }

  /** No new process is taken from now on but of the `open` role, whose faults are over; those that have a lease keep it. */
  close(reason: string, open?: string): void {
    this.#closed = { reason, open };
    for (const place of this.#placesOf(open)) place.downUntilMs = 0;
  }

  /** With `heldActors` it is the renewal of a lease, which confirms the one that there is and never gives one. */
  register(message: Register, nowMs: number): Verdict {
    const refusal = refusalOf(message, this.#options);
    if (refusal !== undefined) return { reason: refusal, retry: false };
    const own = this.#leases.get(message.process);
    if (own !== undefined) {
      if (own.userKey !== message.userKey) return { reason: `there is another process of the name "${message.process}"`, retry: false };
      own.heardAtMs = nowMs;
      return { lease: own };
    }
    if (this.#closed !== undefined && this.#closed.open !== message.role) return { reason: this.#closed.reason, retry: false };
    // Given anew, its actors would be of the next incarnation, and it plays this one.
    if (message.heldActors.length > 0) return { reason: "its lease has ended, or gone to another process", retry: false };
    const free = this.#free(message.role, nowMs);
    const waits = waitsForFallen(this.#placesOf(message.role), message.process, nowMs);
    if (free.length === 0 || waits) return { reason: this.#whyNone(message.role, nowMs), retry: true };
    return { lease: this.#give(message, inherited(free, message.process).slice(0, message.capacity), nowMs) };
  }

  /** False for a process without a lease. */
  heard(process: string, nowMs: number, refused: number): boolean {
    const lease = this.#leases.get(process);
    if (lease === undefined) return false;
    lease.heardAtMs = Math.max(lease.heardAtMs, nowMs);
    lease.listens = true;
    lease.refused = refused;
    return true;
  }

  /** A process says that it goes: its place is empty at once. */
  leave(process: string): void {
    const lease = this.#leases.get(process);
    if (lease !== undefined) this.#end(lease);
  }

  /** The process of a crashed actor is gone, and nobody may play it before `untilMs`, or before an earlier crash has healed. */
  down(actor: ActorId, untilMs: number): void {
    const place = this.#places[actor] as Place;
    if (place.holder !== undefined) this.#end(place.holder);
    place.downUntilMs = Math.max(place.downUntilMs, untilMs);
    place.heir = undefined;
  }

  /** A stopped process keeps its lease: it counts as heard until `untilMs`. */
  excuse(actor: ActorId, untilMs: number): void {
    const lease = this.#places[actor]?.holder;
    if (lease !== undefined) lease.heardAtMs = Math.max(lease.heardAtMs, untilMs);
  }

  holder(actor: ActorId): Lease | undefined {
    return this.#places[actor]?.holder;
  }

  lease(process: string): Lease | undefined {
    return this.#leases.get(process);
  }

  leases(): Lease[] {
    return [...this.#leases.values()].sort((a, b) => (a.actors[0] as number) - (b.actors[0] as number));
  }

  /** Leases whose process is heard of. */
  present(nowMs: number): Lease[] {
    return this.leases().filter((lease) => !this.#isSilent(lease, nowMs));
  }

  /** Names of actors that are not ready to begin: who is missing, and whose process does not listen yet. What is sent to it is lost. */
  unready(nowMs: number): string[] {
    const deaf = this.present(nowMs).filter(({ listens }) => !listens);
    return [...this.missing(nowMs), ...this.names(deaf.flatMap(({ actors }) => actors))];
  }

  /** Names of actors that the run can not begin without, and that nobody plays yet, or whose process has been silent too long. */
  missing(nowMs: number): string[] {
    const present = new Set(this.present(nowMs));
    const absent = this.#queue.filter(({ entry, holder }) => entry.role !== "conductor" && !(holder && present.has(holder)));
    const guests = absent.filter(isGuest);
    const all = this.#places.filter(isGuest).length;
    const needed = guests.length - (all - (this.#options.leastGuests ?? all));
    return [...absent.filter((place) => !isGuest(place)), ...guests.slice(0, Math.max(0, needed))].map((place) => place.entry.name);
  }

  names(actors: readonly ActorId[]): string[] {
    return actors.map((actor) => this.#places[actor]?.entry.name ?? `actor ${actor}`);
  }

  #isSilent(lease: Lease, nowMs: number): boolean {
    return nowMs - lease.heardAtMs > this.#options.expiryMs;
  }

  /** In order of leasing. */
  #placesOf(role: string | undefined): readonly Place[] {
    return this.#queue.filter(({ entry }) => entry.role === role);
  }

  /** Empty places first: who is silent may only be slow. */
  #free(role: string, nowMs: number): readonly Place[] {
    const up = this.#placesOf(role).filter(({ downUntilMs }) => downUntilMs <= nowMs);
    const silent = up.filter(({ holder }) => holder !== undefined && this.#isSilent(holder, nowMs));
    return [...up.filter(({ holder }) => holder === undefined), ...silent];
  }

  #give(message: Register, places: readonly Place[], nowMs: number): Lease {
    for (const place of places) {
      if (place.holder !== undefined) this.#end(place.holder);
      place.incarnation++;
      place.heir = undefined;
    }
    const lease: Lease = {
      process: message.process,
      role: message.role,
      actors: places.map((place) => place.entry.id),
      incarnations: places.map((place) => place.incarnation),
      version: message.version,
      pid: message.pid,
      userKey: message.userKey,
      realFaults: message.realFaults && places.length === 1,
      heardAtMs: nowMs,
      listens: false,
      refused: 0,
    };
    for (const place of places) place.holder = lease;
    this.#leases.set(lease.process, lease);
    return lease;
  }

  #end(lease: Lease): void {
    this.#leases.delete(lease.process);
    for (const place of this.#places) if (place.holder === lease) place.holder = undefined;
    this.#options.onEnd?.(lease);
  }

  #whyNone(role: string, nowMs: number): string {
    const places = this.#placesOf(role);
    const down = places.filter((place) => place.downUntilMs > nowMs).map((place) => place.entry.name);
    if (down.length > 0) return `${down.join(", ")} is down by a fault until later, and no other identity is for this process`;
    return places.length === 1 ? `the ${role} is there already` : `all ${places.length} identities of role ${role} are taken`;
  }
}
