import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadScenario } from "../../lib/scenario/load.ts";
import { preparedScenario } from "../../services/hypervisor/policies/registry.ts";
import { aerostat } from "./helpers.ts";

const SMALL = "scenarios/small.yaml";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "aerostat-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("scenario", () => {
  test("prints the scenario as the actors get it, with overrides and seed", async () => {
    const { code, stdout, stderr } = await aerostat(
      "scenario",
      SMALL,
      "--json",
      "--seed",
      "5",
      "--set",
      "duration=3s",
      "--set",
      "sample=500ms",
    );
    const { scenario } = await loadScenario(SMALL, ["duration=3s", "sample=500ms", "seed=5"]);
    expect(JSON.parse(stdout)).toEqual(preparedScenario(scenario));
    expect({ code, stderr }).toEqual({ code: 0, stderr: `${SMALL} is right: 3 VMs with 2304MiB in all on 1GiB\n` });
  });

  test("tells notes on standard error", async () => {
    const { stderr } = await aerostat("scenario", "scenarios/faults.yaml", "--json", "--set", "duration=30s");
    expect(stderr).toContain("note: 16 of 17 faults begin after the end of the run and do not happen\n");
  });
});

describe("trace", () => {
  const write = (header: string) => {
    const file = join(folder, "vms.csv");
    const row = (t: number, vm: number, gib: number) => `${t},${vm},${4 * 1048576},${gib * 1048576}`;
    writeFileSync(file, [header, row(0, 1, 1), row(0, 2, 2), row(300, 1, 4), row(300, 2, 3)].join("\n"));
    return file;
  };

  test("prints its facts", async () => {
    const { code, stdout } = await aerostat("trace", write("t_s,vm,mem_provisioned_kb,mem_usage_kb"));
    expect(code).toBe(0);
    expect(stdout.split("\n")).toEqual([
      "2 VMs, 4 samples, 2 steps of 300 s",
      "provisioned    8.0 GiB",
      "sum of peaks   7.0 GiB",
      "peak of sum    7.0 GiB",
      "p99 of sum     7.0 GiB",
      "mean of sum    5.0 GiB",
      "above a host of 24.0 GiB in 0.00 % of the steps",
      "above a host of 32.0 GiB in 0.00 % of the steps",
      "above a host of 40.0 GiB in 0.00 % of the steps",
      "",
    ]);
  });

  test("reads other columns by --set, and gives JSON", async () => {
    const file = write("t_s,machine,mem_provisioned_kb,used");
    const { code, stdout } = await aerostat("trace", file, "--json", "--set", "columns.vm=machine", "--set", "columns.used=used");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ file, vms: 2, steps: 2, peakOfSumBytes: 7 * 2 ** 30 });
  });
});

test("policies are listed with their parameters", async () => {
  const { code, stdout } = await aerostat("policies", "--json");
  expect(code).toBe(0);
  const names = JSON.parse(stdout).map((policy: { name: string }) => policy.name);
  expect(names).toEqual(expect.arrayContaining(["shares-idle-tax", "static", "none"]));
  expect((await aerostat("policies")).stdout).toContain("shares-idle-tax\n");
});
