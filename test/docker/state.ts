/** What the monitor of a compose project says of its run, and what can be asked about it. */
import type { LiveView } from "../../services/monitor/live.ts";

/** As /api/state has it. */
export interface State {
  readonly condition: string;
  readonly live: LiveView;
  readonly telemetry: { readonly messages: { readonly guestSample: number }; readonly lost: number };
}

/** The run goes on with so many VMs. */
export function leases(count: number): (state: State) => boolean {
  return ({ condition, live }) => condition === "running" && live.host.leases === count;
}

/** And all of them, and the host, are heard. */
export function heard(count: number): (state: State) => boolean {
  const ofLate = (who: { readonly seen: boolean; readonly silentNs: number }): boolean => who.seen && who.silentNs === 0;
  return (state) => leases(count)(state) && ofLate(state.live.host) && state.live.vms.filter(ofLate).length === count;
}

/** Of all VMs together. */
export function boots({ live }: State): number {
  return live.vms.reduce((sum, vm) => sum + vm.boots, 0);
}

export function shown(state: State | undefined): string {
  if (state === undefined) return "the page does not answer";
  const { condition, live, telemetry } = state;
  return JSON.stringify({
    condition,
    nowS: live.nowNs / 1e9,
    phase: live.phase,
    leases: live.host.leases,
    epoch: live.host.epoch,
    telemetry,
  });
}
