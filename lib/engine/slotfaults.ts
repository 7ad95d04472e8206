/**
 * The faults that hold for one actor now, each by its number: of one kind several may overlap, and what they do ends with the last
 * of them. What is not the actor's own (its links, its devices) outlives its crash.
 */
import { isDriverFault } from "../wire/driverfaults.ts";
import { FaultKind, type FaultOrder, type Message } from "../wire/messages.ts";
import { CONDUCTOR } from "./actor.ts";
import type { Event } from "./heap.ts";

export class SlotFaults {
  readonly crashes = new Set<number>();
  readonly hangs = new Set<number>();
  readonly links = new Map<number, FaultOrder>();
  /** Orders on the actor's devices: the next incarnation must hear of them. */
  readonly #devices = new Map<number, Message>();
  /** News of the conductor that came while the actor was down. */
  #news: Message[] = [];

  /** Faults that the kernel carries out itself; the actor is told of the others. */
  static isKernels(order: FaultOrder): boolean {
    return !isDriverFault(order.kind) && order.kind !== FaultKind.FAULT_KIND_DISK_SLOW;
  }

  noteDevice(order: FaultOrder, message: Message): void {
    if (order.active) this.#devices.set(order.fault, message);
    else this.#devices.delete(order.fault);
  }

  noteLink(order: FaultOrder): void {
    if (order.active) this.links.set(order.fault, order);
    else this.links.delete(order.fault);
  }

  /** Of what comes for an actor that is down: its orders are known by number, news is kept, all else is lost. */
  keep({ message }: Event): void {
    if (message?.source === CONDUCTOR && message.kind !== "faultOrder") this.#news.push(message);
  }

  /** What an actor must be told that has just booted anew. */
  takeUntold(): Message[] {
    const orders = [...this.#devices].sort(([a], [b]) => a - b).map(([, message]) => message);
    return [...orders, ...this.#news.splice(0)];
  }
}
