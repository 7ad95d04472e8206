/** The balloon driver of a guest, as a scenario resolves it. */

export interface DriverConfig {
  readonly kind: "virtio" | "none";
  readonly inflatePagesPerS: number;
  readonly deflatePagesPerS: number;
  readonly deflateOnOom: boolean;
  readonly freePageReporting: boolean;
}
