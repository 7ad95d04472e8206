/** What a process's life needs of either clock's side of it. */

import type { Opened, RefusalReason } from "../wire/frame.ts";
import type { ActorDigest, Start } from "../wire/messages.ts";

export interface Member {
  /** A frame on the process's own `clock.grant` subject that is not a Finish; the reason where it has no effect. */
  take(opened: Opened): RefusalReason | undefined;
  /** The wall clock has begun; told again and again. */
  start(start: Start): void;
  nowNs(): number;
  /** Nothing runs from now on. The digests in virtual time; always the same ones. */
  settle(): { readonly digests: readonly ActorDigest[]; readonly eventsRun: number };
  close(): void;
}
