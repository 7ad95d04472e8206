/** What the classic scenario must show, asserted from its recorded results (virtual time): it is what the subject is about. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { playLocal } from "../../cli/run/local.ts";
import { loadScenario } from "../../lib/scenario/load.ts";
import { PAGES_PER_MIB, SECOND_NS } from "../../lib/units.ts";
import { readTable } from "../../services/monitor/results/read.ts";
import { openRun, type RecordedRun } from "../../services/monitor/results/windowed.ts";

const GROUPS = ["day", "night", "cache", "small"] as const;
type Group = (typeof GROUPS)[number];

const out = mkdtempSync(join(tmpdir(), "aerostat-classic-"));
let folder: string;
let run: RecordedRun;

beforeAll(async () => {
  const { scenario } = await loadScenario("scenarios/classic.yaml");
  const promised = scenario.guests.reduce((sum, guest) => sum + guest.sizePages, 0);
  expect([scenario.host.memoryPages, promised]).toEqual([32 * 1024 * PAGES_PER_MIB, 64 * 1024 * PAGES_PER_MIB]);
  const played = await playLocal({
    scenario,
    clock: "virtual",
    bus: "memory",
    out,
    guestsPerProcess: 1,
    command: [],
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  if (played.error !== undefined) throw played.error;
  folder = played.result.folder;
  run = await openRun(folder);
});

afterAll(() => rmSync(out, { recursive: true, force: true }));

/** Figures of a stretch of the run, in seconds; VMs by group. */
function between(fromS: number, toS: number) {
  const { host, vms: byName } = run.windowed(fromS * SECOND_NS, toS * SECOND_NS);
  const vms = [...byName].map(([name, figures]) => ({ ...figures, name }));
  const of = (group: Group) => vms.filter((vm) => vm.name.startsWith(`${group}-`));
  const swapPages = vms.reduce((sum, vm) => sum + vm.swapInPages + vm.swapOutPages + vm.hostSwapInPages, 0);
  return { host, vms, of, swapPages };
}

const slowdowns = (vms: readonly { readonly slowdown: number | null }[]): number[] =>
  vms.map((vm) => vm.slowdown ?? Number.POSITIVE_INFINITY);

describe("calm: twice the memory is promised, and nobody notices", () => {
  test("no swap I/O at all, of guests or host", () => {
    const calm = between(45, 90);
    expect(calm.swapPages).toBe(0);
    expect([calm.host.swapInPages, calm.host.swapOutPages]).toEqual([0, 0]);
  });

  test("no VM is slowed", () => {
    for (const slowdown of slowdowns(between(45, 90).vms)) expect(slowdown).toBeLessThan(1.005);
  });
});

describe("shift: memory follows demand", () => {
  test("balloons inflate in the VMs that became idle, and the busy ones get more than their share of the host", async () => {
    const samples = await readTable(folder, "samples", ["delivered_at_ns", "vm", "balloon_pages", "held_pages"]);
    const at = (second: number, group: Group, column: string): number[] =>
      samples
        .filter((row) => String(row.vm).startsWith(`${group}-`) && Math.floor(Number(row.delivered_at_ns) / SECOND_NS) === second)
        .map((row) => Number(row[column]));
    for (const pages of at(89, "day", "balloon_pages")) expect(pages).toBe(0);
    const [idle, busy] = [at(135, "day", "balloon_pages"), at(135, "night", "held_pages")];
    expect([idle.length, busy.length]).toEqual([4, 4]);
    for (const pages of idle) expect(pages).toBeGreaterThan(1024 * PAGES_PER_MIB);
    for (const pages of busy) expect(pages).toBeGreaterThan(2048 * PAGES_PER_MIB);
    // They deflate in the busy ones once the idle ones have given.
    const [before, after] = [at(118, "night", "balloon_pages"), at(135, "night", "balloon_pages")];
    after.forEach((pages, i) => {
      expect(pages).toBeLessThan(before[i] as number);
    });
  });

  test("little swap: under a tenth of what moved between the VMs", () => {
    const moved = between(90, 180).of("night").length * 1408 * PAGES_PER_MIB;
    expect(between(90, 180).swapPages).toBeLessThan(0.1 * moved);
  });

  test("a busy VM is slowed by less than 10 % once it has settled", () => {
    for (const slowdown of slowdowns(between(140, 180).of("night"))) expect(slowdown).toBeLessThan(1.1);
  });
});

describe("storm: the working sets no longer fit", () => {
  test("guests swap to meet their targets", () => {
    const storm = between(180, 270);
    for (const group of ["day", "night", "cache"] as const) {
      for (const vm of storm.of(group)) expect(vm.swapOutPages).toBeGreaterThan(100 * PAGES_PER_MIB);
    }
    expect(storm.swapPages).toBeGreaterThan(20 * between(90, 180).swapPages);
  });

  test("the one disk saturates", () => {
    expect(between(225, 270).host.diskUtilisation).toBeGreaterThan(0.85);
  });

  test("every VM on it is slowed by more than a tenth, also those with next to no swap of their own", () => {
    // Once the working sets have grown, which takes until 225 s.
    const storm = between(225, 270);
    for (const slowdown of slowdowns(storm.vms)) expect(slowdown).toBeGreaterThan(1.1);
    const others = storm.of("day").reduce((sum, vm) => sum + vm.swapInPages, 0);
    const own = storm.of("small").reduce((sum, vm) => sum + vm.swapInPages, 0);
    expect(own).toBeLessThan(0.05 * others);
    // Their file reads wait in line: the same reads took less before.
    const [before, now] = [between(140, 180).of("small"), storm.of("small")];
    now.forEach((vm, i) => {
      const stallPerRead = (of: { stalledNs: number; fileReadPages: number } | undefined) =>
        (of?.stalledNs ?? 0) / (of?.fileReadPages ?? 1);
      expect(stallPerRead(vm)).toBeGreaterThan(2 * stallPerRead(before[i]));
    });
  });
});

test("recovery: no VM is slowed by more than a tenth, and the disk is idle again", () => {
  const recovery = between(300, 360);
  for (const slowdown of slowdowns(recovery.vms)) expect(slowdown).toBeLessThan(1.1);
  expect(recovery.host.diskUtilisation).toBeLessThan(0.1);
});
