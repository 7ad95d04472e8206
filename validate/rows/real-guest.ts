/** Real Linux guests: every experiment of the folder replayed (docs/validation.md). */
import { PAGES_PER_MIB } from "../../lib/units.ts";
import type { GuestSample } from "../../lib/wire/messages.ts";
import type { Group, GroupOptions, GroupResult } from "../group.ts";
import type { Plot } from "../plot.ts";
import { compare, isSteady, STEADY_WORST, TRANSIENT_WORST } from "../real-guest/compare.ts";
import { type Experiment, readExperiments } from "../real-guest/experiment.ts";
import { PARAMETERS } from "../real-guest/parameters.ts";
import { pressureRows } from "../real-guest/pressure.ts";
import { type Replayed, replayExperiment } from "../real-guest/replay.ts";
import { fittedNames } from "../real-guest/split.ts";
import { absolute, type Row } from "../row.ts";

const STEADY_MEDIAN = 0.03;
const TRANSIENT_MEDIAN = 0.1;
/** Of the time, for shares of time in memory stalls. */
const PRESSURE_MEDIAN = 0.1;
const PRESSURE_WORST = 0.25;

export const realGuest: Group = { name: "real-guest", title: "6. Real Linux guests", run };

function run({ realGuestFolder, progress }: GroupOptions): GroupResult {
  const experiments = readExperiments(realGuestFolder);
  const fitted = fittedNames(experiments.map(({ name }) => name));
  const rows: Row[] = [];
  const steady: Row[] = [];
  const transient: Row[] = [];
  const pressure: Row[] = [];
  const plots: Plot[] = [];
  const plotted = new Set<string>();
  for (const experiment of experiments) {
    progress(`  ${experiment.name}`);
    const replayed = replayExperiment(experiment, PARAMETERS);
    const own = compare(experiment, replayed, fitted.has(experiment.name));
    const stalls = pressureRows(experiment, replayed, fitted.has(experiment.name));
    rows.push(...own, ...stalls);
    if (!fitted.has(experiment.name)) {
      const dynamic = own.filter((row) => row.tolerance === TRANSIENT_WORST && row.kind === "relative" && !row.id.endsWith("/move"));
      steady.push(...own.filter((row) => isSteady(experiment) && row.id.endsWith("/miss")));
      transient.push(...dynamic);
      pressure.push(...stalls);
    }
    // One of each kind of experiment shows what the others look like.
    if (!plotted.has(experiment.group)) plots.push(plotOf(experiment, replayed));
    plotted.add(experiment.group);
  }
  return {
    rows: [
      ...medians("steady", steady, STEADY_MEDIAN, STEADY_WORST),
      ...medians("transient", transient, TRANSIENT_MEDIAN, TRANSIENT_WORST),
      ...medians("pressure", pressure, PRESSURE_MEDIAN, PRESSURE_WORST),
      ...rows,
    ],
    plots,
    notes: [...NOTES, `This run read ${experiments.length} experiments, of which ${fitted.size} are fitted.`],
  };
}

const NOTES = [
  "Linux 6.1 guests with virtio-balloon under QEMU, replayed from their descriptions: the same balloon timeline, load and " +
    "device limits. Half of the experiments, by name, may be used to choose the one set of parameters (validate/real- " +
    "guest/parameters.ts): their rows are marked as fitted. `summary/` rows are the medians and worst cases of relative " +
    "errors over the other half, of pressure (PSI) of differences in shares of time. Nothing was fitted to pressure.",
  "The guest's watermarks are in each experiment (transparent huge pages raise vm.min_free_kbytes) and are given to the " +
    "model, as are the pages that its kernel held before the first event. CPU speeds under emulation mean nothing and are " +
    "not compared.",
];

/** The errors of rows as two rows of their own. A row without an answer counts as wholly wrong. */
function medians(name: string, rows: readonly Row[], median: number, worst: number): Row[] {
  if (rows.length === 0) return [];
  const errors = rows.map((row) => row.error ?? 1).sort((a, b) => a - b);
  const middle = errors.length >> 1;
  const value = errors.length % 2 === 1 ? (errors[middle] as number) : ((errors[middle - 1] as number) + (errors[middle] as number)) / 2;
  const base = { reference: 0, unit: "", source: `${rows.length} figures of the reported half` };
  return [
    absolute({ ...base, id: `real-guest/summary/${name}-median`, ours: value, tolerance: median }),
    absolute({ ...base, id: `real-guest/summary/${name}-worst`, ours: errors[errors.length - 1] as number, tolerance: worst }),
  ];
}

function plotOf({ name, guest }: Experiment, replayed: Replayed): Plot {
  const ours = replayed.samples.filter(({ timeS }) => timeS >= 0);
  const measured = (kib: (row: number) => number) =>
    Array.from(guest.timeS, (t, row) => [t, kib(row) / 1024] as const).filter(([t], row) => t >= 0 && row % 5 === 0);
  const of = (column: string) => (row: number) => guest.of(column)[row] as number;
  const file = (row: number): number => of("Active(file)")(row) + of("Inactive(file)")(row);
  const kinds = [
    { label: "anonymous", kib: of("AnonPages"), pages: (body: Body) => body.anonymousPages },
    { label: "file", kib: file, pages: (body: Body) => body.cacheCleanPages + body.cacheDirtyPages },
    { label: "free", kib: of("MemFree"), pages: (body: Body) => body.freePages },
  ];
  const series = kinds.flatMap(({ label, kib, pages }, colour) => [
    { label: `${label}, measured`, points: measured(kib), reference: true, colour },
    {
      label: `${label}, model`,
      points: ours.map(({ timeS, body }) => [timeS, pages(body) / PAGES_PER_MIB] as const),
      reference: false,
      colour,
    },
  ]);
  return { name: `real-guest-${name}`, title: `${name}: memory by kind`, x: "seconds of load", y: "MiB", series };
}

type Body = Readonly<GuestSample>;
