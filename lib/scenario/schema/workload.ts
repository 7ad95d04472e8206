/** Schema of a workload: threads over regions of memory, and what changes over time (docs/model.md section 2). */
import { z } from "zod";
import { choice, decimal, flag, integer, optional, required, share, size, text, time, withDefault } from "./field.ts";

const MAX_PHASES = 10_000;

const pages = size("4KiB", "8TiB");
const law = z
  .preprocess(
    (value) => (typeof value === "string" ? { kind: value } : value),
    z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("uniform") }).meta({ description: "Every page is as likely as any other." }),
      z
        .strictObject({
          kind: z.literal("zipf"),
          exponent: required(decimal(0, 3), "Exponent s of Zipf's law: the page of rank r is touched in proportion to r^-s."),
        })
        .meta({ description: "Zipf's law." }),
      z
        .strictObject({
          kind: z.literal("hotcold"),
          hotShare: required(share, "Share of the pages that are hot."),
          hotAccesses: required(share, "Share of the accesses that go to them."),
        })
        .meta({ description: "A hot and a cold part, uniform within." }),
      z.strictObject({ kind: z.literal("scan") }).meta({ description: "A cyclic scan: every page in turn." }),
    ]),
  )
  .prefault("uniform")
  .meta({
    description: "Popularity of the region's pages: `uniform`, `scan`, or a mapping with `kind`.",
    kind: "law",
    allowed: "uniform, zipf, hotcold, scan",
    fallback: "uniform",
  });

const contents = z
  .strictObject({
    zero: withDefault(share, "0%", "Share of the pages that are all zeroes."),
    duplicate: withDefault(share, "0%", "Share of the pages that are two and two alike."),
    common: withDefault(share, "0%", "Share of the pages that the group's VMs have in common: system and programs."),
    overlap: withDefault(decimal(0.01, 1), 1, "Chance that a page of what is common is in the memory of any one VM."),
  })
  .refine(({ zero, duplicate, common }) => zero + duplicate + common <= 1, { message: "has more equal pages than pages; allowed: 100 %" })
  .optional()
  .meta({
    description: "Pages whose contents others have as well: what page sharing (host.shareScan) can find.",
    kind: "mapping",
    allowed: "",
    fallback: "none",
  });

const threads = integer(0, 10_000);
const think = time("1us", "1d");
const touches = integer(1, 1_000_000);

const own = z
  .strictObject({
    threads: required(threads, "Threads that touch this region alone, one page after the other; 0: none for now."),
    think: required(think, "CPU time of one touch."),
    paced: withDefault(flag, false, "A thread keeps to one touch each think time as long as it can: it makes up for what it waited."),
  })
  .optional()
  .meta({
    description: "Threads of the region's own, which no other region's faults hold up; `weight` then says nothing.",
    kind: "mapping",
    allowed: "",
    fallback: "none",
  });

const region = z.strictObject({
  kind: withDefault(choice("anonymous", "file"), "anonymous", "Anonymous memory, or a file read and written through the page cache."),
  size: required(pages, "Size of the region."),
  law,
  writes: withDefault(share, "30%", "Share of the accesses that write."),
  weight: withDefault(decimal(0, 1e6), 1, "Share of the workload's touches that go here, relative to the other regions' weights."),
  own,
  contents,
});

const change = z.strictObject({
  size: optional(pages, "unchanged", "New size: growth is untouched, what is cut off is freed."),
  over: withDefault(time("0s", "100d"), "0s", "Time that the size takes to get there, in even steps; the next phase begins after it."),
  weight: optional(decimal(0, 1e6), "unchanged", "New weight."),
  writes: optional(share, "unchanged", "New share of writes."),
  threads: optional(threads, "unchanged", "New number of the region's own threads."),
  shift: optional(share, "0", "Share of the region's pages whose popularity is drawn anew: a shift of the working set."),
});

const phase = z.strictObject({
  at: required(time("0s", "100d"), "Model time at which the phase begins. What lies after the end of the run does not happen."),
  name: required(text(40), "Name of the phase, as the results show it."),
  threads: optional(threads, "unchanged", "New number of threads; 0 stops the workload."),
  think: optional(think, "unchanged", "New CPU time of one operation."),
  touches: optional(touches, "unchanged", "New number of pages that one operation touches."),
  regions: z
    .record(z.string(), change)
    .prefault({})
    .meta({ description: "Changes of regions, by name.", kind: "mapping", allowed: "names of regions", fallback: "none" }),
});

export const workload = z.strictObject({
  threads: withDefault(threads, 4, "Threads that each do one operation after the other; 0 is an idle VM."),
  think: withDefault(think, "1ms", "CPU time of one operation."),
  touches: withDefault(touches, 50, "Pages that one operation touches."),
  restart: withDefault(time("0s", "1d"), "10s", "Delay before the workload starts again after the OOM killer ended it."),
  regions: z.record(z.string(), region).meta({
    description: "The memory that the workload uses, by name.",
    kind: "mapping",
    allowed: "1 to 16 regions",
    fallback: "required",
  }),
  phases: z
    .array(phase)
    .max(MAX_PHASES)
    .prefault([])
    .meta({ description: "Changes over time, in order.", kind: "list", allowed: `at most ${MAX_PHASES}`, fallback: "none" }),
});

export type WorkloadFile = z.output<typeof workload>;
