/** The process of one guest, or of several. */
import { FIRST_GUEST } from "../../lib/engine/actor.ts";
import { runService, type ServiceOptions } from "../../lib/federate/service.ts";
import { guestFactory } from "./guest.ts";

export interface GuestProcessOptions extends ServiceOptions {
  /** How many VMs it hosts at most. Default 1. */
  readonly capacity?: number;
}

export function runGuestProcess(options: GuestProcessOptions): Promise<void> {
  return runService(options, {
    role: "guest",
    capacity: options.capacity ?? 1,
    open: ({ scenario }) => ({ cast: (entry) => guestFactory(scenario, entry.id - FIRST_GUEST) }),
  });
}
