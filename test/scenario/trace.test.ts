import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadScenario } from "../../lib/scenario/load.ts";
import { phasesOf } from "../../lib/scenario/series.ts";
import { GIB } from "../../lib/units.ts";

const SCENARIO = join(import.meta.dirname, "../../scenarios/trace.yaml");
const HEADER = "t_s,vm,mem_provisioned_kb,mem_usage_kb,cpu_usage_mhz,cpu_capacity_mhz";
const GIB_KB = 1_048_576;

/** Two VMs over five steps; VM 10 has no sample at 600 s, so the one before counts: sums 3, 5, 5, 3, 9 GiB. */
const ROWS: readonly (readonly [number, string, number, number, number])[] = [
  [0, "9", 8, 2, 500],
  [300, "9", 8, 4, 500],
  [600, "9", 8, 4, 500],
  [900, "9", 8, 1, 500],
  [1200, "9", 8, 7, 1000],
  [0, "10", 4, 1, 20],
  [300, "10", 4, 1, 20],
  [900, "10", 4, 2, 20],
  [1200, "10", 4, 2, 20],
];
const CSV = [HEADER, ...ROWS.map(([t, vm, size, used, mhz]) => `${t},${vm},${size * GIB_KB},${used * GIB_KB},${mhz},1000`)].join("\n");

/** As published. */
const BITBRAINS_HEADER = [
  "Timestamp [ms]",
  "CPU cores",
  "CPU capacity provisioned [MHZ]",
  "CPU usage [MHZ]",
  "CPU usage [%]",
  "Memory capacity provisioned [KB]",
  "Memory usage [KB]",
  "Disk read throughput [KB/s]",
  "Disk write throughput [KB/s]",
  "Network received throughput [KB/s]",
  "Network transmitted throughput [KB/s]",
].join(";	");
/** An epoch that is a multiple of the interval; the published files are in seconds. */
const EPOCH_S = 1_372_629_600;

let folder = "";
const at = (name: string) => join(folder, name);
const write = (name: string, content: string | Buffer) => {
  writeFileSync(at(name), content);
  return at(name);
};
const load = (file: string, ...overrides: string[]) => loadScenario(SCENARIO, [`trace=${file}`, "duration=25min", ...overrides]);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "aerostat-trace-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function bitbrainsFile(vm: string): string {
  const rows = ROWS.filter((row) => row[1] === vm).map(([t, , size, used, mhz]) =>
    [EPOCH_S + t, 1, "1000.0", mhz, mhz / 10, size * GIB_KB, used * GIB_KB, 0, 0, 0, 0].join(";\t"),
  );
  return [BITBRAINS_HEADER, ...rows, ""].join("\r\n");
}

describe("the facts of a trace", () => {
  test("by hand: 12 GiB promised, sums of 3, 5, 5, 3 and 9 GiB in use", async () => {
    const { traceFacts } = await load(write("a.csv", CSV), "host.memory=4GiB");
    expect(traceFacts).toEqual({
      vms: 2,
      rows: 9,
      steps: 5,
      intervalS: 300,
      provisionedBytes: 12 * GIB,
      sumOfPeaksBytes: 9 * GIB,
      peakOfSumBytes: 9 * GIB,
      p99Bytes: 9 * GIB,
      meanBytes: 5 * GIB,
      exceeds: [4, 24, 32, 40].map((gib) => ({ hostBytes: gib * GIB, share: gib === 4 ? 3 / 5 : 0 })),
    });
  });

  test("are the same from gzip, from a Bitbrains directory, and with rows in another order of VMs", async () => {
    const plain = (await load(write("b.csv", CSV))).traceFacts;
    expect((await load(write("b.csv.gz", gzipSync(CSV)))).traceFacts).toEqual(plain);
    const lines = CSV.split("\n");
    expect((await load(write("c.csv", [lines[0], ...lines.slice(6), ...lines.slice(1, 6)].join("\r\n")))).traceFacts).toEqual(plain);
    mkdirSync(at("vms"));
    for (const vm of ["9", "10"]) write(`vms/${vm}.csv`, bitbrainsFile(vm));
    expect((await load(at("vms"))).traceFacts).toEqual(plain);
  });
});

describe("the guests of a trace", () => {
  test("one per VM, in order of their numbers, as large as was promised", async () => {
    const { scenario } = await load(write("d.csv", CSV));
    expect(scenario.guests.map(({ name, sizePages }) => [name, sizePages])).toEqual([
      ["vm-9", 2_097_152],
      ["vm-10", 1_048_576],
    ]);
  });

  test("memory in use becomes the region's size, less the kernel's; one phase per change", async () => {
    const { scenario } = await load(write("e.csv", CSV), "trace.guest.kernel=256MiB");
    const [first] = scenario.guests;
    const phases = phasesOf(first?.workload ?? expect.fail("there is a guest"));
    expect(phases.map((phase) => [phase.atNs / 1e9, phase.regions?.active?.pages, phase.thinkNs])).toEqual([
      [0, 2 * 262_144 - 65_536, 40e6],
      [300, 4 * 262_144 - 65_536, undefined],
      [900, 262_144 - 65_536, undefined],
      [1200, 7 * 262_144 - 65_536, 20e6],
    ]);
  });

  test("part of a trace, and faster than it was", async () => {
    const { scenario } = await load(
      write("f.csv", CSV),
      "trace.from=600s",
      "trace.compress=10",
      "duration=60s",
      "trace.guest.kernel=256MiB",
      "host.lease=150s",
    );
    expect(scenario.guests[0]?.workload.series).toEqual({
      region: "active",
      intervalNs: 30e9,
      pages: [4 * 262_144 - 65_536, 262_144 - 65_536],
      busyPercent: [50, 50],
    });
    await expect(load(at("f.csv"), `trace.group=${"g".repeat(62)}`)).rejects.toThrow(
      /: trace\.group: "g{56}\.\.\. makes a VM's name 65 characters long; allowed: 64, so here at most 61 for the group$/,
    );
    await expect(load(at("f.csv"), "trace.from=2d")).rejects.toThrow("--set trace.from=2d: trace.from: the trace ends before this time");
  });

  test("written phases and those of the series become one list", () => {
    const workload = {
      threads: 1,
      thinkNs: 1000,
      touches: 1,
      restartNs: 0,
      regions: [],
      phases: [
        { atNs: 5, name: "a" },
        { atNs: 10, name: "b", threads: 3 },
        { atNs: 99, name: "c" },
      ],
      series: { region: "r", intervalNs: 10, pages: [4, 6, 6] },
    };
    expect(phasesOf(workload)).toEqual([
      { atNs: 0, name: "trace", thinkNs: 1000, regions: { r: { pages: 4 } } },
      { atNs: 5, name: "a" },
      { atNs: 10, name: "b", threads: 3, regions: { r: { pages: 6 } } },
      { atNs: 99, name: "c" },
    ]);
  });
});

describe("a trace that can not be read says where", () => {
  const broken = (line: string) => [HEADER, "0,1,1000,100,1,10", line].join("\n");

  test.each([
    ["300,1,1000,many,1,10", '3:12: "many" in column "mem_usage_kb" is not a number of at least 0'],
    ["300,1,1000,-5,1,10", '3:12: "-5" in column "mem_usage_kb" is not a number of at least 0'],
    ["300,1,1000,,1,10", '3:12: "" in column "mem_usage_kb" is not a number of at least 0'],
    ["300,1,1000", '3:7: the row has 3 fields, so none for column "mem_usage_kb"'],
    ["0,1,1000,1,1,10", '3:1: time 0 s of VM "1" is not after its sample before, at 0 s'],
    ["300,../x,1000,1,1,10", '3:1: "../x" can not name a VM; allowed: letters, digits, "-" and "_"'],
  ])("%s", async (line, message) => {
    const file = write("bad.csv", broken(line));
    await expect(load(file)).rejects.toMatchObject({ code: "AERO_E_TRACE", exitCode: 2, message: `${file}:${message}` });
  });

  test("a column that is not there, an empty file, a broken archive, no file", async () => {
    await expect(load(write("g.csv", "a,b\n1,2\n"))).rejects.toThrow(
      `${at("g.csv")}:1:1: there is no column "t_s"; the header has "a", "b"`,
    );
    await expect(load(write("h.csv", HEADER))).rejects.toThrow("h.csv: the trace has no rows");
    await expect(load(write("i.csv.gz", gzipSync(CSV).subarray(0, 60)))).rejects.toMatchObject({ code: "AERO_E_TRACE" });
    await expect(load(at("none.csv"))).rejects.toThrow("there is no such trace");
  });
});
