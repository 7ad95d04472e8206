/** Schema of the host: memory, swap, disk, policy. */
import { z } from "zod";
import { choice, decimal, flag, integer, name, optional, required, share, size, text, time, withDefault } from "./field.ts";

const states = z
  .strictObject({
    high: withDefault(share, "6%", "Below this share of free memory the host leaves the high state."),
    soft: withDefault(share, "4%", "Below it the host is soft: it balloons."),
    hard: withDefault(share, "2%", "Below it the host is hard: it swaps."),
    low: withDefault(share, "1%", "Below it the host is low: as ESX it also stops VMs that are above their target."),
    margin: withDefault(decimal(1, 10), 1.1, "A state is left upwards only above its threshold times this."),
  })
  .prefault({})
  .meta({ description: "Free-memory thresholds (OSDI'02 section 6.3).", kind: "mapping", allowed: "", fallback: "as below" });

const service = time("100ns", "10s");

const disk = z
  .preprocess(
    (value) => (typeof value === "string" ? { preset: value } : value),
    z.strictObject({
      preset: withDefault(
        text(40),
        "sata-ssd",
        "Device whose measured figures are taken where nothing else is said: hdd-7200, sata-ssd, nvme, optane.",
      ),
      channels: optional(integer(1, 4096), "of the preset", "Requests served at the same time."),
      randomRead: optional(service, "of the preset", "Mean service time of one random read."),
      clusteredRead: optional(service, "of the preset", "Mean service time of one clustered read of 8 pages."),
      transfer: optional(
        time("0s", "10ms"),
        "of the preset",
        "Transfer of a page of a clustered read: what a page more or less takes, and for all channels together at least; 0: no bound.",
      ),
      clusteredWrite: optional(service, "of the preset", "Mean service time of one clustered write."),
      variation: optional(decimal(0, 10), "of the preset", "Coefficient of variation of service times."),
      queueing: optional(
        choice("shared", "banks"),
        "of the preset",
        "How requests meet: one queue for all channels, or a queue for each of as many banks.",
      ),
      stripes: optional(
        integer(1, 64),
        "of the preset",
        "Banks that one operation visits in turn, an equal part of its service at each. Of use with banks only.",
      ),
      pagesPerClusteredWrite: optional(integer(1, 4096), "of the preset", "Pages that one clustered write carries."),
    }),
  )
  .prefault({})
  .meta({
    description: "The host's one disk, shared by all VMs: the name of a preset, or a mapping.",
    kind: "mapping",
    allowed: "hdd-7200, sata-ssd, nvme, optane, or a mapping",
    fallback: "sata-ssd",
  });

const compression = z
  .preprocess(
    (value) => (typeof value === "boolean" ? { on: value } : value),
    z.strictObject({
      on: optional(flag, "as the policy's host: ESX from 4.1 on has it, others do not", "Whether the host has a compressed pool."),
      share: withDefault(share, "10%", "Most memory of the pool, as a share of each VM's (Mem.MemZipMaxPct; zswap's max_pool_percent)."),
      decompress: withDefault(time("100ns", "10ms"), "6.4us", "Time that a touch of a compressed page takes (zswap's, ASPLOS 2019)."),
    }),
  )
  .prefault({})
  .meta({
    description:
      "Compressed pool, as ESX's compression cache or Linux' zswap: what the host would swap stays in memory if it compresses to half " +
      "a page or less; the oldest goes on to the swap when the pool is full. A flag, or a mapping.",
    kind: "mapping",
    allowed: "true, false, or a mapping",
    fallback: "as below",
  });

const policy = z
  .preprocess(
    (value) => (typeof value === "string" ? { name: value } : value),
    z.strictObject({
      name: withDefault(text(200), "shares-idle-tax", "Name of the policy; `aerostat policies` lists them."),
      options: z.record(z.string(), z.unknown()).prefault({}).meta({
        description: "Parameters of the policy, by its own schema.",
        kind: "mapping",
        allowed: "the policy's parameters",
        fallback: "none",
      }),
    }),
  )
  .prefault({})
  .meta({
    description: "Reclamation policy: its name, or a mapping.",
    kind: "mapping",
    allowed: "a name, or a mapping",
    fallback: "shares-idle-tax",
  });

export const host = z.strictObject({
  name: withDefault(name, "host", "Name of the host."),
  memory: required(size("64MiB", "15TiB"), "Machine memory."),
  reserved: withDefault(size("0B", "1TiB"), "512MiB", "Memory that the host keeps for itself."),
  overhead: withDefault(size("0B", "4GiB"), "32MiB", "Machine memory that each VM costs beside its own (OSDI'02 section 6.2)."),
  swap: optional(size("0B", "15TiB"), "as much as all VMs' memory", "Size of the host's swap."),
  lease: withDefault(
    time("100ms", "1d"),
    "10s",
    "A guest that is silent for this long loses its pages. Model time: on the wall clock at speed 4, 10s are 2.5 s.",
  ),
  statistics: withDefault(time("10ms", "1h"), "1s", "Interval of the balloon drivers' statistics, which are also their heartbeat."),
  hostSwap: withDefault(flag, true, "Whether the host swaps when ballooning is not enough."),
  hostSwapVictims: optional(
    choice("random", "lru"),
    "as the policy's host",
    "How the host chooses pages to swap: ESX at random, since it does not know what the guest holds dear; Linux by LRU.",
  ),
  shareScan: withDefault(
    decimal(0, 1e9),
    0,
    "Page sharing: pages that the host looks at per second, over all VMs, for contents equal to others' (ESX 2: 200); 0: none.",
  ),
  compression,
  states,
  disk,
  policy,
});

export type HostFile = z.output<typeof host>;
