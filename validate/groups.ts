/** All groups, in the order of the document. */
import type { Group } from "./group.ts";
import { queueing } from "./rows/queueing.ts";
import { replacement } from "./rows/replacement.ts";

export const GROUPS: readonly Group[] = [replacement, queueing];
