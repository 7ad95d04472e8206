import fc from "fast-check";
import { expect, test } from "vitest";
import { balance, balanceWhenEnough, balloon, type Domain, preferred } from "../../services/hypervisor/policies/qmemman/algorithm.ts";
import { type DomainState, QmemmanSystem } from "../../services/hypervisor/policies/qmemman/system.ts";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

function domain(id: string, usedBytes: number | null, maximumBytes: number, actualBytes: number): Domain {
  return { id, usedBytes, maximumBytes, actualBytes, noProgress: false };
}

/** The domains of the original's tests. */
const first = [
  domain("0", GIB, 4 * GIB, 1820327936),
  domain("1", GIB, 4 * GIB, 1.5 * GIB),
  domain("2", 4 * GIB, 4 * GIB, 4 * GIB),
  domain("3", null, 4 * GIB, 4 * GIB),
];

test("test_100: a request that the donors can not meet is refused; one that they can comes with 5 % more", () => {
  expect(balloon(first, 400 * MIB)).toEqual([]);
  const rich = first.map((entry) => (entry.id === "1" ? { ...entry, usedBytes: GIB / 2 } : entry));
  expect(balloon(rich, 400 * MIB)).toEqual([
    ["0", 1794242737],
    ["1", 1196296014],
  ]);
  expect(balloon([], 0)).toEqual([]);
});

test("test_200 and test_250: balance with enough memory, and with too little", () => {
  const more = [...first, domain("4", 1.5 * GIB, 4 * GIB, 1.5 * GIB), domain("5", GIB / 2, GIB, 0.75 * GIB)];
  expect(balanceWhenEnough(more, 10245426379, 4 * GIB)).toEqual([
    ["0", 3068708976],
    ["1", 2548378128],
    ["2", 4 * GIB],
    ["4", 3537898734],
    ["5", GIB],
  ]);
  const short = more.map((entry) => (entry.id === "0" ? { ...entry, actualBytes: 0.75 * GIB } : entry));
  expect(balance(short, 50 * MIB)).toEqual([
    ["1", 1395864371],
    ["5", 697932185],
  ]);
});

test("the sign quirk: in the round that squeezes donors, acceptors get nothing of what the donors give", () => {
  const donor = domain("1", 100 * MIB, 4 * GIB, 2 * GIB);
  const acceptor = domain("2", 8 * GIB, 16 * GIB, 2 * GIB);
  expect(balance([donor, acceptor], 100 * MIB).map(([id]) => id)).toEqual(["1"]);
  const after = { ...donor, actualBytes: preferred(donor) as number };
  const [served] = balance([after, acceptor], 100 * MIB + donor.actualBytes - after.actualBytes);
  expect(served?.[0]).toBe("2");
  expect(served?.[1]).toBeGreaterThan(3.5 * GIB);
});

function state(id: string, used: number, actual: number, lastTarget = actual): DomainState {
  return { id, usedBytes: used * MIB, maximumBytes: 8 * GIB, actualBytes: actual * MIB, lastTargetBytes: lastTarget * MIB };
}

test("a small imbalance is left alone, news or not; a large one is dealt with when there is news", () => {
  const near = [state("1", 1000, 1300), state("2", 1000, 1310)];
  expect(new QmemmanSystem().step(near, 50 * MIB, true)).toEqual([]);
  const far = [state("1", 1000, 3000), state("2", 1000, 1300)];
  expect(new QmemmanSystem().step(far, 50 * MIB, false)).toEqual([]);
  expect(new QmemmanSystem().step(far, 50 * MIB, true).map(([id]) => id)).toEqual(["1"]);
});

test("acceptors wait for the memory; a donor that does not move is left out from then on", () => {
  const system = new QmemmanSystem();
  const [[, donorTarget]] = system.step([state("1", 1000, 3000), state("2", 1000, 1300)], 50 * MIB, true) as [[string, number]];
  const stuck = [state("1", 1000, 3000, donorTarget / MIB), state("2", 1000, 1300)];
  for (let i = 0; i < 4; i++) expect(system.step(stuck, 50 * MIB, true)).toEqual([]);
  // What is there above 25 MiB, and that is the end of it.
  expect(system.step(stuck, 50 * MIB, true)).toEqual([["2", 1325 * MIB]]);
  expect(system.step(stuck, 500 * MIB, true).map(([id]) => id)).toEqual(["2"]);
  const system2 = new QmemmanSystem();
  system2.step([state("1", 1000, 3000), state("2", 1000, 1300)], 50 * MIB, true);
  const arrived = [state("1", 1000, donorTarget / MIB), state("2", 1000, 1300)];
  expect(system2.step(arrived, 50 * MIB + 3000 * MIB - donorTarget, false).map(([id]) => id)).toEqual(["2"]);
});

const anyDomains = fc
  .array(
    fc
      .record({
        usedBytes: fc.option(
          fc.integer({ min: 0, max: 8 * 1024 }).map((mib) => mib * MIB),
          { nil: null },
        ),
        maximumBytes: fc.integer({ min: 256, max: 8 * 1024 }).map((mib) => mib * MIB),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
        noProgress: fc.boolean(),
      })
      .map(({ share, ...rest }) => ({ ...rest, actualBytes: Math.trunc(rest.maximumBytes * share) })),
    { maxLength: 7 },
  )
  .map((domains) => domains.map((entry, i) => ({ ...entry, id: String(i) })));

test("property: targets are whole, not above the maximum, never of a domain to be skipped, and the same when asked again", () => {
  fc.assert(
    fc.property(anyDomains, fc.integer({ min: 0, max: 4 * 1024 }), (domains, freeMib) => {
      const targets = balance(domains, freeMib * MIB);
      expect(balance(domains, freeMib * MIB)).toEqual(targets);
      let gained = 0;
      for (const [id, bytes] of targets) {
        const entry = domains.find((candidate) => candidate.id === id) as Domain;
        expect(entry.noProgress || entry.usedBytes === null).toBe(false);
        expect(Number.isInteger(bytes)).toBe(true);
        expect(bytes).toBeLessThanOrEqual(entry.maximumBytes);
        gained += bytes - entry.actualBytes;
      }
      expect(gained).toBeLessThanOrEqual(freeMib * MIB);
      expect(new Set(targets.map(([id]) => id)).size).toBe(targets.length);
    }),
    { numRuns: 1000 },
  );
});
