/** Speed of the balloon: moving 18 GiB of a 20 GiB VM in a whole run (docs/validation.md). */
import type { DriverKind } from "../../lib/scenario/driver.ts";
import { GIB, MILLISECOND_NS, PAGE_BYTES, SECOND_NS } from "../../lib/units.ts";
import { FIRST_TOUCH_NS } from "../../services/guest/unpressed.ts";
import { jsonFixture } from "../fixtures.ts";
import type { Group, GroupOptions, GroupResult } from "../group.ts";
import { PARAMETERS } from "../real-guest/parameters.ts";
import { runGuest, type Sample } from "../real-guest/replay.ts";
import { type Row, relative } from "../row.ts";
import { driverOf, guestFor, pagesOfMib, region, scenarioFor } from "../system.ts";

interface Speeds {
  readonly inflate: number;
  readonly deflate: number;
}

interface Published {
  readonly virtioBalloon: Speeds & { readonly inflateUntouched: number };
  readonly virtioBalloonHuge: Speeds;
  readonly virtioMem: Speeds;
  readonly firstTouchUsPerPage: number;
}

/** Presets of the driver, to come out as they were put in. */
const TOLERANCE = 0.02;

export const balloonSpeed: Group = { name: "balloon-speed", title: "5. Speed of the balloon", run };

function run({ progress }: GroupOptions): GroupResult {
  const published = jsonFixture<Published>("published/balloon-speed.json");
  const source = "HyperAlloc artifact (EuroSys 2025)";
  const row = (what: string, reference: number, ours: number | null, unit = "GiB/s"): Row =>
    relative({ id: `balloon-speed/${what}`, reference, ours, tolerance: TOLERANCE, unit, source });
  progress("  18 GiB out of a VM of 20 GiB");
  const [small, huge, blocks] = [speeds("virtio", true), speeds("virtio-huge", true), speeds("virtio-mem", true)];
  const rows = [
    row("virtio-balloon/inflate", published.virtioBalloon.inflate, small.inflate),
    row("virtio-balloon/inflate-untouched", published.virtioBalloon.inflateUntouched, speeds("virtio", false).inflate),
    row("virtio-balloon/deflate", published.virtioBalloon.deflate, small.deflate),
    row("virtio-balloon-huge/inflate", published.virtioBalloonHuge.inflate, huge.inflate),
    row("virtio-balloon-huge/deflate", published.virtioBalloonHuge.deflate, huge.deflate),
    row("virtio-mem/inflate", published.virtioMem.inflate, blocks.inflate),
    row("virtio-mem/deflate", published.virtioMem.deflate, blocks.deflate),
    row("first-touch", published.firstTouchUsPerPage, FIRST_TOUCH_NS / 1_000, "us"),
  ];
  return { rows, plots: [], notes: ["Presets of the driver, not predictions: a whole run must give back what was published."] };
}

const SIZE_MIB = 20 * 1024;
const SMALL_MIB = 2 * 1024;
/** The guest has touched all of its memory and given it free, the balloon inflates, the balloon deflates. */
const [FREED_S, INFLATE_S, DEFLATE_S, END_S] = [120, 130, 170, 200];

interface Moved {
  readonly inflate: number | null;
  readonly deflate: number | null;
}

/** GiB/s of the balloon, over 18 GiB each way. */
function speeds(kind: DriverKind, touched: boolean): Moved {
  const phases = [{ atNs: FREED_S * SECOND_NS, name: "free", regions: { heap: { pages: 0 } } }];
  const heap = region("heap", "anonymous", touched ? SIZE_MIB - 512 : 1);
  const guest = guestFor({
    name: "vm",
    sizePages: pagesOfMib(SIZE_MIB),
    kernelPages: pagesOfMib(160),
    creditPages: pagesOfMib(SIZE_MIB),
    driver: driverOf(kind),
    workload: { threads: 0, thinkNs: SECOND_NS, touches: 1, restartNs: SECOND_NS, phases, regions: [heap] },
  });
  // Twenty samples and more while it moves, and a step for each.
  const { inflatePagesPerS, deflatePagesPerS } = guest.driver;
  const movedNs = (pagesOfMib(SIZE_MIB - SMALL_MIB) / Math.max(inflatePagesPerS, deflatePagesPerS)) * SECOND_NS;
  const stepNs = movedNs > SECOND_NS ? SAMPLE_NS : MILLISECOND_NS;
  const plain = scenarioFor("balloon", END_S, { memoryPages: pagesOfMib(2 * SIZE_MIB) }, [guest]);
  const scenario = { ...plain, stepNs, sampleNs: stepNs, network: { latencyNs: MILLISECOND_NS / 100, jitterNs: 0 } };
  const events = [
    { atNs: INFLATE_S * SECOND_NS, targetPages: pagesOfMib(SMALL_MIB) },
    { atNs: DEFLATE_S * SECOND_NS, targetPages: pagesOfMib(SIZE_MIB) },
  ];
  const limits = { swapIops: undefined, dataIops: undefined };
  const samples = runGuest(scenario, 0, { events, limits, parameters: PARAMETERS });
  return { inflate: speedOf(samples, INFLATE_S, DEFLATE_S), deflate: speedOf(samples, DEFLATE_S, END_S) };
}

const SAMPLE_NS = 100_000_000;

/** From the first to the last sample at which the balloon was under way. */
function speedOf(samples: readonly Sample[], fromS: number, toS: number): number | null {
  const under = samples.filter(
    ({ timeS, body }) => timeS > fromS && timeS < toS && body.sizePages - body.balloonPages !== body.targetPages,
  );
  const [first, last] = [under[0], under[under.length - 1]];
  if (first === undefined || last === undefined || first === last) return null;
  return (Math.abs(last.body.balloonPages - first.body.balloonPages) * PAGE_BYTES) / GIB / (last.timeS - first.timeS);
}
