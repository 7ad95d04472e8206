/** What a stretch of the workload's operations has to spend, and what it pays. */
import type { Machine } from "./machine.ts";
import type { Costs } from "./operations.ts";
import { readNsOf, type Service } from "./service.ts";

/** What is left of a stretch: the threads' own time, and that of the CPUs. */
export interface Budget {
  threadNs: number;
  cpuNs: number;
}

/** What a touch, a read and a return cost the threads' time, and the CPUs'. */
export interface Prices {
  readonly thread: Costs;
  readonly cpu: Costs;
  /** CPU time of what a thread reclaims for each of its reads. */
  readonly reclaimNs: number;
}

export function pricesOf({ workload, processor, operations, evictions }: Machine, service: Service, reclaimNs = 0): Prices {
  const { faultNs, fileReadNs = faultNs, minorFaultNs = 0 } = processor.costs;
  const minorNs = operations.minorsPerAccess * minorFaultNs;
  const readNs = readNsOf(service);
  return {
    thread: {
      touchNs: workload.touchNs + minorNs,
      swapReadNs: readNs + reclaimNs,
      swapPageNs: faultNs,
      fileReadNs: readNs + fileReadNs + reclaimNs,
      returnNs: readNs,
      unzipNs: evictions.decompressNs,
    },
    cpu: {
      touchNs: workload.pools.times.ownNs + minorNs,
      swapReadNs: reclaimNs,
      swapPageNs: faultNs,
      fileReadNs: fileReadNs + reclaimNs,
      returnNs: 0,
      unzipNs: 0,
    },
    reclaimNs,
  };
}
