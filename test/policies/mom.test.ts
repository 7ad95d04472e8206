import fc from "fast-check";
import { expect, test } from "vitest";
import { evaluateKsm } from "../../services/hypervisor/policies/mom/ksm.ts";
import { evaluate, type Flavour, type GuestReading } from "../../services/hypervisor/policies/mom/rules.ts";

const GIB_KB = 1024 * 1024;
const MOM: Flavour = { kind: "mom" };
const VDSM: Flavour = { kind: "vdsm", balloonEnabled: true };
const VDSM_OFF: Flavour = { kind: "vdsm", balloonEnabled: false };
const TOTAL_KB = 16 * GIB_KB;

function reading(
  currentKb: number | null,
  unusedKb: number | null,
  minimumKb: number | null = 0,
  maximumKb: number | null = 4 * GIB_KB,
): GuestReading {
  return { currentKb, unusedKb, minimumKb, maximumKb };
}

function target(flavour: Flavour, hostFree: number, guest: GuestReading): number | undefined {
  return evaluate(flavour, [{ freeKb: hostFree * TOTAL_KB, totalKb: TOTAL_KB }], [{ id: "a", samples: [guest] }]).targets.get("a");
}

test("vdsm's functional tests: one shrink leaves [0.9475, 0.95] of the memory, one growth from there [0.9975, 1]", () => {
  // A size of which the steps are whole kB: the controller cuts the rest off, and 0.95 * 1.05 is the lower bound itself.
  const full = 4_000_000;
  const shrunk = Math.trunc(target(VDSM, 0.1, reading(full, full / 2, 0, full)) as number);
  expect(shrunk / full).toBeGreaterThanOrEqual(0.9475);
  expect(shrunk / full).toBeLessThanOrEqual(0.95);
  const grown = Math.trunc(target(VDSM, 0.5, reading(shrunk, full / 2, 0, full)) as number);
  expect(grown / full).toBeGreaterThanOrEqual(0.9975);
  expect(grown / full).toBeLessThanOrEqual(1);
});

test("at exactly 20 % free the host is not under pressure", () => {
  const guest = reading(2 * GIB_KB, GIB_KB);
  expect(target(MOM, 0.2, guest)).toBeGreaterThan(2 * GIB_KB);
  expect(target(MOM, 0.1999, guest)).toBeLessThan(2 * GIB_KB);
});

test("vdsm with ballooning off only deflates; its growth follows the host's free share in one jump", () => {
  const guest = reading(2 * GIB_KB, 0);
  expect(target(VDSM_OFF, 0.01, guest)).toBeGreaterThan(2 * GIB_KB);
  expect(target(MOM, 0.5, guest)).toBe(2.4 * GIB_KB);
  expect(target(VDSM, 0.5, guest)).toBe(3 * GIB_KB);
});

test("a guest below its minimum: MOM leaves it there under pressure, vdsm raises it", () => {
  const guest = reading(GIB_KB / 2, 0, GIB_KB);
  expect(target(MOM, 0.1, guest)).toBeUndefined();
  expect(target(VDSM, 0.1, guest)).toBe(GIB_KB);
});

test("one missing value stops the whole evaluation, except where vdsm looks first", () => {
  const host = [{ freeKb: 0.1 * TOTAL_KB, totalKb: TOTAL_KB }];
  const good = { id: "good", samples: [reading(4 * GIB_KB, 2 * GIB_KB)] };
  const noCurrent = { id: "bad", samples: [reading(null, 2 * GIB_KB)] };
  for (const flavour of [MOM, VDSM]) expect(evaluate(flavour, host, [good, noCurrent])).toEqual({ ok: false, targets: new Map() });
  const noUnused = { id: "bad", samples: [reading(4 * GIB_KB, null)] };
  expect([...evaluate(VDSM, host, [good, noUnused]).targets.keys()]).toEqual(["good"]);
  // Plain MOM averages nothing to 0: the guest counts as fully used and is not shrunk.
  expect(evaluate(MOM, host, [good, noUnused])).toEqual(evaluate(MOM, host, [good]));
});

test("KSM: off with plenty, boosted when short, unmerged when vdsm is told not to merge across nodes", () => {
  const host = { freeKb: 8 * GIB_KB, totalKb: TOTAL_KB, shareableKb: 4 * GIB_KB, pagesToScan: 1100, pagesShared: 10, mergeAcrossNodes: 1 };
  expect(evaluateKsm({ kind: "mom" }, [host]).controls).toEqual({ run: 0 });
  expect(evaluateKsm({ kind: "mom" }, [{ ...host, freeKb: GIB_KB }]).controls).toEqual({ run: 1, sleepMs: 10, pagesToScan: 1250 });
  expect(evaluateKsm({ kind: "vdsm", ksmEnabled: true, mergeAcrossNodes: 0 }, [host]).controls).toEqual({ run: 2 });
  expect(evaluateKsm({ kind: "mom" }, [{ ...host, totalKb: null }])).toEqual({ ok: false, controls: {} });
});

const anyGuest = fc
  .record({
    minimum: fc.integer({ min: 1, max: 4 * GIB_KB }),
    range: fc.integer({ min: 0, max: 8 * GIB_KB }),
    position: fc.double({ min: 0, max: 1, noNaN: true }),
    unused: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ minimum, range, position, unused }) => {
    const current = minimum + Math.trunc(range * position);
    return reading(current, Math.trunc(current * unused), minimum, minimum + range);
  });

test("property: a new target lies in [minimum, maximum], shrinks by 5 % at most, and comes out the same again", () => {
  fc.assert(
    fc.property(anyGuest, fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(MOM, VDSM, VDSM_OFF), (guest, hostFree, flavour) => {
      const bytes = target(flavour, hostFree, guest);
      expect(target(flavour, hostFree, guest)).toBe(bytes);
      if (bytes === undefined) return;
      expect(bytes).toBeGreaterThanOrEqual(guest.minimumKb as number);
      expect(bytes).toBeLessThanOrEqual(guest.maximumKb as number);
      expect(bytes).toBeGreaterThanOrEqual((guest.currentKb as number) * 0.95 - 1e-6);
      expect(Math.abs(bytes - (guest.currentKb as number))).toBeGreaterThan(0.0025 * (guest.currentKb as number));
    }),
    { numRuns: 1000 },
  );
});
