/**
 * The ledger of telemetry: what came from each source, what was lost on the way and what was refused.
 *
 * Invariant `gaps-known` (docs/architecture.md): nothing recorded is lost without being counted. Sequence numbers count from 1 in each
 * incarnation of a source, so accepted + lost = highest sequence, in every incarnation. What is missing after a source's last message
 * has no number: there the ledger knows until when the source was heard.
 */
import { CONDUCTOR } from "../../../lib/engine/actor.ts";
import type { Hasher } from "../../../lib/engine/hasher.ts";
import type { Message } from "../../../lib/wire/messages.ts";

/** Messages `from` to `to` of one incarnation of a source never came. */
export interface Gap {
  readonly source: number;
  readonly incarnation: number;
  readonly from: number;
  readonly to: number;
  /** Delivery time of the message after the hole. */
  readonly atNs: number;
}

export interface SourceLedger {
  incarnation: number;
  sequence: number;
  accepted: number;
  lost: number;
  refused: number;
  /** Highest sequence numbers of its earlier incarnations, summed. */
  earlier: number;
  /** Delivery time of its latest message: what it sent and nobody took after that leaves no hole. */
  heardAtNs: number;
}

/** The newest gaps are listed, all are counted. */
const MOST_GAPS = 4096;
const MOST_NEWS = 100_000;

export class GapLedger {
  readonly #sources: SourceLedger[];
  /** A ring: gap i is at i modulo MOST_GAPS. */
  readonly #gaps: Gap[] = [];
  readonly #told = new Set<number>();
  #gapsSeen = 0;

  constructor(actors: number) {
    const unheard: SourceLedger = { incarnation: 0, sequence: 0, accepted: 0, lost: 0, refused: 0, earlier: 0, heardAtNs: 0 };
    this.#sources = Array.from({ length: actors }, () => ({ ...unheard }));
  }

  /** Messages missing right before this one, or -1 where it is stale, duplicated or from nobody. */
  admit(message: Message): number {
    const ledger = this.#sources[message.source];
    if (ledger === undefined) return -1;
    if (message.source === CONDUCTOR) return this.#news(ledger, message.sequence);
    const { incarnation, sequence } = message;
    if (incarnation < ledger.incarnation || (incarnation === ledger.incarnation && sequence <= ledger.sequence)) {
      return this.refuse(message.source);
    }
    if (incarnation > ledger.incarnation) {
      ledger.earlier += ledger.sequence;
      ledger.incarnation = incarnation;
      ledger.sequence = 0;
    }
    const missing = sequence - ledger.sequence - 1;
    if (missing > 0)
      this.#note({ source: message.source, incarnation, from: ledger.sequence + 1, to: sequence - 1, atNs: message.deliverAtNs });
    ledger.lost += missing;
    ledger.sequence = sequence;
    ledger.accepted++;
    ledger.heardAtNs = Math.max(ledger.heardAtNs, message.deliverAtNs);
    return missing;
  }

  /** Counts one that is refused for what it says: its number stays a hole. */
  refuse(source: number): -1 {
    const ledger = this.#sources[source];
    if (ledger !== undefined) ledger.refused++;
    return -1;
  }

  /** By actor number. */
  get sources(): readonly Readonly<SourceLedger>[] {
    return this.#sources;
  }

  /** The newest 4,096 gaps, in the order in which they were found. */
  get gaps(): readonly Gap[] {
    const oldest = this.#gapsSeen % MOST_GAPS;
    return this.#gaps.length < MOST_GAPS ? this.#gaps : [...this.#gaps.slice(oldest), ...this.#gaps.slice(0, oldest)];
  }

  get gapsSeen(): number {
    return this.#gapsSeen;
  }

  get lost(): number {
    return this.#sources.reduce((sum, ledger) => sum + ledger.lost, 0);
  }

  get refused(): number {
    return this.#sources.reduce((sum, ledger) => sum + ledger.refused, 0);
  }

  digest(hasher: Hasher): void {
    for (const ledger of this.#sources) {
      hasher.word(ledger.incarnation);
      hasher.number(ledger.sequence);
      hasher.number(ledger.accepted);
      hasher.number(ledger.lost);
    }
  }

  /** The conductor's numbers are those of its fault orders: they tell news apart, and have holes. */
  #news(ledger: SourceLedger, sequence: number): number {
    // A monitor that comes back is told everything again.
    if (this.#told.has(sequence) || this.#told.size >= MOST_NEWS) return -1;
    this.#told.add(sequence);
    ledger.incarnation = 1;
    ledger.sequence = ++ledger.accepted;
    return 0;
  }

  #note(gap: Gap): void {
    this.#gaps[this.#gapsSeen % MOST_GAPS] = gap;
    this.#gapsSeen++;
  }
}
