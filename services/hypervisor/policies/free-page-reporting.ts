/**
 * virtio's free page reporting: the host sets no targets; each guest gives its free memory back by itself, a sweep after it was
 * freed, and takes it again by a fault. What a guest keeps in its page cache it does not give.
 */
import { z } from "zod";
import { definePolicy } from "./policy.ts";

export const freePageReporting = definePolicy({
  name: "free-page-reporting",
  summary: "No targets: every guest with a driver reports its free memory, and the host swaps where that is not enough.",
  source: "virtio 1.2, VIRTIO_BALLOON_F_REPORTING; Linux mm/page_reporting.c; QEMU free-page-reporting=on",
  options: z.strictObject({}),
  create: () => ({ intervalNs: Number.POSITIVE_INFINITY, occasions: [], enforces: false, decide: () => [] }),
  prepare: (scenario) => ({
    ...scenario,
    guests: scenario.guests.map((guest) => ({ ...guest, driver: { ...guest.driver, freePageReporting: guest.driver.kind !== "none" } })),
  }),
});
