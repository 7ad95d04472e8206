/**
 * The event queue: a binary heap in the run's total order (time, priority, source, sequence, destination, incarnation).
 */
import type { Message } from "../wire/messages.ts";

/** Faults come before messages, messages before timers of the same instant. */
export const PRIORITY_FAULT = 0;
export const PRIORITY_MESSAGE = 1;
export const PRIORITY_TIMER = 2;

export interface Event {
  readonly timeNs: number;
  readonly priority: number;
  readonly source: number;
  readonly sequence: number;
  readonly destination: number;
  /** Its handling neither sends nor sets a timer, so it does not bound the lookahead. */
  readonly silent: boolean;
  /** Undefined for a timer. */
  readonly message: Message | undefined;
  readonly timer: string;
  readonly data: number;
  /** Timers: incarnation that set it. */
  readonly incarnation: number;
}

export function before(a: Event, b: Event): boolean {
  if (a.timeNs !== b.timeNs) return a.timeNs < b.timeNs;
  if (a.priority !== b.priority) return a.priority < b.priority;
  if (a.source !== b.source) return a.source < b.source;
  if (a.sequence !== b.sequence) return a.sequence < b.sequence;
  if (a.destination !== b.destination) return a.destination < b.destination;
  // A sender that restarted counts from 1 again: its old and new message may arrive at one instant.
  return a.incarnation < b.incarnation;
}

/** A timer of an actor, as an event. */
export function timerEvent(id: number, incarnation: number, sequence: number, timeNs: number, timer: string, data: number): Event {
  return {
    timeNs,
    priority: PRIORITY_TIMER,
    source: id,
    sequence,
    destination: id,
    silent: false,
    message: undefined,
    timer,
    data,
    incarnation,
  };
}

export class EventHeap {
  readonly #events: Event[] = [];

  get size(): number {
    return this.#events.length;
  }

  peek(): Event | undefined {
    return this.#events[0];
  }

  push(event: Event): void {
    const events = this.#events;
    let child = events.length;
    events.push(event);
    while (child > 0) {
      const parent = (child - 1) >> 1;
      const above = events[parent] as Event;
      if (!before(event, above)) break;
      events[child] = above;
      child = parent;
    }
    events[child] = event;
  }

  pop(): Event | undefined {
    const events = this.#events;
    const top = events[0];
    const last = events.pop();
    if (top === undefined || last === undefined || events.length === 0) return top;
    let hole = 0;
    const half = events.length >> 1;
    while (hole < half) {
      let child = 2 * hole + 1;
      const right = events[child + 1];
      if (right !== undefined && before(right, events[child] as Event)) child++;
      const smaller = events[child] as Event;
      if (!before(smaller, last)) break;
      events[hole] = smaller;
      hole = child;
    }
    events[hole] = last;
    return top;
  }

  /** Every queued event, in no particular order. */
  values(): readonly Event[] {
    return this.#events;
  }
}
