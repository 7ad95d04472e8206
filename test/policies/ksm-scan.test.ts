/** KSM under MOM: the rule sets how fast the host scans, and what it finds is there. */
import { expect, test } from "vitest";
import { guestFor, pagesOfMib, region, runSystem, scenarioFor } from "../../validate/system.ts";

const SECOND_NS = 1e9;
const contents = { zero: 0.1, duplicate: 0, common: 0.6, overlap: 1 };

function run(name: string, options: Readonly<Record<string, unknown>>, hostMib: number) {
  const guests = [0, 1, 2].map((i) =>
    guestFor({
      name: `vm${i}`,
      group: "vm",
      sizePages: pagesOfMib(128),
      kernelPages: pagesOfMib(8),
      workload: {
        threads: 1,
        thinkNs: SECOND_NS / 100,
        touches: 5,
        restartNs: SECOND_NS,
        phases: [],
        regions: [region("heap", "anonymous", 80, { contents })],
      },
    }),
  );
  const host = { memoryPages: pagesOfMib(hostMib), policy: { name, options } };
  return runSystem(scenarioFor("ksm", 120, host, guests)).host.map(({ body }) => body);
}

test.each(["mom", "vdsm"])("%s scans where memory is short, and not where there is plenty", (name) => {
  const short = run(name, {}, 320).at(-1);
  expect(short?.sharingPages).toBeGreaterThan(5_000);
  expect(short?.sharedPages).toBeLessThan(short?.sharingPages ?? 0);
  expect(run(name, {}, 2_048).at(-1)?.sharingPages).toBe(0);
  expect(run(name, { ksm: false }, 320).at(-1)?.sharingPages).toBe(0);
});
