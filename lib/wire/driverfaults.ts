/** Which faults ail a balloon driver. */
import { FaultKind } from "./messages.ts";

export function isDriverFault(kind: number): boolean {
  return kind === FaultKind.FAULT_KIND_DRIVER_STUCK || kind >= FaultKind.FAULT_KIND_DRIVER_MISSING;
}
