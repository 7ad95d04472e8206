/** Traces of real VMs: what the project's trace reader makes of the Bitbrains sample (docs/validation.md). */
import { traceLayout } from "../../lib/scenario/schema/trace.ts";
import { traceFacts } from "../../lib/scenario/trace/facts.ts";
import { readTrace } from "../../lib/scenario/trace/read.ts";
import { GIB, SECOND_NS } from "../../lib/units.ts";
import { jsonFixture } from "../fixtures.ts";
import type { Group, GroupOptions, GroupResult } from "../group.ts";
import { absolute, type Row } from "../row.ts";

interface Facts {
  readonly provisionedGiB: number;
  readonly sumOfPeaksGiB: number;
  readonly peakOfSumGiB: number;
  readonly p99GiB: number;
  readonly meanGiB: number;
  readonly exceedsPercent: Readonly<Record<string, number>>;
}

/** Exact, to the digits that are published. */
const GIB_TOLERANCE = 0.05;
const PERCENT_TOLERANCE = 0.005;

export const traces: Group = { name: "traces", title: "7. Traces", run };

async function run({ traceFile }: GroupOptions): Promise<GroupResult> {
  if (traceFile === undefined) {
    return {
      rows: [],
      plots: [],
      notes: ["Not run: the trace has no licence and is not part of the project. Give its file with `--traces FILE`."],
    };
  }
  const { sample } = jsonFixture<{ sample: Facts }>("published/bitbrains.json");
  const layout = traceLayout.parse({ file: traceFile });
  const facts = traceFacts(await readTrace(layout), layout.interval / SECOND_NS);
  const source = "Bitbrains Rnd, 14 VMs over 7 days";
  const gib = (what: string, reference: number, bytes: number): Row =>
    absolute({ id: `traces/${what}`, reference, ours: bytes / GIB, tolerance: GIB_TOLERANCE, unit: "GiB", source });
  const rows = [
    gib("provisioned", sample.provisionedGiB, facts.provisionedBytes),
    gib("sum-of-peaks", sample.sumOfPeaksGiB, facts.sumOfPeaksBytes),
    gib("peak-of-sum", sample.peakOfSumGiB, facts.peakOfSumBytes),
    gib("p99", sample.p99GiB, facts.p99Bytes),
    gib("mean", sample.meanGiB, facts.meanBytes),
    ...Object.entries(sample.exceedsPercent).map(([host, reference]) => {
      const share = facts.exceeds.find(({ hostBytes }) => hostBytes === Number(host) * GIB)?.share;
      const ours = share === undefined ? null : 100 * share;
      return absolute({ id: `traces/exceeds-${host}-gib`, reference, ours, tolerance: PERCENT_TOLERANCE, unit: "%", source });
    }),
  ];
  return { rows, plots: [], notes: [] };
}
