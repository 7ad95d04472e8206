/**
 * VMware's driver (drivers/misc/vmw_balloon.c). It asks the host for its target once a second and takes batches of 512 pages: 2 MiB
 * pages while the guest has them, then 4 KiB ones. ESX lets no balloon grow beyond Mem.CtlMaxPercent. Pages that a host refuses to
 * lock do not occur: this host refuses none.
 */
import { SECOND_NS } from "../../../lib/units.ts";
import type { DriverRules } from "./rules.ts";
import { BACK_OFF_NS } from "./virtio.ts";

/** Mem.CtlMaxPercent. */
const MOST_SHARE = 0.65;
/** VMW_BALLOON_2M_ORDER. */
const BATCH_PAGES = 512;

export const VMWARE: DriverRules = {
  chunkPages: BATCH_PAGES,
  // It ends the round and comes again with the next poll.
  backOffNs: BACK_OFF_NS,
  pollNs: SECOND_NS,
  // VMBALLOON_SHRINK_DELAY.
  quietNs: 5 * SECOND_NS,
  slackPages: BATCH_PAGES,
  resets: true,
  mostPages: (sizePages) => Math.floor(sizePages * MOST_SHARE),
  sparePages: () => Number.POSITIVE_INFINITY,
};
