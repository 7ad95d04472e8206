/** Replacement: miss ratios in steady state and on the way there, and the cyclic scan (docs/validation.md). */
import type { Lives, PopularityLaw } from "../../lib/scenario/scenario.ts";
import { jsonFixture } from "../fixtures.ts";
import type { Group, GroupOptions, GroupResult } from "../group.ts";
import { replayModel } from "../lru-model.ts";
import type { Plot } from "../plot.ts";
import type { CacheKind } from "../reference/caches.ts";
import { missRatioScanRandom } from "../reference/formulas.ts";
import { zipf } from "../reference/popularity.ts";
import { replay, type Step } from "../reference/replay.ts";
import { absolute, type Row } from "../row.ts";

interface SteadyCase {
  readonly exponent: number;
  readonly capacity: number;
  readonly lru: number;
  readonly fifo: number;
  readonly random: number;
}

/** 0.3 percentage points of miss ratio. */
const TOLERANCE = 0.003;
const FINE = 0.02;
/** Accesses per page in one step of the guest: nothing may depend on how busy it is. */
const STRIDES: readonly (readonly [string, number])[] = [
  ["short-steps", FINE],
  ["long-steps", 0.25],
];
const SOURCE = "page-level simulation, Zipf over 10,000 pages";

export const replacement: Group = { name: "replacement", title: "1. Replacement", run };

function run(options: GroupOptions): GroupResult {
  const rows: Row[] = [...steadyRows(), ...scanRows()];
  const plots: Plot[] = [];
  for (const transient of TRANSIENTS) {
    options.progress(`  ${transient.name}`);
    for (const law of LAWS) {
      const compared = compare(transient, law);
      rows.push(...compared.rows);
      plots.push(compared.plot);
    }
  }
  const notes = [
    "Miss ratios of the guest's residency with 16 heat classes, beside an exact page-level simulation. Transients: the mean " +
      "and the worst window count.",
  ];
  return { rows, plots, notes };
}

function steadyRows(): Row[] {
  const { pages, cases } = jsonFixture<{ pages: number; cases: readonly SteadyCase[] }>("replacement/zipf.json");
  return cases.flatMap(({ exponent, capacity, lru, fifo, random }) => {
    const capacityPages = Math.round(capacity * pages);
    const law = { kind: "zipf", exponent } as const;
    const settled = (lives: Lives): number =>
      replayModel({ law, pages, capacityPages, stride: FINE, lives }, [
        { kind: "touch-all" },
        { kind: "run", references: 40 * pages, windows: 1 },
        { kind: "run", references: pages, windows: 1 },
      ])[1] as number;
    const [ofLru, ofRandom] = [settled("lru"), settled(1)];
    const id = (policy: string) => `replacement/steady/zipf-${exponent}-at-${capacity}/${policy}`;
    const row = (policy: string, reference: number, ours: number) =>
      absolute({ id: id(policy), reference, ours, tolerance: TOLERANCE, unit: "", source: SOURCE });
    // Under independent references FIFO misses as RANDOM does (Gelenbe, 1973).
    return [row("lru", lru, ofLru), row("fifo", fifo, ofRandom), row("random", random, ofRandom)];
  });
}

function scanRows(): Row[] {
  const { random } = jsonFixture<{ random: readonly { ratio: number; miss: number }[] }>("replacement/scan.json");
  const source = "cyclic scan: page-level simulation, and m = 1 - exp(-m W/C)";
  return random.flatMap(({ ratio, miss }) => {
    const pages = 10_000;
    const capacity = Math.round(pages / ratio);
    const laps: Step[] = [
      { kind: "touch-all" },
      { kind: "run", references: 20 * pages, windows: 1 },
      { kind: "run", references: 2 * pages, windows: 1 },
    ];
    const misses = (lives: Lives): number =>
      replayModel({ law: { kind: "scan" }, pages, capacityPages: capacity, stride: FINE, lives }, laps)[1] as number;
    const base = { tolerance: TOLERANCE, unit: "", source };
    // The table gives three digits; its own formula gives the rest.
    const exact = missRatioScanRandom(ratio);
    const reference = Math.abs(exact - miss) < 0.001 ? exact : miss;
    return [
      absolute({ ...base, id: `replacement/scan/${ratio}/lru`, reference: 1, ours: misses("lru") }),
      absolute({ ...base, id: `replacement/scan/${ratio}/random`, reference, ours: misses(1) }),
    ];
  });
}

interface Transient {
  readonly name: string;
  readonly exponent: number;
  readonly steps: readonly Step[];
}

const PAGES = 10_000;
const REPEATS = 24;

/** The way there: capacity cut and given back, working set moved. All begin with every page touched, in no order. */
const TRANSIENTS: readonly Transient[] = [
  ...[0, 0.5, 0.8, 1.0, 1.2].map((exponent) => ({
    name: `capacity-steps-zipf-${exponent}`,
    exponent,
    steps: [
      { kind: "touch-all" },
      { kind: "run", references: 3 * PAGES, windows: 6 },
      { kind: "capacity", pages: 0.75 * PAGES },
      { kind: "run", references: 4 * PAGES, windows: 16 },
      { kind: "capacity", pages: 0.25 * PAGES },
      { kind: "run", references: 4 * PAGES, windows: 16 },
      { kind: "capacity", pages: 0.6 * PAGES },
      { kind: "run", references: 8 * PAGES, windows: 32 },
    ] as const,
  })),
  ...[
    [0.8, 0.5],
    [1.0, 1],
    [1.2, 1],
  ].map(([exponent, share]) => ({
    name: `shift-${share}-zipf-${exponent}`,
    exponent: exponent as number,
    steps: [
      { kind: "touch-all" },
      { kind: "capacity", pages: 0.5 * PAGES },
      { kind: "run", references: 10 * PAGES, windows: 10 },
      { kind: "shift", share: share as number },
      { kind: "run", references: 10 * PAGES, windows: 40 },
    ] as const,
  })),
];

/** Laws that are followed all the way, and their names in a row's id. LRU's has none. */
const LAWS: readonly { readonly policy: CacheKind; readonly lives: Lives; readonly suffix: string }[] = [
  { policy: "lru", lives: "lru", suffix: "" },
  { policy: "random", lives: 1, suffix: "/random" },
];

function compare({ name, exponent, steps }: Transient, { policy, lives, suffix }: (typeof LAWS)[number]): { rows: Row[]; plot: Plot } {
  const chance = zipf(PAGES, exponent);
  const exact = replay({ policy, chance, capacityPages: PAGES, steps, seed: 1, repeats: REPEATS });
  const law: PopularityLaw = exponent === 0 ? { kind: "uniform" } : { kind: "zipf", exponent };
  const ours = STRIDES.map(
    ([label, stride]) => [label, replayModel({ law, pages: PAGES, capacityPages: PAGES, stride, lives }, steps)] as const,
  );
  const source = `page-level ${policy} simulation of the same steps, ${REPEATS} runs`;
  const rows = ours.flatMap(([label, ratios]) => transientRows(`replacement/transient/${name}/${label}${suffix}`, source, exact, ratios));
  return { rows, plot: plotOf(`${name}${suffix.replace("/", "-")}`, policy, steps, exact, ours) };
}

function transientRows(id: string, source: string, exact: ArrayLike<number>, ours: readonly number[]): Row[] {
  const differences = ours.map((ratio, i) => Math.abs(ratio - (exact[i] as number)));
  const worst = differences.indexOf(Math.max(...differences));
  const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
  const base = { tolerance: TOLERANCE, unit: "", source };
  return [
    absolute({ ...base, id: `${id}/mean`, reference: mean(exact), ours: mean(ours) }),
    absolute({ ...base, id: `${id}/worst-window`, reference: exact[worst] as number, ours: ours[worst] as number }),
  ];
}

function plotOf(
  name: string,
  policy: CacheKind,
  steps: readonly Step[],
  exact: ArrayLike<number>,
  ours: readonly (readonly [string, readonly number[]])[],
): Plot {
  const times: number[] = [];
  let at = 0;
  for (const step of steps) {
    if (step.kind !== "run") continue;
    for (let i = 0; i < step.windows; i++) {
      at += step.references / step.windows / PAGES;
      times.push(at);
    }
  }
  const points = (values: ArrayLike<number>) => times.map((t, i) => [t, values[i] as number] as const);
  return {
    name: `replacement-${name}`,
    title: `Miss ratio of ${policy.toUpperCase()}, ${name}`,
    x: "accesses per page",
    y: "miss ratio",
    series: [
      { label: "page by page", points: points(exact), reference: true, colour: 0 },
      ...ours.map(([label, ratios], i) => ({ label: `model, ${label}`, points: points(ratios), reference: false, colour: 1 + i })),
    ],
  };
}
