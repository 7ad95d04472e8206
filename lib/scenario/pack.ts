/**
 * A scenario as text for the wire: equal VMs are written once, so that twenty thousand of them fit in one message.
 */
import { AerostatError } from "../errors.ts";
import type { GuestConfig, Scenario } from "./scenario.ts";

interface Packed extends Omit<Scenario, "guests"> {
  readonly kinds: readonly Omit<GuestConfig, "name">[];
  /** In roster order: name, and which of `kinds`. */
  readonly vms: readonly (readonly [string, number])[];
}

/** JSON, smaller than JSON.stringify(scenario). */
export function packScenario(scenario: Scenario): string {
  const { guests, ...rest } = scenario;
  const numbers = new Map<string, number>();
  const kinds: Omit<GuestConfig, "name">[] = [];
  const vms = guests.map(({ name, ...kind }) => {
    const text = JSON.stringify(kind);
    let number = numbers.get(text);
    if (number === undefined) {
      number = kinds.length;
      numbers.set(text, number);
      kinds.push(kind);
    }
    return [name, number] as const;
  });
  const packed: Packed = { ...rest, kinds, vms };
  return JSON.stringify(packed);
}

/** Throws AERO_E_VERSION when the text is not a packed scenario. */
export function unpackScenario(text: string): Scenario {
  let packed: Packed;
  try {
    packed = JSON.parse(text) as Packed;
  } catch (cause) {
    throw new AerostatError("AERO_E_VERSION", "the conductor's scenario is not JSON", { cause });
  }
  const { kinds, vms, ...rest } = packed;
  if (!Array.isArray(kinds) || !Array.isArray(vms)) {
    throw new AerostatError("AERO_E_VERSION", "the conductor's scenario has another form than this version reads");
  }
  return { ...rest, guests: vms.map(([name, kind]) => ({ name, ...(kinds[kind] as Omit<GuestConfig, "name">) })) };
}
