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
  const departure = new Departure({ send: () => undefined, limitMs: LIMIT_MS });
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
  const departure = new Departure({ send: () => undefined, limitMs: LIMIT_MS });
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
  const departure = new Departure({ send: () => undefined, limitMs: LIMIT_MS });
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

const lease = (process: string, actor: number, heardAtMs = 0): Lease => ({ process, actors: [actor], heardAtMs }) as unknown as Lease;

test("on the wall clock nobody waits long for who is silent, nor for who stands still until later: they are named", () => {
  const sent: string[] = [];
  const departure = new Departure({ send: (process) => sent.push(process), limitMs: LIMIT_MS, expiryMs: 3_000 });
  const all = [lease("m", 1), lease("a", 3), lease("b", 4, 1e9), lease("c", 5)];
  departure.begin(all, all, new Uint8Array(), 0, true);
  for (const process of ["m", "c"]) departure.take(finished(process, false));
  expect(departure.settled(3_000)).toBe(false);
  expect(departure.waitingFor((actors) => actors.map((actor) => `vm-${actor}`))).toEqual(["a (vm-3)", "b (vm-4)"]);
  expect(departure.settled(3_001)).toBe(true);
  departure.leave(new Uint8Array(), 3_001);
  expect(sent.slice(-4).sort()).toEqual(["a", "b", "c", "m"]);
  departure.take(finished("c", true));
  expect(departure.left(20_000)).toBe(false);
  departure.take(finished("m", true));
  expect([departure.left(20_001), departure.silent().sort()]).toEqual([true, ["a", "b"]]);
});

test("on the wall clock a monitor that takes over is waited for, in both rounds", () => {
  const sent: string[] = [];
  const departure = new Departure({ send: (process) => sent.push(process), limitMs: LIMIT_MS, expiryMs: 3_000 });
  departure.begin([lease("a", 3)], [lease("a", 3)], new Uint8Array(), 0, true);
  departure.take(finished("a", false));
  expect(departure.settled(30_000)).toBe(false);
  expect(departure.waitingFor(() => [])).toEqual(["a monitor that takes over"]);
  departure.join(lease("m1", 1, 30_000));
  departure.take(finished("m1", false));
  expect(departure.settled(30_001)).toBe(true);
  departure.leave(new Uint8Array(), 30_001);
  departure.take(finished("a", true));
  expect(departure.left(30_002)).toBe(false);
  departure.join(lease("m2", 1, 40_000));
  expect(sent.at(-1)).toBe("m2");
  departure.take(finished("m2", true));
  expect([departure.left(40_001), departure.hasLeft("m1"), departure.hasLeft("m2")]).toEqual([true, false, true]);
  expect(sent).not.toContain("a monitor that takes over");
});

test("nobody waits for ever for a monitor, and after a failure for none", () => {
  const departure = new Departure({ send: () => undefined, limitMs: LIMIT_MS, expiryMs: 3_000 });
  departure.begin([], [], new Uint8Array(), 0, true);
  expect([departure.settled(LIMIT_MS), departure.settled(LIMIT_MS + 1)]).toEqual([false, true]);
  const failed = new Departure({ send: () => undefined, limitMs: LIMIT_MS, expiryMs: 3_000 });
  failed.begin([], [], new Uint8Array(), 0, false);
  expect(failed.settled(1)).toBe(true);
});
