/**
 * A policy of your own for Aerostat: rename it, change it, and run it with
 *
 *     npx aerostat run scenarios/classic.yaml --set host.policy=./mine.ts
 *     npx aerostat compare scenarios/classic.yaml --policy ./mine.ts,esx,none
 *
 * docs/policies.md tells the rules. Memory is in pages of 4 KiB, time in nanoseconds.
 */

/** One VM, as a real host may know it. */
interface Vm {
  readonly vm: number;
  readonly name: string;
  readonly group: string;
  readonly sizePages: number;
  readonly minimumPages: number;
  readonly shares: number;
  readonly hasDriver: boolean;
  /** The newest target; the size, where none was set. */
  readonly targetPages: number;
  /** Size less balloon by the driver's word; undefined until it has said so. */
  readonly actualPages: number | undefined;
  /** Machine pages that the VM holds: the host's own figure. */
  readonly residentPages: number;
  /** The driver's newest statistics (DriverStats in proto/aerostat/v1), and how old they are. */
  readonly stats: { readonly freePages?: number; readonly availablePages?: number; readonly [name: string]: unknown } | undefined;
  readonly statsAgeNs: number;
}

interface View {
  readonly nowNs: number;
  /** Why you are asked. */
  readonly occasion: "interval" | "state" | "roster";
  readonly memoryPages: number;
  readonly reservedPages: number;
  readonly overheadPages: number;
  readonly freePages: number;
  readonly vms: readonly Vm[];
}

/** Whole pages, from the VM's minimum to its size. */
interface Decision {
  readonly vm: number;
  readonly targetPages: number;
}

interface Options {
  readonly intervalS: number;
}

export default {
  summary: "Gives every VM an equal part of the host.",
  /** Parameters and their defaults; a scenario sets them in host.policy.options. */
  options: { intervalS: 5 },
  create(options: Options) {
    return {
      intervalNs: options.intervalS * 1e9,
      /** Asked also when the host's state changes, and when a VM comes or goes. */
      occasions: ["state", "roster"],
      /** VMs that you do not name keep their targets. */
      decide(view: View): Decision[] {
        const pages = 0.9 * view.memoryPages - view.reservedPages - view.overheadPages;
        const each = Math.floor(pages / view.vms.length);
        return view.vms.map(({ vm, minimumPages, sizePages }) => ({
          vm,
          targetPages: Math.min(sizePages, Math.max(minimumPages, each)),
        }));
      },
    };
  },
};
