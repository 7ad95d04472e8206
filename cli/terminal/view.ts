/** The live view: the run's state to lines of text. Pure; cli/terminal/tty.ts puts them on the screen. */
import { formatSlowdown } from "../../services/monitor/format.ts";
import type { LiveHost, LiveView, LiveVm } from "../../services/monitor/live.ts";
import { legend, memoryBar, shareBar } from "./bar.ts";
import { clock, count, gib, mib, notHeard, percent } from "./format.ts";
import { clip, left, type Paint, painter, right, type Style } from "./style.ts";

export interface Canvas {
  readonly columns: number;
  readonly rows: number;
  readonly colour: boolean;
}

const LEAST_COLUMNS = 40;
const MOST_COLUMNS = 200;
/** Columns of figures beside name and bar, each with the blank before it. */
const FIGURES = { target: 7, actual: 7, swapIn: 7, swapOut: 7, slowdown: 8 } as const;
const FIGURES_WIDTH = Object.values(FIGURES).reduce((sum, width) => sum + width, 0);
/** Shown where there is room. */
const EXTRA = { swapped: 9, state: 13 } as const;
const EXTRA_WIDTH = EXTRA.swapped + EXTRA.state;
const EXTRA_FROM_COLUMNS = 110;
/** Title, host, disk, blank, heading; then the VMs; then the legend. */
const FRAME_ROWS = 7;

interface Layout {
  readonly columns: number;
  readonly nameWidth: number;
  readonly barWidth: number;
  readonly extra: boolean;
  readonly paint: Paint;
}

/** Lines of the whole view, each at most `columns` wide, at most `rows` of them. `notice` is the newest message of the demo. */
export function liveLines(view: LiveView, canvas: Canvas, notice = ""): string[] {
  const layout = layoutOf(view, canvas);
  const { columns, paint } = layout;
  const hostSwap = hostSwapLine(view.host, layout);
  const room = Math.max(1, canvas.rows - FRAME_ROWS - 1 - hostSwap.length);
  const shown = view.vms.length <= room ? view.vms : view.vms.slice(0, room - 1);
  const hidden = view.vms.length - shown.length;
  const lines = [
    titleLine(view, layout),
    hostLine(view.host, paint),
    diskLine(view.host, paint),
    "",
    paint("bold", headingLine(layout)),
    ...shown.map((vm) => vmLine(vm, layout)),
    ...hostSwap,
    ...(hidden > 0 ? [paint("dim", `… and ${hidden} more (a taller terminal shows them)`)] : []),
    legend(paint),
    paint("yellow", notice),
  ];
  return lines.map((line) => clip(line, columns)).slice(0, canvas.rows);
}

function layoutOf(view: LiveView, canvas: Canvas): Layout {
  const columns = Math.min(MOST_COLUMNS, Math.max(LEAST_COLUMNS, canvas.columns));
  const longest = view.vms.reduce((most, vm) => Math.max(most, vm.name.length), 0);
  const nameWidth = Math.min(Math.max(4, longest), Math.floor(columns / 5));
  const extra = columns >= EXTRA_FROM_COLUMNS;
  const barWidth = Math.max(4, columns - nameWidth - 1 - FIGURES_WIDTH - (extra ? EXTRA_WIDTH : 0));
  return { columns, nameWidth, barWidth, extra, paint: painter(canvas.colour) };
}

function titleLine(view: LiveView, { columns, paint }: Layout): string {
  const time = `${clock(view.nowNs)} / ${clock(view.durationNs)}`;
  const traffic = `${count(view.messages)} messages, ${count(view.lost)} lost`;
  const used = `aerostat ${view.scenario}  ${view.phase}  ${time}  ${traffic}  `.length;
  const bar = shareBar(view.durationNs > 0 ? view.nowNs / view.durationNs : 0, Math.max(0, Math.min(30, columns - used)), "blue", paint);
  return `${paint("bold", `aerostat ${view.scenario}`)}  ${paint("cyan", view.phase)}  ${time}  ${bar}  ${traffic}`;
}

const STATE_STYLES: Readonly<Record<string, Style>> = {
  high: "green",
  clear: "green",
  soft: "yellow",
  hard: "red",
  low: "red",
  rebuilding: "magenta",
};

/** Columns of the texts before the host's two bars. */
const HOST_TEXT_WIDTH = 16;
const HOST_BAR_WIDTH = 20;

function hostLine(host: LiveHost, paint: Paint): string {
  if (!host.seen) return `${host.name}  waiting for the host's first report`;
  if (host.silentNs > 0) return paint("red", notHeard(host.name, host.silentNs));
  const state = paint(STATE_STYLES[host.state] ?? "plain", left(`state ${host.state}`, HOST_TEXT_WIDTH));
  const bar = shareBar(1 - host.freePages / host.machinePages, HOST_BAR_WIDTH, "cyan", paint);
  return `${host.name}  ${state}  ${bar}  free ${gib(host.freePages)} of ${gib(host.machinePages)} GiB, ${host.leases} VMs`;
}

function diskLine(host: LiveHost, paint: Paint): string {
  if (host.silentNs > 0) return "";
  const style = host.diskUtilisation > 0.9 ? "red" : host.diskUtilisation > 0.6 ? "yellow" : "green";
  const busy = paint(style, left(`disk ${percent(host.diskUtilisation)} busy`, HOST_TEXT_WIDTH));
  const bar = shareBar(host.diskUtilisation, HOST_BAR_WIDTH, style, paint);
  const savedPages = host.sharingPages - host.sharedPages;
  const saved = savedPages > 0 ? `, saved ${gib(savedPages)} GiB` : "";
  const pool = host.pooledPages > 0 ? `, compressed ${gib(host.pooledPages)} in ${gib(host.poolPages)} GiB` : "";
  const rest = `queue ${host.diskQueue.toFixed(1)}, host swap ${gib(host.swappedPages)} GiB${pool}${saved}`;
  return `${" ".repeat(host.name.length)}  ${busy}  ${bar}  ${rest}`;
}

function headingLine({ nameWidth, barWidth, extra }: Layout): string {
  const figures =
    right("target", FIGURES.target) +
    right("actual", FIGURES.actual) +
    right("in", FIGURES.swapIn) +
    right("out", FIGURES.swapOut) +
    right("slowed", FIGURES.slowdown);
  const more = extra ? `${right("swapped", EXTRA.swapped)}  driver` : "";
  const bar = left(barWidth >= 36 ? "memory; sizes in GiB, swap in MiB/s" : "memory GiB, swap MiB/s", barWidth);
  return `${left("VM", nameWidth)} ${bar}${figures}${more}`;
}

function vmLine(vm: LiveVm, { nameWidth, barWidth, extra, paint }: Layout): string {
  const name = left(vm.name, nameWidth);
  if (!vm.seen) return paint("dim", `${name} waiting for its first report`);
  if (vm.silentNs > 0) return paint("dim", notHeard(name, vm.silentNs));
  const target = right(vm.targetPages > 0 ? gib(vm.targetPages) : "-", FIGURES.target);
  const actual = right(gib(vm.actualPages), FIGURES.actual);
  const slowed = paint(slowdownStyle(vm), right(vm.idled ? "stalled" : formatSlowdown(vm.slowdown), FIGURES.slowdown));
  const swapped = vm.memory.swappedPages + vm.memory.hostSwappedPages;
  const more = extra ? `${right(gib(swapped), EXTRA.swapped)}  ${vm.balloonState}` : "";
  return `${name} ${memoryBar(vm.memory, barWidth, paint)}${target}${actual}${swapCells(vm, paint)}${slowed}${more}`;
}

/** What the host swaps of its VMs' memory is beside what they swap themselves, and may be much more: a line where there is any, or none. */
function hostSwapLine(host: LiveHost, { nameWidth, barWidth, paint }: Layout): string[] {
  if (host.silentNs > 0 || host.swappedPages + host.swapInPagesPerS + host.swapOutPagesPerS === 0) return [];
  return [left("swap of the host itself", nameWidth + 1 + barWidth + FIGURES.target + FIGURES.actual) + swapCells(host, paint)];
}

function swapCells({ swapInPagesPerS, swapOutPagesPerS }: LiveHost | LiveVm, paint: Paint): string {
  const cell = (pagesPerS: number, width: number): string => paint(pagesPerS > 0 ? "yellow" : "dim", right(mib(pagesPerS), width));
  return cell(swapInPagesPerS, FIGURES.swapIn) + cell(swapOutPagesPerS, FIGURES.swapOut);
}

/** Under 10 % slower goes unnoticed. */
function slowdownStyle(vm: LiveVm): Style {
  if (vm.idled) return "red";
  if (vm.slowdown === null) return "dim";
  if (vm.slowdown < 1.1) return "green";
  return vm.slowdown < 2 ? "yellow" : "red";
}
