/** Pressure averages in a guest's statistics are those of its stall total, taken every 2 s (vectors: test/policies/vectors.test.ts). */
import { expect, test } from "vitest";
import { PsiAverages } from "../../services/guest/psi.ts";
import { benchOf, guestOf } from "./fakehost.ts";

test("a squeezed guest tells its averages; a guest at rest tells 0", () => {
  const { host } = benchOf(guestOf(), {
    act: (bench, nowNs) => {
      if (nowNs === 10_025_000_000) bench.setTarget(98_304);
    },
  }).to(60);
  const [some, full] = [new PsiAverages(), new PsiAverages()];
  let highest = 0;
  for (const stats of host.stats.filter(({ freePages }) => freePages !== undefined)) {
    some.update(stats.takenAtNs, stats.psiSomeTotalNs as number);
    full.update(stats.takenAtNs, stats.psiFullTotalNs as number);
    const told = [stats.psiSomeAvg10, stats.psiSomeAvg60, stats.psiSomeAvg300, stats.psiFullAvg10, stats.psiFullAvg60, stats.psiFullAvg300];
    expect(told).toEqual([...some.percent, ...full.percent]);
    highest = Math.max(highest, stats.psiSomeAvg10 as number);
  }
  expect(host.stats.length).toBeGreaterThan(50);
  expect(host.stats.find(({ takenAtNs }) => takenAtNs === 8e9)?.psiSomeAvg10).toBe(0);
  expect(highest).toBeGreaterThan(10);
});
