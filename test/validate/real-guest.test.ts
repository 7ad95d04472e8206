/** The loader and the replay of real-guest experiments, on the fixture. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import type { GuestConfig } from "../../lib/scenario/scenario.ts";
import { fixturePath } from "../../validate/fixtures.ts";
import { compare, isSteady } from "../../validate/real-guest/compare.ts";
import { readTable } from "../../validate/real-guest/csv.ts";
import { leftOf, touchTimesOf } from "../../validate/real-guest/emulator.ts";
import {
  type Experiment,
  increase,
  type Level,
  readExperiment,
  readExperiments,
  type Series,
} from "../../validate/real-guest/experiment.ts";
import { lossOf } from "../../validate/real-guest/fit.ts";
import { PARAMETERS } from "../../validate/real-guest/parameters.ts";
import { type Replayed, replayExperiment } from "../../validate/real-guest/replay.ts";
import { scenarioOf } from "../../validate/real-guest/scenario-of.ts";
import { fittedNames } from "../../validate/real-guest/split.ts";
import { serve } from "../../validate/real-guest/throttle.ts";

const folder = mkdtempSync(join(tmpdir(), "real-guest-"));
afterAll(() => rmSync(folder, { recursive: true }));
const fixture = (name: string) => readExperiment(fixturePath(join("real-guest", name)));

describe("the loader", () => {
  test("reads every experiment of the fixture, by name", () => {
    const names = readExperiments(fixturePath("real-guest")).map(({ name }) => name);
    expect(names).toEqual(["a-stairs-1024", "b-rand-z099-500iops", "c-z099-none", "d-z08-none", "e-oomon-grow", "f-z08-z08-sw60"]);
  });

  test("levels, events and series have the load's time", () => {
    const { levels, file, guest, host, load } = fixture("c-z099-none");
    expect(levels.map(({ label }) => label)).toEqual(["start", "frac:0.9", "frac:0.75", "frac:0.6", "frac:0.5", "frac:0.4"]);
    expect(levels[0]?.fromS).toBeCloseTo(0, 1);
    expect(levels[1]?.fromS).toBeCloseTo(file.run.played[0]?.rel as number, 0);
    expect(levels[1]).toMatchObject({ targetMib: 488, majorsPerAccess: 0.0102, anonymousMib: 368.7 });
    expect(host.of("target_mib")[0]).toBe(768);
    expect(load?.of("acc")[0]).toBeGreaterThan(1e5);
    expect(increase(guest, "pswpin", 0, file.end)).toBeGreaterThan(1e5);
    expect(increase(guest, "pswpin", 0, 5)).toBe(0);
  });

  test("an empty field is NaN, and a missing column, ragged row or broken file is named", () => {
    writeFileSync(join(folder, "a.csv.gz"), gzipSync("t,x\n1,\n2,3\n"));
    expect([...(readTable(join(folder, "a.csv.gz")).columns.get("x") as Float64Array)]).toEqual([Number.NaN, 3]);
    writeFileSync(join(folder, "b.csv"), "t,x\n1,2\n2\n");
    expect(() => readTable(join(folder, "b.csv"))).toThrow(/b\.csv, line 3: 1 fields; the head has 2/);
    writeFileSync(join(folder, "c.csv.gz"), "not gzip");
    expect(() => readTable(join(folder, "c.csv.gz"))).toThrow(/c\.csv\.gz can not be read/);
  });

  test("a folder without experiments, and a description that is none, are refused", () => {
    expect(() => readExperiments(folder)).toThrow(/holds no experiment/);
    mkdirSync(join(folder, "x"));
    writeFileSync(join(folder, "x", "experiment.json"), '{"name": "x"}');
    expect(() => readExperiments(folder)).toThrow(/is not the description of an experiment/);
  });
});

test("the search's loss counts every row, and is worse for parameters that are absurd", () => {
  const experiments = [fixture("a-stairs-1024"), fixture("c-z099-none")];
  const loss = lossOf(experiments, PARAMETERS);
  expect(loss).toBeGreaterThan(0);
  expect(loss).toBeLessThan(3);
  expect(lossOf(experiments, { ...PARAMETERS, inflatePagesPerS: 1_000, faultCpuNs: 50_000_000 })).toBeGreaterThan(loss);
});

test("half of the experiments is fitted, by name alone", () => {
  expect(fittedNames(["d", "b", "a", "c"])).toEqual(new Set(["a", "c"]));
});

describe("the devices", () => {
  const demand = {
    hostEpoch: 1,
    step: 0,
    wantedTotalPages: 0,
    releasedTotalPages: 0,
    evictedSeenTotalPages: 0,
    threads: 4,
    thinkNs: 0,
    swapReadShare: 1,
    fileReadShare: 0,
    hostSwapReadShare: 0,
    pagesPerSwapRead: 1,
    pagesPerFileRead: 1,
    swapWritePagesPerS: 0,
    fileWritePagesPerS: 0,
    hostSwappedPages: 0,
    hostReadTotalPages: 0,
  };
  const free = { swapIops: undefined, dataIops: undefined };

  test("a throttled disk gives its rate, an unthrottled one its own", () => {
    const slow = serve(demand, { ...free, swapIops: 200 }, PARAMETERS).readsPerS;
    expect(slow).toBeCloseTo(200, 6);
    const fast = serve(demand, free, PARAMETERS).readsPerS;
    expect(fast).toBeCloseTo(1e9 / PARAMETERS.deviceNs, 6);
    // Threads that think for as long as a read takes: X of the machine-repairman model, 4 threads.
    const thinking = serve({ ...demand, thinkNs: PARAMETERS.deviceNs }, free, PARAMETERS).readsPerS;
    expect(thinking).toBeCloseTo((1 - 1 / (1 + 4 + 12 + 24 + 24)) * (1e9 / PARAMETERS.deviceNs), 6);
  });

  test("writes take their part of a throttle, and those that queue up leave the threads their turn", () => {
    const limits = { ...free, swapIops: 200 };
    const some = serve({ ...demand, swapWritePagesPerS: 20 * PARAMETERS.pagesPerWrite }, limits, PARAMETERS);
    expect(some.writeShare).toBeCloseTo(1, 12);
    expect(some.readsPerS).toBeCloseTo(180, 6);
    // In a tenth of a second 96 writes queue up beside 4 reads.
    const parameters = { ...PARAMETERS, pagesPerWrite: 1 };
    const many = serve({ ...demand, swapWritePagesPerS: 960 }, limits, parameters);
    expect(many.writeShare * 960).toBeCloseTo(192, 6);
    expect(many.readsPerS).toBeCloseTo(8, 6);
  });

  test("the busiest of two throttled disks limits the threads that read both", () => {
    const both = { ...demand, swapReadShare: 0.5, fileReadShare: 0.5 };
    expect(serve(both, { swapIops: 200, dataIops: 50 }, PARAMETERS).readsPerS).toBeCloseTo(100, 6);
    expect(serve({ ...both, threads: 0 }, { swapIops: 200, dataIops: 50 }, PARAMETERS)).toEqual({
      readsPerS: 0,
      responseNs: 0,
      writeShare: 1,
    });
  });
});

test("what the host left the emulator is what it used while the guest was busy, second by second", () => {
  const experiment = fixture("c-z099-none");
  const left = leftOf(experiment);
  expect(left.length).toBeGreaterThan(0.9 * experiment.file.end);
  // Its CPU's core, and what the threads of its devices took beside.
  expect(left.every(({ cpus }) => cpus > 0 && cpus < 1.2)).toBe(true);
  // Before the first event the guest had its core; while the balloon took the fourth level it had two thirds of it, or less.
  const { fromS, moveS } = experiment.levels[4] as Level;
  const mean = (fromS: number, toS: number): number => {
    const inside = left.filter(({ timeS }) => timeS >= fromS && timeS < toS);
    return inside.reduce((sum, { cpus }) => sum + cpus, 0) / inside.length;
  };
  expect(mean(0, 5)).toBeGreaterThan(0.9);
  expect(mean(fromS, fromS + moveS - 1)).toBeLessThan(0.7);
  // A guest that has nothing to do says nothing of what there was.
  expect(new Set(leftOf(fixture("a-stairs-1024")).map(({ cpus }) => cpus)).size).toBeLessThanOrEqual(3);
});

test("what an access takes is measured where nothing faults: before the first event, and after a recovery", () => {
  const nsOf = (experiment: Experiment): number => touchTimesOf(experiment, PARAMETERS).anonymousNs;
  // 1,535,443 accesses a second on the whole core, and nothing later is free of faults.
  expect(nsOf(fixture("c-z099-none"))).toBeCloseTo(1e9 / 1_535_443, 6);
  // 845,337 a second on 0.79 of it; every second of the recovery has a fault.
  const experiment = fixture("d-z08-none");
  const load = experiment.load as Series;
  const beforeNs = 0.79e9 / 845_337;
  expect(nsOf(experiment)).toBeCloseTo(beforeNs, 6);
  // Were there none in two of its last seconds, these would count: 1,111,518 accesses took 1.3 s of CPU time.
  const rows = [load.timeS.length - 3, load.timeS.length - 2];
  const of = (name: string): Float64Array => load.of(name).map((x, row) => (name.endsWith("flt") && rows.includes(row) ? 0 : x));
  const [accesses, cpuS] = [3 * 845_337 + 1_111_518, 3 * 0.79 + 1.3];
  expect(nsOf({ ...experiment, load: { ...load, of } }) / ((cpuS * 1e9) / accesses)).toBeCloseTo(1, 1);
  expect(nsOf({ ...experiment, load: { ...load, of } })).toBeGreaterThan(1.05 * beforeNs);
  // Threads that pace themselves show nothing.
  expect(nsOf(fixture("f-z08-z08-sw60"))).toBe(PARAMETERS.accessNs);
});

describe("the replay", () => {
  test("its scenario has the experiment's guest, load and pace", () => {
    const { scenario } = scenarioOf(fixture("f-z08-z08-sw60"), PARAMETERS);
    const [guest] = scenario.guests as [GuestConfig];
    expect(guest).toMatchObject({ sizePages: 768 * 256, swapPages: 1024 * 256, swappiness: 60, pageCluster: 0 });
    // The zones' marks, and what the DMA zone keeps for its own: the 180,801 pages of DMA32 / 256. The guest stalled at 38.0 MiB.
    expect(guest.watermarks).toEqual({ minPages: 9_037 + 706, lowPages: 11_295 + 706, highPages: 13_553 + 706 });
    const { regions, threads, phases } = guest.workload;
    expect(regions.map(({ name, pages }) => [name, pages])).toEqual([
      ["footprint", 250 * 256],
      ["file", 250 * 256],
    ]);
    // Two threads at 10,000/s each, two at 5,000/s; none before the load begins.
    expect(regions.map(({ own }) => [own?.threads, own?.thinkNs, own?.paced])).toEqual([
      [0, 100_000, true],
      [0, 200_000, true],
    ]);
    expect([threads, phases[0]?.regions]).toEqual([0, { footprint: { threads: 2 }, file: { threads: 2 } }]);
  });

  test("grows by the stairs that its description asks for", () => {
    const { scenario, startNs } = scenarioOf(fixture("e-oomon-grow"), PARAMETERS);
    const steps = scenario.guests[0]?.workload.phases.filter(({ name }) => name === "growth") ?? [];
    expect(steps).toHaveLength(40);
    expect(steps[0]?.atNs).toBe(startNs + 15e9);
    expect(steps.at(-1)?.regions?.footprint?.pages).toBe(600 * 256);
  });

  const experiment = fixture("c-z099-none");
  let replayed: Replayed;
  test("follows the balloon's timeline, and accounts for every page", () => {
    replayed = replayExperiment(experiment, PARAMETERS);
    expect(replayed.samples.length).toBeGreaterThan(500);
    for (const { body } of replayed.samples) {
      const kinds = [body.kernelPages, body.balloonPages, body.freePages, body.anonymousPages, body.cacheCleanPages, body.cacheDirtyPages];
      expect(kinds.reduce((sum, pages) => sum + pages, 0)).toBe(body.sizePages);
    }
    for (const level of experiment.levels.slice(0, 2)) {
      const actual = replayed.mean((body) => (body.sizePages - body.balloonPages) / 256, level.toS - 1, level.toS);
      expect(Math.abs(actual - level.actualMib)).toBeLessThan(3);
    }
  });

  test("is the same every time", () => {
    expect(replayExperiment(experiment, PARAMETERS).samples.map(({ body }) => body.freePages)).toEqual(
      replayed.samples.map(({ body }) => body.freePages),
    );
  });

  test("gives rows for memory, misses and totals, fitted ones marked", () => {
    expect(isSteady(experiment)).toBe(true);
    const rows = compare(experiment, replayed, true);
    expect(rows.every((row) => row.fitted && row.id.startsWith("real-guest/c-z099-none/"))).toBe(true);
    for (const what of ["1-frac:0.9/free", "1-frac:0.9/miss", "5-frac:0.4/anonymous", "total/swap-out", "total/oom-kills"]) {
      expect(rows.map(({ id }) => id)).toContain(`real-guest/c-z099-none/${what}`);
    }
    // The level before the first event has no fault, so no ratio to compare.
    expect(rows.map(({ id }) => id)).not.toContain("real-guest/c-z099-none/0-start/miss");
  });
});
