/** A VM's memory as a bar: one character and colour per kind, cells in proportion to pages. */
import type { LiveMemory } from "../../services/monitor/live.ts";
import type { Paint, Style } from "./style.ts";

interface Kind {
  readonly name: string;
  readonly cell: string;
  readonly style: Style;
  readonly pages: (memory: LiveMemory) => number;
}

/** From left to right. The characters differ, so that the bar reads without colour too. */
export const KINDS: readonly Kind[] = [
  { name: "kernel", cell: "▒", style: "grey", pages: (memory) => memory.kernelPages },
  { name: "anonymous", cell: "█", style: "cyan", pages: (memory) => memory.anonymousPages },
  { name: "cache", cell: "▓", style: "green", pages: (memory) => memory.cacheCleanPages + memory.cacheDirtyPages },
  { name: "free", cell: "·", style: "dim", pages: (memory) => memory.freePages },
  { name: "balloon", cell: "░", style: "magenta", pages: (memory) => memory.balloonPages },
];

/** `width` cells in all: each boundary between kinds is rounded, so the sum is exact. An unknown memory is blank. */
export function memoryBar(memory: LiveMemory, width: number, paint: Paint): string {
  if (memory.sizePages === 0) return " ".repeat(width);
  let pages = 0;
  let drawn = 0;
  let bar = "";
  for (const kind of KINDS) {
    pages += kind.pages(memory);
    const edge = Math.min(width, Math.round((pages / memory.sizePages) * width));
    bar += paint(kind.style, kind.cell.repeat(edge - drawn));
    drawn = edge;
  }
  return bar + " ".repeat(width - drawn);
}

export function legend(paint: Paint): string {
  return KINDS.map(({ name, cell, style }) => `${paint(style, cell.repeat(2))} ${name}`).join("  ");
}

/** A share from 0 to 1 as a bar. */
export function shareBar(share: number, width: number, style: Style, paint: Paint): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return paint(style, "█".repeat(full)) + paint("dim", "·".repeat(width - full));
}
