/** VMware ESX as published: idle tax, ballooning overhead, sampling, sharing, memory states (docs/validation.md). */
import type { HostSample } from "../../lib/wire/messages.ts";
import { HostState } from "../../lib/wire/messages.ts";
import { allocate } from "../../services/hypervisor/policies/idle-tax.ts";
import { sharesIdleTax } from "../../services/hypervisor/policies/shares-idle-tax.ts";
import { ActivityEstimates } from "../../services/hypervisor/sampling.ts";
import { csvFixture, jsonFixture } from "../fixtures.ts";
import type { Group, GroupOptions, GroupResult } from "../group.ts";
import type { Plot } from "../plot.ts";
import { absolute, between, type Row } from "../row.ts";
import { pagesOfMib, runSystem } from "../system.ts";
import { dbenchOverhead } from "./dbench.ts";
import { fiveVms, TAX_END_S, twoVms } from "./esx-scenarios.ts";
import { sharingRows } from "./sharing.ts";

interface Published {
  readonly idleTax: {
    readonly vmMB: number;
    readonly before: { readonly eachMB: number };
    readonly after: {
      readonly taxRate: number;
      readonly activeMB: readonly number[];
      readonly totalMB: number;
      readonly measuredMB: readonly number[];
    };
  };
  readonly dbench: { readonly overheadPercent: Readonly<Record<string, number>> };
  readonly sampling: { readonly fallMB: readonly number[]; readonly vmMB: number };
  readonly sharing: { readonly reclaimedPercent: readonly number[] };
}

const PAPER = "Waldspurger, OSDI 2002";

export const esx: Group = { name: "esx", title: "3. VMware ESX", run };

function run({ progress }: GroupOptions): GroupResult {
  const published = jsonFixture<Published>("published/esx.json");
  progress("  idle memory tax");
  const tax = taxRows(published);
  progress("  ballooning against a smaller VM");
  const dbench = dbenchOverhead();
  const overhead = Object.entries(published.dbench.overheadPercent).map(([mb, reference]) =>
    absolute({
      id: `esx/dbench/${mb}`,
      reference,
      ours: dbench.overheadPercent[mb] ?? null,
      tolerance: 1,
      unit: "points",
      source: `${PAPER}, figure 2`,
    }),
  );
  progress("  page sharing and memory states");
  const rows = [
    ...tax.rows,
    ...overhead,
    ...samplingRows(published),
    ...sharingRows(published.sharing.reclaimedPercent, `${PAPER}, figure 4`),
    stateRow(),
  ];
  return { rows, plots: [tax.plot, dbench.plot, samplingPlot()], notes: NOTES };
}

const NOTES = [
  "MB of the paper are taken as 2^20 bytes. `idle-tax/run/` is the same experiment as a whole run: guests, samples, " +
    "messages. `dbench/`: the access pattern is fitted on the curve of the VMs built small, the ballooned ones are " +
    "predicted. `sharing/`: three figures describe the VMs, taken from the points of 1, 2 and 10 VMs; the others are predicted.",
];

/** The closed form at once, and the running system once it has settled. */
function taxRows({ idleTax }: Published): { rows: Row[]; plot: Plot } {
  const { vmMB, before, after } = idleTax;
  const mostPages = pagesOfMib(vmMB);
  const claims = after.activeMB.map((mb) => ({ shares: 1, activePages: pagesOfMib(mb), leastPages: 0, mostPages }));
  const untaxed = allocate(claims, pagesOfMib(2 * before.eachMB), 0);
  const taxed = allocate(claims, pagesOfMib(after.totalMB), after.taxRate);
  const system = runSystem(twoVms(after));
  const last = system.guests.map((samples) => {
    const end = samples.slice(-60);
    return end.reduce((sum, { body }) => sum + (body.sizePages - body.balloonPages) / pagesOfMib(1), 0) / end.length;
  });
  const base = { tolerance: 1, unit: "MB", source: `${PAPER}, figure 7` };
  const rows = after.measuredMB.flatMap((measured, i) => [
    absolute({ ...base, id: `esx/idle-tax/rate-0/vm${i + 1}`, reference: before.eachMB, ours: (untaxed[i] as number) / pagesOfMib(1) }),
    absolute({ ...base, id: `esx/idle-tax/rate-75/vm${i + 1}`, reference: measured, ours: (taxed[i] as number) / pagesOfMib(1) }),
    absolute({ ...base, id: `esx/idle-tax/run/vm${i + 1}`, reference: measured, ours: last[i] ?? null, tolerance: 0.05 * measured }),
  ]);
  const lines = system.guests.map((samples, i) => ({
    label: `VM ${i + 1}, model`,
    points: samples.map(({ timeS, body }) => [timeS, (body.sizePages - body.balloonPages) / pagesOfMib(1)] as const),
    reference: false,
    colour: i,
  }));
  const marks = after.measuredMB.map((mb, i) => ({
    label: `VM ${i + 1}, figure 7`,
    points: [[TAX_END_S, mb]] as const,
    reference: true,
    colour: i,
  }));
  return {
    rows,
    plot: {
      name: "esx-idle-tax",
      title: "Idle memory tax of 75 %, two VMs of 256 MB",
      x: "seconds",
      y: "MB",
      series: [...lines, ...marks],
    },
  };
}

/**
 * The fall after a VM went idle. What was before is in the figure: the slow average stands at 160 MB, then it and the fast one rise in one
 * period as they do after a sample of 250 MB.
 */
function samplingRows({ sampling }: Published): Row[] {
  const before = [...new Array<number>(40).fill(BUSY_MB), LAST_MB];
  const estimates = estimatesOf(sampling.vmMB, [...before, ...new Array<number>(sampling.fallMB.length).fill(IDLE_MB)]);
  // The figure's first two points are before and at the step.
  const fall = estimates.slice(before.length - 1);
  // One sample of 100 pages: two standard deviations of the smaller shares are about 5 % of the VM.
  const base = { tolerance: 0.05 * sampling.vmMB, unit: "MB", source: `${PAPER}, figure 6` };
  return sampling.fallMB
    .slice(1)
    .map((reference, i) => absolute({ ...base, id: `esx/sampling/fall-${30 * i}s`, reference, ours: fall[i] ?? null }));
}

/** Active memory before the fall, and in its last period. */
const [BUSY_MB, LAST_MB] = [160, 250];
/** What the fast average shows once the toucher has stopped. */
const IDLE_MB = 9.6;

/** The estimate after each 30 s sample of VMs whose true active memory is given. */
function estimatesOf(vmMB: number, activeMB: readonly number[]): number[] {
  const options = sharesIdleTax.options.parse({});
  const { samplePages, samplePeriod, slowGain, fastGain } = options;
  const estimates = new ActivityEstimates(1, { pages: samplePages, periodNs: samplePeriod, slowGain, fastGain });
  return activeMB.map((mb) => {
    const touched = Math.round((samplePages * mb) / vmMB);
    estimates.note(0, { pages: samplePages, touched, periodNs: samplePeriod, over: true });
    return vmMB * (estimates.active(0) ?? 0);
  });
}

function samplingPlot(): Plot {
  const figure = csvFixture("published/waldspurger_fig6_sampling.csv");
  const times = figure.t_min as readonly number[];
  const toucher = figure.toucher_MB as readonly number[];
  const everySample = times.map((t, i) => [t, i] as const).filter(([t]) => Math.abs(t * 2 - Math.round(t * 2)) < 1e-9);
  const ours = estimatesOf(
    256,
    everySample.map(([, i]) => Math.max(0, toucher[i] as number) + IDLE_MB),
  );
  return {
    name: "esx-sampling",
    title: "Estimate of active memory, figure 6",
    x: "minutes",
    y: "MB",
    series: [
      {
        label: "figure 6, maximum",
        points: times.map((t, i) => [t, (figure.max_MB as readonly number[])[i] as number] as const),
        reference: true,
        colour: 0,
      },
      { label: "model", points: everySample.map(([t], i) => [t, ours[i] as number] as const), reference: false, colour: 1 },
    ],
  };
}

/** "Almost all time in high and soft": at least nine tenths of it. */
function stateRow(): Row {
  const states = runSystem(fiveVms()).host;
  const calm = ({ body }: { body: Readonly<HostSample> }): boolean =>
    body.state === HostState.HOST_STATE_HIGH || body.state === HostState.HOST_STATE_SOFT;
  const ours = states.filter(calm).length / states.length;
  return between({ id: "esx/states/high-or-soft", ours, unit: "of time", source: `${PAPER}, section 6.3` }, 0.9, 1);
}
