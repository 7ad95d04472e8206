import { expect, test } from "vitest";
import { Departure } from "../../services/conductor/departure.ts";
import type { Lease } from "../../services/conductor/place.ts";

const LIMIT_MS = 60_000;
const leases = ["a", "b", "c"].map((process) => ({ process, actors: [{ a: 3, b: 4, c: 5 }[process]] }) as unknown as Lease);
const finished = (process: string, left: boolean) => ({
  epoch: 1,
  process,
  error: "",
  digests: [] as { actor: number; digest: string }[],
  left,
  eventsRun: 0,
});

test("who ends by a signal of its own is waited for in neither round, before its answer or after it", () => {
  const departure = new Departure(() => undefined, LIMIT_MS);
  departure.begin(leases, leases, new Uint8Array(), 0, true);
  for (const process of ["a", "b"]) departure.take(finished(process, false));
  expect(departure.settled(1)).toBe(false);
  departure.forget("b");
  departure.forget("c");
  expect(departure.settled(1)).toBe(true);
  departure.leave(new Uint8Array(), 1);
  expect(departure.silent()).toEqual(["a"]);
  departure.take(finished("a", true));
  expect(departure.left(2)).toBe(true);
  expect(["a", "b", "c"].map((process) => departure.hasLeft(process))).toEqual([true, false, false]);
});

test("a process tells the digests of the actors that it holds, and of no other", () => {
  const departure = new Departure(() => undefined, LIMIT_MS);
  departure.begin(leases, leases, new Uint8Array(), 0, true);
  departure.take({ ...finished("b", false), digests: [3, 4, 5, 1].map((actor) => ({ actor, digest: `${actor} by b` })) });
  departure.take({ ...finished("a", false), digests: [{ actor: 3, digest: "3 by a" }] });
  expect([...departure.digests]).toEqual([
    [4, "4 by b"],
    [3, "3 by a"],
  ]);
});

test("who is heard of is waited for while it writes its results, and who has fallen silent no longer", () => {
  const monitor = { process: "m", actors: [1], heardAtMs: 0 } as unknown as Lease;
  const departure = new Departure(() => undefined, LIMIT_MS);
  departure.begin([monitor], [monitor], new Uint8Array(), 0, true);
  departure.take(finished("m", false));
  departure.leave(new Uint8Array(), 0);
  for (let nowMs = 0; nowMs <= 10 * LIMIT_MS; nowMs += 500) {
    monitor.heardAtMs = nowMs;
    expect(departure.left(nowMs)).toBe(false);
  }
  expect(departure.left(11 * LIMIT_MS)).toBe(false);
  expect(departure.left(11 * LIMIT_MS + 1)).toBe(true);
  expect(departure.hasLeft("m")).toBe(false);
});
