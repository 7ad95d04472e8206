/** What `experiment.json` of a real-guest experiment holds, as far as the replay needs it. */
import { z } from "zod";

const device = z.object({ mib: z.number().positive(), iops: z.number().positive().optional(), bps: z.number().positive().optional() });

/** The load generator's arguments: F MiB of anonymous memory and T threads; with f in front, a file and its threads. */
const load = z.object({
  F: z.number().nonnegative().default(0),
  T: z.number().int().nonnegative().default(0),
  law: z.enum(["uniform", "zipf"]).default("uniform"),
  s: z.number().nonnegative().default(0),
  /** Share of accesses that write. */
  w: z.number().min(0).max(1).default(0.3),
  /** Nanoseconds per access and thread; 0: as fast as it goes. */
  think: z.number().nonnegative().default(0),
  /** At shift_t seconds, shift_frac of the pages exchange their popularities. */
  shift_t: z.number().optional(),
  shift_frac: z.number().min(0).max(1).optional(),
  /** From grow_t on, grow_F MiB more at grow_rate MiB/s. */
  grow_t: z.number().optional(),
  grow_F: z.number().optional(),
  grow_rate: z.number().positive().optional(),
  /** MiB of the file that are used. */
  C: z.number().nonnegative().default(0),
  fprefill: z.number().default(0),
  fT: z.number().int().nonnegative().default(0),
  flaw: z.enum(["uniform", "zipf"]).default("uniform"),
  fs: z.number().nonnegative().default(0),
  fmode: z.enum(["rand", "seq"]).default("rand"),
  fw: z.number().min(0).max(1).default(0),
  fthink: z.number().nonnegative().default(0),
  /** Seconds after which the file threads begin. */
  fstart: z.number().nonnegative().default(0),
});

const played = z.object({ rel: z.number(), event: z.tuple([z.string()]).rest(z.number()), target_mib: z.number().positive().optional() });

const zone = z.object({ min: z.number(), low: z.number(), high: z.number(), managed: z.number().default(0) });

export const experimentFile = z.object({
  name: z.string(),
  group: z.string(),
  guest: z.object({
    ram_mib: z.number().positive(),
    swap: device.optional(),
    data: device.optional(),
    pagecluster: z.number().int().default(3),
    swappiness: z.number().default(60),
  }),
  load: load.nullable(),
  end: z.number().positive(),
  deflate_on_oom: z.boolean().default(false),
  run: z.object({
    start_t: z.number(),
    played: z.array(played),
    zones_pages: z.record(z.string(), zone),
    error: z.string().nullable(),
  }),
});

export type ExperimentFile = z.output<typeof experimentFile>;
export type LoadFile = z.output<typeof load>;
