/** The balloon driver of a guest, as a scenario resolves it, and the speeds that were measured of each kind. */
import { GIB, PAGE_BYTES } from "../units.ts";

export const DRIVER_KINDS = ["virtio", "virtio-huge", "virtio-mem", "vmware", "hyperv", "none"] as const;
export type DriverKind = (typeof DRIVER_KINDS)[number];

export interface DriverConfig {
  readonly kind: DriverKind;
  readonly inflatePagesPerS: number;
  /** Of pages that no machine page stands behind. */
  readonly inflateUntouchedPagesPerS: number;
  readonly deflatePagesPerS: number;
  readonly deflateOnOom: boolean;
  readonly freePageReporting: boolean;
}

export type DriverSpeeds = Pick<DriverConfig, "inflatePagesPerS" | "inflateUntouchedPagesPerS" | "deflatePagesPerS">;

const speeds = (inflate: number, untouched: number, deflate: number): DriverSpeeds => ({
  inflatePagesPerS: pagesPerS(inflate),
  inflateUntouchedPagesPerS: pagesPerS(untouched),
  deflatePagesPerS: pagesPerS(deflate),
});

const SMALL_PAGES = speeds(0.95, 1.67, 2.34);

/**
 * HyperAlloc's artifact (EuroSys 2025): 20 GiB VM, 12 vCPU, Xeon Gold 6252. Of VMware's and Hyper-V's drivers none are published: they
 * have those of virtio-balloon with 4 KiB pages.
 */
export const DRIVER_SPEEDS: Readonly<Record<DriverKind, DriverSpeeds>> = {
  virtio: SMALL_PAGES,
  "virtio-huge": speeds(136, 288, 326),
  "virtio-mem": speeds(34.5, 42.2, 101.7),
  vmware: SMALL_PAGES,
  hyperv: SMALL_PAGES,
  none: SMALL_PAGES,
};

function pagesPerS(gibPerS: number): number {
  return Math.round((gibPerS * GIB) / PAGE_BYTES);
}
