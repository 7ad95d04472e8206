/** Host states and their hysteresis (OSDI'02 section 6.3), and the estimate of active memory (section 5.3). */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HostState } from "../../lib/wire/messages.ts";
import { ActivityEstimates } from "../../services/hypervisor/sampling.ts";
import { nextState, thresholdsOf } from "../../services/hypervisor/states.ts";

const { HOST_STATE_HIGH: HIGH, HOST_STATE_SOFT: SOFT, HOST_STATE_HARD: HARD, HOST_STATE_LOW: LOW } = HostState;
const THRESHOLDS = thresholdsOf({ high: 0.06, soft: 0.04, hard: 0.02, low: 0.01, margin: 1.25 }, 10_000);

describe("host states", () => {
  it.each([
    [HIGH, 400, HIGH],
    [HIGH, 399, SOFT],
    [HIGH, 199, HARD],
    [HIGH, 99, LOW],
    [SOFT, 749, SOFT],
    [SOFT, 750, HIGH],
    [HARD, 499, HARD],
    [HARD, 500, SOFT],
    [HARD, 750, HIGH],
    [LOW, 249, LOW],
    [LOW, 250, HARD],
    [LOW, 5_000, HIGH],
  ])("from state %i with %i of 10,000 pages free to state %i", (before, freePages, after) => {
    expect(nextState(before, freePages, THRESHOLDS)).toBe(after);
  });

  it("settle at once: the same free memory changes nothing more", () => {
    fc.assert(
      fc.property(fc.constantFrom(HIGH, SOFT, HARD, LOW), fc.nat(10_000), (state, freePages) => {
        const next = nextState(state, freePages, THRESHOLDS);
        expect(nextState(next, freePages, THRESHOLDS)).toBe(next);
      }),
    );
  });
});

describe("estimate of active memory", () => {
  const CONFIG = { pages: 100, periodNs: 30e9, slowGain: 0.25, fastGain: 0.75 };
  const series = (samples: readonly number[]) => {
    const estimates = new ActivityEstimates(1, CONFIG);
    return samples.map((touched) => {
      estimates.note(0, { pages: 100, touched, periodNs: 30e9, over: true });
      return estimates.active(0) as number;
    });
  };

  it("is unknown before the first sample", () => {
    expect(new ActivityEstimates(1, CONFIG).active(0)).toBeUndefined();
  });

  it("rises within a step", () => {
    expect(series([...new Array<number>(40).fill(10), 90]).at(-1)).toBeCloseTo(0.7, 4);
  });

  it("falls as figure 6: from 224 to 26 of 256 MB in four minutes, once the VM's activity is 5 %", () => {
    // About 160 MB for long, then nearly all in one period.
    const busy = [...new Array<number>(20).fill(62), 97];
    const figure = [224, 141, 109, 83, 61, 48, 38, 29, 26];
    const falling = series([...busy, ...figure.slice(1).map(() => 5)]).slice(busy.length - 1);
    falling.forEach((active, i) => {
      expect(Math.abs(active * 256 - (figure[i] as number))).toBeLessThan(6.4);
    });
  });

  it("stays as it is while the VM does not run, and ignores nonsense", () => {
    const estimates = new ActivityEstimates(1, CONFIG);
    estimates.note(0, { pages: 100, touched: 40, periodNs: 30e9, over: true });
    estimates.note(0, { pages: 100, touched: 0, periodNs: 0, over: true });
    estimates.note(0, { pages: 100, touched: 101, periodNs: 30e9, over: true });
    estimates.note(0, { pages: 0, touched: 0, periodNs: 30e9, over: true });
    expect(estimates.active(0)).toBeCloseTo(0.3, 12);
  });

  it("rises with the counts of the sample in progress as they come in, and never falls with them", () => {
    const estimates = new ActivityEstimates(1, CONFIG);
    estimates.note(0, { pages: 100, touched: 40, periodNs: 30e9, over: true });
    const look = (touched: number) => {
      estimates.note(0, { pages: 100, touched, periodNs: 10e9, over: false });
      return estimates.active(0);
    };
    expect([0, 20, 30].map((touched) => look(touched) ?? 0)).toEqual(new Array(3).fill(expect.closeTo(0.3, 12)));
    expect(look(80)).toBeCloseTo(0.3 + 0.75 * 0.5, 12);
    estimates.note(0, { pages: 100, touched: 80, periodNs: 30e9, over: true });
    expect(look(0)).toBeCloseTo(0.675, 12);
  });
});
