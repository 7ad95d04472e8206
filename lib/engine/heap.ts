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

/** Times stand in an array of their own: most comparisons are decided there, without a look at the events. */
export class EventHeap {
  readonly #events: Event[] = [];
  readonly #timesNs: number[] = [];

  get size(): number {
    return this.#events.length;
  }

  peek(): Event | undefined {
    return this.#events[0];
  }

  push(event: Event): void {
    const events = this.#events;
    const timesNs = this.#timesNs;
    const { timeNs } = event;
    let child = events.length;
    events.push(event);
    timesNs.push(timeNs);
    while (child > 0) {
      const parent = (child - 1) >> 1;
      const above = events[parent] as Event;
      const aboveNs = timesNs[parent] as number;
      if (timeNs > aboveNs || (timeNs === aboveNs && !before(event, above))) break;
      events[child] = above;
      timesNs[child] = aboveNs;
      child = parent;
    }
    events[child] = event;
    timesNs[child] = timeNs;
  }

  pop(): Event | undefined {
    const events = this.#events;
    const timesNs = this.#timesNs;
    const top = events[0];
    const last = events.pop();
    const lastNs = timesNs.pop() as number;
    if (top === undefined || last === undefined || events.length === 0) return top;
    let hole = 0;
    const half = events.length >> 1;
    while (hole < half) {
      const child = this.#smallerChild(hole);
      const childNs = timesNs[child] as number;
      if (childNs > lastNs || (childNs === lastNs && !before(events[child] as Event, last))) break;
      events[hole] = events[child] as Event;
      timesNs[hole] = childNs;
      hole = child;
    }
    events[hole] = last;
    timesNs[hole] = lastNs;
    return top;
  }

  #smallerChild(parent: number): number {
    const left = 2 * parent + 1;
    const right = left + 1;
    if (right >= this.#events.length) return left;
    const leftNs = this.#timesNs[left] as number;
    const rightNs = this.#timesNs[right] as number;
    if (leftNs !== rightNs) return leftNs < rightNs ? left : right;
    return before(this.#events[left] as Event, this.#events[right] as Event) ? left : right;
  }

  /** Every queued event, in no particular order. */
  values(): readonly Event[] {
    return this.#events;
  }
}
