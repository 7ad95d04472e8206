import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { asyncBufferFromFile, parquetMetadataAsync } from "hyparquet";
import { describe, expect, it } from "vitest";
import { FIRST_GUEST } from "../../lib/engine/actor.ts";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import { SECOND_NS } from "../../lib/units.ts";
import type { TelemetryMessage } from "../../services/monitor/aggregate/aggregator.ts";
import { monitorFactory } from "../../services/monitor/monitor.ts";
import { ACTIONS, EVENTS, HOST, LATENCY, SAMPLES, SERVICES } from "../../services/monitor/results/columns.ts";
import { openDirectRecorder } from "../../services/monitor/results/direct.ts";
import { isFinalised } from "../../services/monitor/results/finalise.ts";
import { createRunFolder, newRunId, type RunResult } from "../../services/monitor/results/folder.ts";
import { endManifest, readManifest, readScenario } from "../../services/monitor/results/manifest.ts";
import { readTable } from "../../services/monitor/results/read.ts";
import { Table, type TableOptions } from "../../services/monitor/results/table.ts";
import { openRun } from "../../services/monitor/results/windowed.ts";
import { summarise } from "../../services/monitor/summary.ts";
import { at, FakeLinks, fakeScenario, fakeTelemetry } from "./fake.ts";
import { emptyFolder, FACTS, runFolder, WHOLE } from "./folder.ts";

function recorded(scenario: Scenario, messages: Iterable<TelemetryMessage>, options: TableOptions = {}): RunResult {
  const folder = runFolder(scenario);
  const recorder = openDirectRecorder(folder, scenario, options);
  const factory = monitorFactory(scenario, recorder);
  const actor = factory(1);
  for (const message of messages) actor.receive(message, at(message));
  return recorder.finish(factory.aggregator, WHOLE);
}

describe("a run's folder", () => {
  const scenario = fakeScenario();
  const messages = [...fakeTelemetry(scenario)];

  it("holds every part, nothing half-written, and a manifest that says what and how", () => {
    const { folder, manifest, reportPath } = recorded(scenario, messages);
    expect(readdirSync(folder).sort()).toEqual(
      [
        "actions.parquet",
        "events.parquet",
        "host.parquet",
        "latency.parquet",
        "manifest.json",
        "report.html",
        "samples.parquet",
        "services.parquet",
        "scenario.json",
        "summary.json",
      ].sort(),
    );
    expect(readManifest(folder)).toEqual(manifest);
    expect(manifest).toMatchObject({ ...FACTS, ...WHOLE, format: 1, scenario: "fake", seed: 7, journals: null });
    expect(manifest.files).toContainEqual({ file: "samples.parquet", rows: 480 });
    expect(manifest.endedAt >= manifest.startedAt).toBe(true);
    expect(readScenario(folder)).toEqual(scenario);
    expect(statSync(reportPath).size).toBeGreaterThan(50_000);
  });

  it("is marked as running until the run ends", () => {
    const folder = runFolder(scenario);
    openDirectRecorder(folder, scenario);
    expect(readManifest(folder)).toMatchObject({ complete: false, reason: "running", endedAt: "" });
  });

  it("is not left as running where its results can not be written", () => {
    const folder = runFolder(scenario);
    const recorder = openDirectRecorder(folder, scenario);
    // A folder stands where the summary should.
    mkdirSync(join(folder, "summary.json.partial"));
    expect(() => recorder.finish(monitorFactory(scenario, recorder).aggregator, WHOLE)).toThrow("summary.json can not be written");
    expect(readManifest(folder)).toMatchObject({ complete: false, endNs: WHOLE.endNs, digest: "", files: [] });
    expect(readManifest(folder).reason).toContain("summary.json can not be written");
    expect(isFinalised(folder)).toBe(false);
  });

  it("says how it ended in the manifest's own place where there is room for nothing else", () => {
    const folder = runFolder(scenario);
    mkdirSync(join(folder, "manifest.json.partial"));
    endManifest(folder, { complete: false, reason: "it was interrupted", endNs: 3e9, digest: "" });
    expect(readManifest(folder)).toMatchObject({ reason: "it was interrupted", endNs: 3e9 });
  });

  it("has an id of the scenario's name, the time and something random, and is not made twice", () => {
    const now = new Date("2024-05-06T07:08:09Z");
    expect(newRunId("Classic: 32 GB / 64 GB", now)).toMatch(/^classic-32-gb-64-gb-20240506T070809-[0-9a-f]{6}$/);
    expect(newRunId("../..", now)).toMatch(/^run-20240506/);
    const base = emptyFolder();
    createRunFolder(base, "a", scenario, FACTS);
    expect(() => createRunFolder(base, "a", scenario, FACTS)).toThrow(/can not be made/);
  });

  it("says of another folder that it is none", () => {
    expect(() => readManifest(emptyFolder())).toThrow(/not the folder of a run/);
  });
});

describe("Parquet tables, read back", () => {
  const scenario = fakeScenario();
  const messages = [...fakeTelemetry(scenario)];

  it("hold every sample with every value", async () => {
    const { folder } = recorded(scenario, messages);
    const rows = await readTable(folder, "samples");
    const sent = messages.filter((m) => m.kind === "guestSample");
    expect(rows.length).toBe(sent.length);
    expect(Object.keys(rows[0] ?? {})).toEqual(SAMPLES.map((column) => column.name));
    for (const [i, message] of sent.entries()) {
      expect(rows[i]).toMatchObject({
        time_ns: message.sentAtNs,
        delivered_at_ns: message.deliverAtNs,
        vm: scenario.guests[message.source - FIRST_GUEST]?.name,
        sequence: message.sequence,
        balloon_pages: message.body.balloonPages,
        operations: message.body.operations,
        psi_some_ns: message.body.psiSomeNs,
        balloon_state: "at-target",
      });
    }
  });

  it.each([
    ["host", HOST, 120],
    ["actions", ACTIONS, 24],
    ["events", EVENTS, 5],
  ] as const)("%s.parquet has its columns and rows", async (name, columns, count) => {
    const { folder } = recorded(scenario, messages);
    const rows = await readTable(folder, name);
    expect(rows.length).toBe(count);
    expect(Object.keys(rows[0] ?? {})).toEqual(columns.map((column) => column.name));
  });

  it("latency.parquet sums each VM's buckets over windows of 10 s, and loses no count", async () => {
    const { folder, summary } = recorded(scenario, messages);
    const rows = await readTable(folder, "latency");
    expect(Object.keys(rows[0] ?? {})).toEqual(LATENCY.map((column) => column.name));
    const own = rows.filter((row) => row.vm === "vm-03" && row.what === "operation");
    expect(own.reduce((sum, row) => sum + (row.count as number), 0)).toBeCloseTo(summary.vms[2]?.operationLatency?.count ?? 0, 6);
    expect(new Set(own.map((row) => row.time_ns)).size).toBe(12);
    expect(own.every((row) => (row.low_ns as number) < (row.high_ns as number))).toBe(true);
  });

  it("keep large times exact, go on in further files, and give the same rows in any row groups", async () => {
    const laterNs = 9_000_000_000_000_000 - 120e9;
    const late = messages.map((m) => {
      const body = m.kind === "guestSample" ? { ...m.body, takenAtNs: m.body.takenAtNs + laterNs } : m.body;
      return { ...m, sentAtNs: m.sentAtNs + laterNs, deliverAtNs: m.deliverAtNs + laterNs, body } as typeof m;
    });
    const one = recorded({ ...scenario, durationNs: 9e15 }, late);
    const many = recorded({ ...scenario, durationNs: 9e15 }, late, { groupRows: 7, fileRows: 100 });
    const rows = await readTable(one.folder, "samples");
    expect(rows.at(-1)?.time_ns).toBe(9_000_000_000_000_000);
    expect(many.manifest.files.filter((file) => file.file.startsWith("samples")).map((file) => file.file)).toEqual([
      "samples.parquet",
      "samples-2.parquet",
      "samples-3.parquet",
      "samples-4.parquet",
      "samples-5.parquet",
    ]);
    expect(await readTable(many.folder, "samples")).toEqual(rows);
    const file = await parquetMetadataAsync(await asyncBufferFromFile(join(many.folder, "samples.parquet")));
    expect(file.row_groups.length).toBe(15);
  });

  it("refuse what a column can not hold, rather than wrap it around", () => {
    const table = new Table(emptyFolder(), "t", [{ name: "pages", type: "INT32", text: "", value: (row: number) => row }]);
    expect(() => table.add(2 ** 31, "")).toThrow(/t\.pages: 2147483648 is not a whole number of 32 bits/);
    const times = new Table(emptyFolder(), "t", [{ name: "time_ns", type: "INT64", text: "", value: (row: number) => row }]);
    expect(() => times.add(2 ** 53, "")).toThrow(/t\.time_ns: 9007199254740992/);
    expect(() => times.add(Number.NaN, "")).toThrow(/t\.time_ns: NaN/);
  });

  it("say so when they can not be written", () => {
    const table = new Table(join(emptyFolder(), "gone"), "t", [{ name: "a", type: "INT32", text: "", value: (row: number) => row }]);
    table.add(1, "");
    expect(() => table.finish()).toThrow(/results can not be written to .*t\.parquet: ENOENT/);
  });

  it("are there without rows, when nothing was recorded", async () => {
    const { folder, summary } = recorded(scenario, []);
    expect(await readTable(folder, "samples")).toEqual([]);
    expect(summary.lastMessageNs).toBe(0);
    expect(existsSync(join(folder, "report.html"))).toBe(true);
  });
});

describe("windowed figures", () => {
  const scenario = fakeScenario();
  const messages = [...fakeTelemetry(scenario)];

  it("of the whole run and of each phase are the summary's", async () => {
    const { folder, summary } = recorded(scenario, messages);
    const run = await openRun(folder);
    const whole = run.windowed(0, scenario.durationNs);
    for (const vm of summary.vms) expect(vm).toMatchObject(JSON.parse(JSON.stringify({ ...whole.vms.get(vm.name), memory: undefined })));
    expect(whole.fairness).toBe(summary.fairness);
    expect(summary.host).toMatchObject(whole.host);
    for (const phase of summary.phases) {
      const window = run.windowed(phase.fromNs, phase.toNs);
      expect(window.host).toEqual(phase.host);
      for (const vm of phase.vms) expect(window.vms.get(vm.name)?.slowdown).toBe(vm.slowdown);
    }
  });

  it("give mean memory of the span alone", async () => {
    const { folder } = recorded(scenario, messages);
    const window = (await openRun(folder)).windowed(10 * SECOND_NS, 12 * SECOND_NS);
    const own = messages.flatMap((m) =>
      m.kind === "guestSample" && m.source === FIRST_GUEST && (m.sentAtNs === 11e9 || m.sentAtNs === 12e9) ? [m.body] : [],
    );
    expect(window.vms.get("vm-01")?.memory.balloonPages).toBe(own.reduce((sum, body) => sum + body.balloonPages, 0) / 2);
    expect(window.vms.get("vm-01")?.spanNs).toBe(2 * SECOND_NS);
  });
});

describe("the direct recorder's memory", () => {
  it("does not grow with the length of the run", () => {
    const scenario = fakeScenario({ guests: 20, seconds: 4_000 });
    const folder = runFolder(scenario);
    const recorder = openDirectRecorder(folder, scenario, { groupRows: 100, fileRows: 2_000 });
    const factory = monitorFactory(scenario, recorder);
    const actor = factory(1);
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const used = (): number => {
      collect();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    let early = 0;
    let taken = 0;
    for (const message of fakeTelemetry(scenario, new FakeLinks())) {
      actor.receive(message, at(message));
      if (++taken === 40_000) early = used();
    }
    expect(taken).toBeGreaterThan(80_000);
    // 40,000 messages or the footers of 400 row groups, were they kept, would be 16 MB or more; code that is compiled meanwhile is 4.
    expect(used() - early).toBeLessThan(8_000_000);
    expect(summarise(factory.aggregator).vms[0]?.samples).toBe(4_000);
    expect(recorder.finish(factory.aggregator, WHOLE).manifest.files.filter((file) => file.file.startsWith("samples")).length).toBe(40);
  });
});

describe("docs/results.md", () => {
  it("lists every column of every table with its type and meaning", () => {
    const text = readFileSync(new URL("../../docs/results.md", import.meta.url), "utf8");
    const all = { samples: SAMPLES, host: HOST, actions: ACTIONS, events: EVENTS, services: SERVICES, latency: LATENCY };
    for (const [name, columns] of Object.entries(all)) {
      const section = text.split(`## ${name}.parquet`)[1]?.split("\n## ")[0] ?? "";
      const listed = [...section.matchAll(/^\| `(\w+)` \| (\w+) \| (.*) \|$/gm)].map(([, column, type, meaning]) => ({
        column,
        type,
        meaning,
      }));
      expect(listed).toEqual(columns.map((column) => ({ column: column.name, type: column.type, meaning: column.text })));
    }
  });
});
