/** The summary table, and the figures' formats. */
import { describe, expect, test } from "vitest";
import { clock, count, gib, mib, percent, slowdown } from "../../cli/terminal/format.ts";
import { summaryLines, table } from "../../cli/terminal/summary.ts";
import type { Summary } from "../../services/monitor/summary.ts";
import { gibPages, mibPages } from "./fixture.ts";

describe("formats", () => {
  test.each([
    [0, "0"],
    [0.04, "<0.1"],
    [3.25, "3.3"],
    [9.96, "10"],
    [480.4, "480"],
  ])("%d MiB is %s", (value, text) => expect(mib(mibPages(value))).toBe(text));

  test.each([
    [null, "-"],
    [1, "1.00x"],
    [9.994, "9.99x"],
    [9.996, "10.0x"],
    [99.96, "100x"],
  ])("slowdown %s is %s", (value, text) => expect(slowdown(value)).toBe(text));

  test("sizes, shares, times, counts", () => {
    expect([gib(gibPages(3.94)), percent(0.955), clock(0), clock(59.99e9), clock(3661e9), count(1234567.4), count(999)]).toEqual([
      "3.9",
      "96 %",
      "0:00",
      "0:59",
      "61:01",
      "1,234,567",
      "999",
    ]);
  });
});

test("columns are as wide as their widest entry, text to the left, figures to the right", () => {
  const rows = [
    { name: "a", size: 1 },
    { name: "longer", size: 100 },
  ];
  const columns = [
    { title: "VM", of: (row: { name: string }) => row.name },
    { title: "GiB", of: (row: { size: number }) => String(row.size) },
  ];
  expect(table(rows, columns as never)).toEqual(["VM      GiB", "a         1", "longer  100"]);
});

test("the summary of a run", () => {
  const figures = {
    swapInPages: mibPages(120),
    swapOutPages: mibPages(300),
    slowdown: 1.5,
    worstSlowdown: 4,
    idledIntervals: 0,
    oomKills: 1,
  };
  const last = { sizePages: gibPages(4), balloonPages: gibPages(2.2), targetPages: 0, swappedPages: 0 };
  const unseen = { ...figures, swapInPages: 0, swapOutPages: 0, slowdown: null, worstSlowdown: null, idledIntervals: 2, oomKills: 0 };
  const vms = [
    { name: "vm-1", ...figures, last },
    { name: "vm-10", ...unseen, last: null },
  ];
  const summary = {
    vms,
    phases: [
      { name: "calm", host: { diskUtilisation: 0.02 }, vms: [], fairness: null },
      { name: "storm", host: { diskUtilisation: 0.98 }, vms, fairness: 0.87654 },
    ],
    host: { machinePages: gibPages(32), leastFreePages: gibPages(0.5), diskUtilisation: 0.4, peakSwappedPages: gibPages(1.25) },
    control: { actions: 1200, completed: 1100, superseded: 90 },
    telemetry: { lost: 3, refused: 0 },
  } as unknown as Summary;
  expect(summaryLines(summary, false)).toEqual([
    "VM     size GiB  balloon GiB  swap in MiB  swap out MiB  slowed    worst  OOM kills",
    "vm-1        4.0          2.2          120           300   1.50x    4.00x          1",
    "vm-10         -            -            0             0       -  stopped          0",
    "",
    "phase  disk  swap in MiB  swap out MiB  slowed, median  slowed, worst  fairness",
    "calm    2 %            0             0               -              -         -",
    "storm  98 %          120           300           1.50x          1.50x     0.877",
    "",
    "host: 32.0 GiB, least free 0.5 GiB, disk 40 % busy, host swap at most 1.3 GiB",
    "control: 1,200 actions, 1,100 completed, 90 superseded; telemetry: 3 messages lost, 0 refused",
  ]);
  expect(summaryLines(summary, true)[0]?.startsWith("\u001b[1mVM")).toBe(true);
});
