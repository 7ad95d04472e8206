/** The table of phases, and the figures' formats. */
import { describe, expect, test } from "vitest";
import { clock, count, gib, mib, percent } from "../../cli/terminal/format.ts";
import { phaseLines } from "../../cli/terminal/summary.ts";
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

test("the phases side by side, in order of time", () => {
  const vm = (slowdown: number | null, swapIn: number, swapOut: number) => ({
    spanNs: 60e9,
    slowdown,
    swapInPages: mibPages(swapIn),
    swapOutPages: mibPages(swapOut),
  });
  const host = (diskUtilisation: number, swap: number) => ({
    spanNs: 60e9,
    diskUtilisation,
    swapInPages: mibPages(swap),
    swapOutPages: mibPages(2 * swap),
  });
  const summaryOf = (hostSwap: number) =>
    ({
      phases: [
        { name: "calm", host: host(0.02, 0), vms: [vm(null, 0, 0)], fairness: null },
        {
          name: "storm",
          host: host(0.98, hostSwap),
          vms: [vm(10.5, 100, 0), vm(null, 0, 200), vm(1.5, 20, 100), vm(2, 0, 0)],
          fairness: 0.87654,
        },
        { name: "never", host: { ...host(0, 0), spanNs: 0 }, vms: [{ ...vm(null, 0, 0), spanNs: 0 }], fairness: null },
      ],
    }) as unknown as Summary;
  expect(phaseLines(summaryOf(0))).toEqual([
    "phase    disk  guest swap in      out  median slowdown   worst  fairness",
    "calm    2.0 %            0 B      0 B                -       -         -",
    "storm  98.0 %        120 MiB  300 MiB            2.00x  10.50x     0.877",
    "never       -              -        -                -       -         -",
  ]);
  expect(phaseLines(summaryOf(400)).map((line) => line.slice(0, 60))).toEqual([
    "phase    disk  guest swap in      out  host swap in      out",
    "calm    2.0 %            0 B      0 B           0 B      0 B",
    "storm  98.0 %        120 MiB  300 MiB       400 MiB  800 MiB",
    "never       -              -        -             -        -",
  ]);
  expect(phaseLines({ phases: [] } as unknown as Summary)).toEqual([]);
});
