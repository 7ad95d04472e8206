/** One digest for a whole run, from those of its actors: the same however the actors were spread over processes. */
import type { ActorId } from "./actor.ts";
import { Hasher } from "./hasher.ts";

/** Sixteen hexadecimal digits, over the actors in roster order. */
export function runDigest(digests: ReadonlyMap<ActorId, string>): string {
  const hasher = new Hasher();
  for (const actor of [...digests.keys()].sort((a, b) => a - b)) {
    hasher.word(actor);
    hasher.text(digests.get(actor) as string);
  }
  return hasher.hex();
}
