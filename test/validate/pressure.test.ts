/** The model's memory stalls beside those that the fixture's guests measured (validate/real-guest/pressure.ts). */
import { join } from "node:path";
import { expect, test } from "vitest";
import { fixturePath } from "../../validate/fixtures.ts";
import { readExperiment } from "../../validate/real-guest/experiment.ts";
import { PARAMETERS } from "../../validate/real-guest/parameters.ts";
import { pressureRows } from "../../validate/real-guest/pressure.ts";
import { replayExperiment } from "../../validate/real-guest/replay.ts";

const rowsOf = (name: string) => {
  const experiment = readExperiment(fixturePath(join("real-guest", name)));
  return pressureRows(experiment, replayExperiment(experiment, PARAMETERS), false);
};

test("a guest whose kswapd never rests stalls all the time", () => {
  const rows = rowsOf("c-z099-none");
  expect(rows).toHaveLength(2 * 5);
  expect(rows[0]).toMatchObject({ id: "real-guest/c-z099-none/1-frac:0.9/psi-some", reference: 0.9994, unit: "", tolerance: 0.1 });
  const some = rows.filter(({ id }) => id.endsWith("/psi-some"));
  expect(some.filter(({ met }) => met).length).toBeGreaterThanOrEqual(4);
  for (const { ours } of rows) expect(ours).toBeLessThanOrEqual(1);
});

test("one that waits for a slow disk stalls for a part of that, and one at rest not at all", () => {
  const some = rowsOf("b-rand-z099-500iops").filter(({ id }) => id.endsWith("/psi-some"));
  const errors = some.map(({ ours, reference }) => Math.abs((ours as number) - reference));
  // The first pages to go had not been active, which the first level shows; how many come in again of those that had been is coarse.
  expect(errors[0]).toBeLessThan(0.02);
  expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(0.1);
  expect(rowsOf("a-stairs-1024").map(({ ours }) => ours)).toEqual([0, 0]);
});
