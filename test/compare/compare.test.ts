import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { afterAll, describe, expect, test } from "vitest";
import { type Comparison, comparisonOf, variants } from "../../cli/compare/comparison.ts";
import { FIGURES } from "../../cli/compare/figures.ts";
import { renderComparison } from "../../cli/compare/page.ts";
import { comparisonLines } from "../../cli/compare/text.ts";
import { loadScenario } from "../../lib/scenario/load.ts";
import { aerostat } from "../cli/helpers.ts";

const SMALL = "scenarios/small.yaml";
const base = mkdtempSync(join(tmpdir(), "aerostat-compare-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

let folders = 0;
async function compare(...words: string[]) {
  const folder = join(base, String(folders++));
  const ran = await aerostat("compare", SMALL, "--set", "duration=10s", "--out", folder, ...words);
  return { ...ran, folder };
}
const read = (folder: string, name: string) => readFileSync(join(folder, name));
const comparisonIn = (folder: string): Comparison => JSON.parse(read(folder, "comparison.json").toString());

describe("compare", () => {
  test("prints one table, tells its progress, and writes page, Parquet and JSON of the same figures", async () => {
    const { code, stdout, stderr, folder } = await compare("--policy", "none,shares-idle-tax", "--seeds", "3", "--threads", "1");
    expect(code).toBe(0);
    expect(stdout).toContain("small: seeds 7 to 9, n = 3, work varied by 5.0 %: mean ± 95 % (Student's t)");
    expect(stdout).toMatch(/^ +none +shares-idle-tax$/m);
    expect(stdout).toMatch(/^slowdown +[\d.]+ ±[\d.]+ +[\d.]+ ±[\d.]+$/m);
    expect(stderr.trim().split("\n")).toEqual(
      [0, 1, 2, 3, 4, 5].map((i) => `${i + 1} of 6: ${i < 3 ? "none" : "shares-idle-tax"}, seed ${7 + (i % 3)}`),
    );
    const { runs, policies, seeds } = comparisonIn(folder);
    expect({ seeds, names: policies.map(({ policy }) => policy) }).toEqual({ seeds: [7, 8, 9], names: ["none", "shares-idle-tax"] });
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(join(folder, "comparison.parquet")) });
    expect(rows).toHaveLength(6);
    for (const [index, row] of rows.entries()) {
      expect({ ...row, seed: Number(row.seed) }).toMatchObject({
        policy: runs[index]?.policy,
        seed: runs[index]?.seed,
        digest: runs[index]?.digest,
      });
      for (const { id } of FIGURES) expect(row[id], id).toEqual(runs[index]?.values[id] ?? Number.NaN);
    }
    const page = read(folder, "comparison.html").toString();
    expect(page).toContain("shares-idle-tax");
    expect(page).not.toMatch(/(?:src|href)="(?!data:)/);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("says of how many runs a figure is where not all had a value", async () => {
    const { scenario } = await loadScenario(SMALL);
    const runs = [1, 2, 3].map((seed) => {
      const values = { ...Object.fromEntries(FIGURES.map(({ id }) => [id, 1])), latency_p50_ns: seed === 1 ? null : 2e6 };
      return { policy: "mom", seed, digest: "", values };
    });
    const comparison = comparisonOf(scenario, runs, { version: "1", vary: 0, command: [] });
    const lines = comparisonLines(comparison).join("\n");
    expect(lines).toMatch(/^latency p50 +2 ms \(n = 2\)$/m);
    expect(lines.match(/\(n = /g)).toHaveLength(1);
    expect(renderComparison(comparison).match(/2 ms \(n = 2\)/g)).toHaveLength(2);
  });

  test("gives the same bytes again, in threads as in one", async () => {
    const words = ["--policy", "proxmox,mom", "--seeds", "2", "--threads"];
    const [one, two] = [await compare(...words, "1"), await compare(...words, "3")];
    expect([one.code, two.code]).toEqual([0, 0]);
    for (const name of ["comparison.json", "comparison.parquet", "comparison.html"])
      expect(read(one.folder, name).equals(read(two.folder, name)), name).toBe(true);
  });

  test("without variation a run is that of aerostat run", async () => {
    const { folder } = await compare("--policy", "shares-idle-tax");
    const { stdout } = await aerostat("run", SMALL, "--set", "duration=10s", "--json", "--out", join(base, "run"));
    const run = JSON.parse(stdout);
    const [mine] = comparisonIn(folder).runs;
    expect(mine?.digest).toBe(run.digest);
    expect(mine?.values.host_swap_out_pages).toBe(run.summary.host.swapOutPages);
    expect(mine?.values.fairness).toBe(run.summary.fairness);
    expect(mine?.values.latency_p99_ns ?? null).toBe(run.summary.control.legs.total?.p99Ns ?? null);
    expect(mine?.values.slowdown_worst_vm).toBeCloseTo(Math.max(...run.summary.vms.map((vm: { slowdown: number }) => vm.slowdown)), 9);
  });

  test("varies the work from seed to seed, within the share, and equally under every policy", async () => {
    const { scenario } = await loadScenario(SMALL);
    const choices = ["none", "mom"].map((name) => ({ label: name, policy: { name, options: {} } }));
    const plan = { choices, seeds: 2, vary: 0.1 };
    const [first, second, ...other] = variants(scenario, plan).map((variant) => variant.scenario.guests);
    expect(other).toEqual([first, second]);
    expect(second).not.toEqual(first);
    const sizes = (guests = scenario.guests) => guests.map(({ workload }) => workload.regions[0]?.pages as number);
    const plain = sizes();
    for (const [vm, pages] of [...sizes(first).entries(), ...sizes(second).entries()]) {
      expect(pages).not.toBe(plain[vm]);
      expect(Math.abs(pages / (plain[vm] as number) - 1)).toBeLessThanOrEqual(0.1);
    }
    expect(variants(scenario, { ...plan, vary: 0 }).map((variant) => variant.scenario.guests)).toEqual(Array(4).fill(scenario.guests));
  });

  test("a policy can be compared with itself under other parameters, each by the words that asked for it", async () => {
    const labels = ["shares-idle-tax", "shares-idle-tax:tax=0:interval=5s", "proxmox:goal=70"];
    const { stdout, folder } = await compare("--policy", labels.join(","));
    const { policies, runs, command } = comparisonIn(folder);
    expect(policies.map(({ policy }) => policy)).toEqual(labels);
    expect(new Set(runs.map(({ digest }) => digest)).size).toBe(3);
    expect(stdout).toContain("shares-idle-tax:tax=0:interval=5s");
    expect(command).toContain(labels.join(","));
    const alone = ["--set", "host.policy.options.tax=0", "--set", "host.policy.options.interval=5s"];
    const { stdout: json } = await aerostat("run", SMALL, "--set", "duration=10s", ...alone, "--json", "--out", join(base, "alone"));
    expect(runs[1]?.digest).toBe(JSON.parse(json).digest);
  });

  test("--json prints the comparison and its paths", async () => {
    const { stdout, folder } = await compare("--policy", "none", "--json");
    const { paths, ...printed } = JSON.parse(stdout);
    expect(printed).toEqual(comparisonIn(folder));
    expect(paths).toEqual({
      html: join(folder, "comparison.html"),
      parquet: join(folder, "comparison.parquet"),
      json: join(folder, "comparison.json"),
    });
  });
});

describe("bad input ends with code 2 and says what would be right", () => {
  test.each([
    [["--policy", "mom,proxmax"], 'AERO_E_INPUT: --policy: "proxmax" is not known (did you mean "proxmox"?); allowed: '],
    [["--policy", ""], 'AERO_E_INPUT: --policy: "" is not known; allowed: '],
    [["--policy", "none", "--seeds", "0"], "Allowed: a whole number from 1 to 1000."],
    [["--policy", "none", "--vary", "60%"], "Allowed: from 0 to below 0.5, or 0% to 50%."],
    [[], "required option '--policy <names>' not specified"],
    [["--policy", "static"], "AERO_E_INPUT: --policy: static: targets: "],
    [["--policy", "proxmox:gaol=70"], '--policy: proxmox:gaol=70: gaol: unknown key (did you mean "goal"?)'],
    [["--policy", "proxmox:goal=700"], "--policy: proxmox:goal=700: goal: "],
    [
      ["--policy", "proxmox:goal"],
      '--policy: proxmox:goal: "goal" is no parameter; write it as name=value, such as proxmox:goal=70:step=50MiB',
    ],
  ])("%j", async (words, message) => {
    const { code, stderr, stdout } = await compare(...words, "--threads", "1");
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });
});
