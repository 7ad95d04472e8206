/** All groups, in the order of the document. */
import type { Group } from "./group.ts";
import { balloonSpeed } from "./rows/balloon-speed.ts";
import { esx } from "./rows/esx.ts";
import { queueing } from "./rows/queueing.ts";
import { realGuest } from "./rows/real-guest.ts";
import { replacement } from "./rows/replacement.ts";
import { traces } from "./rows/traces.ts";
import { vswapper } from "./rows/vswapper.ts";

export const GROUPS: readonly Group[] = [replacement, queueing, esx, vswapper, balloonSpeed, realGuest, traces];
