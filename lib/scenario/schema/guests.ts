/** Schema of a group of equal VMs. */
import { z } from "zod";
import { DRIVER_KINDS } from "../driver.ts";
import type { Lives } from "../scenario.ts";
import { choice, flag, integer, type Kind, name, optional, rate, required, share, size, time, withDefault } from "./field.ts";
import { Refusal, shown } from "./units.ts";
import { workload } from "./workload.ts";

export const MAX_GUESTS = 20_000;

const memory = size("16MiB", "4TiB");

const driver = z
  .preprocess(
    (value) => (typeof value === "string" ? { kind: value } : value),
    z.strictObject({
      kind: withDefault(
        choice(...DRIVER_KINDS),
        "virtio",
        "Balloon driver of the guest: virtio-balloon with 4 KiB or 2 MiB pages, virtio-mem's speeds, VMware's, Hyper-V's; `none` has " +
          "no driver, so the host can only swap.",
      ),
      inflate: optional(
        rate,
        "as published of the kind: 0.95GiB/s, virtio-huge 136GiB/s, virtio-mem 34.5GiB/s",
        "Fastest inflation, while the guest has free pages.",
      ),
      inflateUntouched: optional(
        rate,
        "as `inflate`; without it as published: 1.67GiB/s, virtio-huge 288GiB/s, virtio-mem 42.2GiB/s",
        "Fastest inflation by pages that no machine page stands behind.",
      ),
      deflate: optional(rate, "as published: 2.34GiB/s, virtio-huge 326GiB/s, virtio-mem 101.7GiB/s", "Fastest deflation."),
      deflateOnOom: optional(
        flag,
        "true, but for vmware and hyperv",
        "Gives pages back rather than let the OOM killer act (VIRTIO_BALLOON_F_DEFLATE_ON_OOM; QEMU has it off unless asked).",
      ),
      freePageReporting: withDefault(flag, false, "Gives free memory back to the host unasked (VIRTIO_BALLOON_F_REPORTING)."),
    }),
  )
  .prefault({})
  .meta({
    description: "The balloon driver: its kind, or a mapping.",
    kind: "mapping",
    allowed: `${DRIVER_KINDS.join(", ")}, or a mapping`,
    fallback: "virtio",
  });

const MOST_LIVES = 16;

/** Lives of a page under replacement. */
const lives: Kind<Lives> = {
  name: "law",
  allowed: `lru, random, or 2 to ${MOST_LIVES} lives`,
  parse(value) {
    if (value === "lru") return value;
    if (value === "random") return 1;
    if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MOST_LIVES) return value;
    throw new Refusal(`${shown(value)} is no replacement law; allowed: ${lives.allowed}`);
  },
};

const replacement = z
  .preprocess(
    (value) => (value !== null && typeof value === "object" ? value : { anonymous: value, file: value }),
    z.strictObject({
      anonymous: withDefault(lives, "lru", "Of anonymous memory."),
      file: withDefault(lives, "lru", "Of file cache."),
    }),
  )
  .prefault({})
  .meta({
    description:
      "Which pages the guest's reclaim takes: the ones longest unused, any, or any that it has picked so often since their last " +
      "touch. Linux comes close to `lru`.",
    kind: "mapping",
    allowed: `${lives.allowed}, or a mapping`,
    fallback: "lru",
  });

const compressible = z
  .strictObject({
    half: withDefault(share, "23%", "Of its pages, those that compress to half a page, and no better."),
    quarter: withDefault(share, "46%", "Of its pages, those that compress to a quarter. What is left does not go into a compressed pool."),
  })
  .prefault({})
  .meta({
    description:
      "How well the VM's pages compress, where the host has a compressed pool. As a data centre's cold pages do, where not said: " +
      "31 % not, the others to a third (ASPLOS 2019).",
    kind: "mapping",
    allowed: "",
    fallback: "as below",
  });

/** Everything of a VM but its number and its memory, which a trace gives instead. */
const parts = {
  minimum: optional(size("0B", "4TiB"), "a quarter of the memory", "Guaranteed memory: no policy takes the guest below it."),
  shares: optional(
    integer(1, 1e9),
    "10 per MiB of memory, VMware's normal",
    "Weight of the VM when the host has too little memory for all.",
  ),
  kernel: withDefault(size("4MiB", "64GiB"), "160MiB", "Memory of the guest's kernel, never reclaimed."),
  swap: optional(size("0B", "8TiB"), "as much as the memory", "Size of the guest's swap device."),
  minFree: optional(
    size("128KiB", "8GiB"),
    "sqrt(16 KiB times the memory), as Linux sets it at boot",
    "vm.min_free_kbytes: reclaim keeps this and two gaps of a quarter of it free. Transparent huge pages raise it to some 5 % of 1 GiB.",
  ),
  swappiness: withDefault(integer(0, 200), 60, "vm.swappiness of the guest's kernel."),
  pageCluster: withDefault(integer(0, 8), 3, "vm.page-cluster: log2 of the pages that one swap read brings in."),
  replacement,
  credit: withDefault(size("0B", "1GiB"), "8MiB", "Machine pages that the guest holds in reserve, so that a quiet guest sends nothing."),
  boot: withDefault(time("0s", "1h"), "2s", "Time from power-on until the workload starts."),
  compressible,
  driver,
  workload: workload.meta({ description: "What the VM does.", kind: "mapping", allowed: "", fallback: "required" }),
};

export const guestGroup = z.strictObject({
  group: required(name, "Name of the group; its VMs are called `<group>-01`, `<group>-02` ..."),
  count: withDefault(integer(1, MAX_GUESTS), 1, "Number of VMs."),
  memory: required(memory, "Memory promised to each VM."),
  ...parts,
});

export const guestTemplate = z.strictObject(parts);

export type GuestGroupFile = z.output<typeof guestGroup>;
export type GuestTemplateFile = z.output<typeof guestTemplate>;
