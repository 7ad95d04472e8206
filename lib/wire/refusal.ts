/** Why bytes from the bus are not a message. */

export const REFUSALS = [
  "malformed",
  "unknown",
  "oversized",
  "out-of-range",
  "wrong-contract",
  "wrong-run",
  "wrong-sender",
  "stale",
] as const;
export type RefusalReason = (typeof REFUSALS)[number];

/** Why bytes are not a message. A class of its own: a message may have a field of any name. */
export class Refusal {
  readonly refused: RefusalReason;
  readonly #nominal = true;

  constructor(reason: RefusalReason) {
    this.refused = reason;
  }

  static is(value: object): value is Refusal {
    return #nominal in value;
  }
}

const REFUSAL = new Map(REFUSALS.map((reason) => [reason, new Refusal(reason)]));

export function refuse(reason: RefusalReason): Refusal {
  return REFUSAL.get(reason) as Refusal;
}

export function isRefusal(value: object): value is Refusal {
  return Refusal.is(value);
}
