/** The wall clock: timers run late, and those that are due at one time in any order. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { benchOf, guestOf } from "./fakehost.ts";

const MS = 1_000_000;

test("late timers move no work of a demand that stands for long into the next interval", () => {
  const base = guestOf();
  // Back from a squeeze: rare reads, so that a demand stands until the next whole second, or a target comes.
  const guest = { ...base, workload: { ...base.workload, threads: 1, thinkNs: 20 * MS } };
  const lates = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(lates, fc.integer({ min: 3, max: 17 }), (latesMs, everyTicks) => {
      const bench = benchOf(guest, {
        act: (host, nowNs) => {
          const tick = Math.floor(nowNs / (100 * MS));
          const pages = tick >= 50 && tick < 80 ? 90_000 : 262_144 - 64 * (Math.floor(tick / everyTicks) % 2);
          if (host.target.pages !== pages) host.setTarget(pages);
        },
      });
      let nowNs = 0;
      for (let i = 0; nowNs < 30_000 * MS; i++) {
        nowNs += (latesMs[i % latesMs.length] as number) * MS;
        bench.kernel.runDue(() => nowNs);
      }
      expect(bench.host.demands.some(({ steps = 1 }) => steps > 2)).toBe(true);
      // 50 operations a second.
      for (const { operations, intervalNs } of bench.monitor.samples.slice(14)) {
        expect(Math.abs((operations * 20 * MS) / intervalNs - 1)).toBeLessThan(0.03);
      }
    }),
    { numRuns: 20 },
  );
});
