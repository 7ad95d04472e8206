/** What balloon drivers do differently. The state machine that they have in common is balloon.ts. */
import type { DriverKind } from "../../../lib/scenario/driver.ts";
import type { Machine } from "../machine.ts";
import { HYPERV } from "./hyperv.ts";
import { VIRTIO, VIRTIO_HUGE } from "./virtio.ts";
import { VMWARE } from "./vmware.ts";

export interface DriverRules {
  /** Pages that one exchange with the host moves. */
  readonly chunkPages: number;
  /** After the guest gave less than was asked for it sleeps; 0: it takes that for the answer until the next target. */
  readonly backOffNs: number;
  /** It looks for its target at multiples of this; 0: it is told. */
  readonly pollNs: number;
  /** After it gave pages back to a guest that had none it does not inflate for so long. */
  readonly quietNs: number;
  /** An excess of fewer pages is kept, unless nothing at all is to be kept. */
  readonly slackPages: number;
  /** A host that starts anew makes it give everything back first. */
  readonly resets: boolean;
  /** Largest balloon of a guest of that size. */
  mostPages(sizePages: number): number;
  /** Pages that it may take from the guest now. */
  sparePages(machine: Machine): number;
}

const RULES: Readonly<Record<DriverKind, DriverRules>> = {
  virtio: VIRTIO,
  "virtio-huge": VIRTIO_HUGE,
  "virtio-mem": VIRTIO_HUGE,
  vmware: VMWARE,
  hyperv: HYPERV,
  none: { ...VIRTIO, mostPages: () => 0 },
};

export function rulesOf(kind: DriverKind): DriverRules {
  return RULES[kind];
}
