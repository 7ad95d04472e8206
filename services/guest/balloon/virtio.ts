/** virtio-balloon (drivers/virtio/virtio_balloon.c). */
import type { DriverRules } from "./rules.ts";

/** VIRTIO_BALLOON_ARRAY_PFNS_MAX, and VIRTIO_BALLOON_OOM_NR_PAGES. */
export const CHUNK_PAGES = 256;
/** msleep(200) after "Out of puff". */
export const BACK_OFF_NS = 200_000_000;

export const VIRTIO: DriverRules = {
  chunkPages: CHUNK_PAGES,
  backOffNs: BACK_OFF_NS,
  pollNs: 0,
  quietNs: 0,
  slackPages: 0,
  resets: false,
  mostPages: (sizePages) => sizePages,
  sparePages: () => Number.POSITIVE_INFINITY,
};

/** With 2 MiB pages, as virtio-mem's blocks are. */
export const VIRTIO_HUGE: DriverRules = { ...VIRTIO, chunkPages: 512 };
