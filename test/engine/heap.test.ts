import fc from "fast-check";
import { expect, test } from "vitest";
import { before, type Event, EventHeap, timerEvent } from "../../lib/engine/heap.ts";

const anyEvent = fc
  .tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 50 }))
  .map(([timeNs, id, sequence]) => timerEvent(id, 1, sequence, timeNs, "tick", 0));

test("events leave the heap in the run's total order, whatever order they came in", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 300 }), (events) => {
      const heap = new EventHeap();
      for (const event of events) heap.push(event);
      const left: Event[] = [];
      for (let event = heap.pop(); event !== undefined; event = heap.pop()) left.push(event);
      expect(left.length).toBe(events.length);
      for (let i = 1; i < left.length; i++) expect(before(left[i] as Event, left[i - 1] as Event)).toBe(false);
    }),
  );
});

test("pushes between pops keep the order", () => {
  const heap = new EventHeap();
  for (let i = 0; i < 1000; i++) heap.push(timerEvent(0, 1, i, (i * 7919) % 1000, "tick", 0));
  let last = -1;
  for (let i = 0; i < 5000; i++) {
    const event = heap.pop() as Event;
    expect(event.timeNs).toBeGreaterThanOrEqual(last);
    last = event.timeNs;
    heap.push(timerEvent(0, 1, 1000 + i, event.timeNs + ((i * 104729) % 500), "tick", 0));
  }
  expect(heap.size).toBe(1000);
});
