/**
 * The host's memory state, from its free memory (Waldspurger, OSDI'02 section 6.3): high, soft, hard, low; vSphere 6 has clear
 * between high and soft.
 *
 * Downwards as soon as free memory is below the lower state's threshold; upwards only when it is well above the higher
 * state's: the paper says "significantly", here a margin.
 */
import type { HostStatesConfig } from "../../lib/scenario/scenario.ts";
import { HostState } from "../../lib/wire/messages.ts";

export interface Thresholds {
  readonly highPages: number;
  /** Absent: there is no clear state. */
  readonly clearPages?: number;
  readonly softPages: number;
  readonly hardPages: number;
  readonly lowPages: number;
  /** A state is left upwards at its upper neighbour's threshold times this. */
  readonly margin: number;
}

export function thresholdsOf(config: HostStatesConfig, machinePages: number): Thresholds {
  const pages = (share: number): number => Math.ceil(share * machinePages);
  return {
    highPages: pages(config.high),
    softPages: pages(config.soft),
    hardPages: pages(config.hard),
    lowPages: pages(config.low),
    margin: config.margin,
  };
}

/** The state that follows `state` when `freePages` are free. */
export function nextState(state: number, freePages: number, thresholds: Thresholds): number {
  const { highPages, clearPages, softPages, hardPages, lowPages, margin } = thresholds;
  if (freePages < lowPages) return HostState.HOST_STATE_LOW;
  let level = levelOf(state);
  if (freePages < hardPages) level = Math.max(level, 3);
  else if (freePages < softPages) level = Math.max(level, 2);
  else if (clearPages !== undefined && freePages < clearPages) level = Math.max(level, 1);
  if (level === 4 && freePages >= hardPages * margin) level = 3;
  if (level === 3 && freePages >= softPages * margin) level = 2;
  if (level === 2 && freePages >= (clearPages ?? highPages) * margin) level = clearPages === undefined ? 0 : 1;
  if (level === 1 && freePages >= highPages * margin) level = 0;
  return LEVELS[level] as number;
}

/** Free pages at which the state is surely left upwards to soft. */
export function paringPages(thresholds: Thresholds): number {
  return Math.ceil(thresholds.softPages * thresholds.margin);
}

/** Free pages at which the host has enough again: it comes back to the high state, or to the clear one where there is one. */
export function plentyPages(thresholds: Thresholds): number {
  return Math.ceil((thresholds.clearPages ?? thresholds.highPages) * thresholds.margin);
}

/** The state's name, for messages. */
export function stateName(state: number): string {
  return NAMES[state] ?? "unspecified";
}

const LEVELS: readonly number[] = [
  HostState.HOST_STATE_HIGH,
  HostState.HOST_STATE_CLEAR,
  HostState.HOST_STATE_SOFT,
  HostState.HOST_STATE_HARD,
  HostState.HOST_STATE_LOW,
];

const NAMES: Readonly<Record<number, string>> = {
  [HostState.HOST_STATE_HIGH]: "high",
  [HostState.HOST_STATE_CLEAR]: "clear",
  [HostState.HOST_STATE_SOFT]: "soft",
  [HostState.HOST_STATE_HARD]: "hard",
  [HostState.HOST_STATE_LOW]: "low",
  [HostState.HOST_STATE_REBUILDING]: "rebuilding",
};

/** 0 high to 4 low; a rebuilt host begins high. */
function levelOf(state: number): number {
  return Math.max(0, LEVELS.indexOf(state));
}
