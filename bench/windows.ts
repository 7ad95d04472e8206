/**
 * Windows of the virtual clock per second over a real NATS server and real processes, all of which are woken in every window,
 * beside the same server's and the same processes' rate at a bare barrier: one tiny message to each and one back.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { connect, type NatsConnection } from "nats";
import { connectNats } from "../lib/bus/nats.ts";
import type { Bus } from "../lib/bus/port.ts";
import { Refusals } from "../lib/bus/refusals.ts";
import { startNatsServer } from "../lib/bus/server.ts";
import { lastToken } from "../lib/bus/subjects.ts";
import { type Done, readDone } from "../lib/wire/batch.ts";
import { type Opened, open } from "../lib/wire/frame.ts";
import { Windows } from "../services/conductor/windows.ts";
import { actorOf, EPOCH } from "./barrierplan.ts";
import { type Measurement, median } from "./measure.ts";
import { toyScenario } from "./toy.ts";

/** Number of processes, and whether each sends a message to another in every window. */
const SETTINGS: readonly (readonly [number, boolean])[] = [
  [1, false],
  [8, false],
  [8, true],
  [32, false],
];
const ROUNDS = 5;
const ROUND_MS = 600;
const WARM_UP_MS = 800;
const READY_MS = 60_000;

const program = fileURLToPath(new URL("./barrier.js", import.meta.url));

export async function windows(): Promise<Measurement[]> {
  const broker = await startNatsServer({ open: true });
  try {
    const measurements: Measurement[] = [];
    for (const [size, talk] of SETTINGS) measurements.push(await measured(size, talk, broker.url));
    return measurements;
  } finally {
    await broker.stop();
  }
}

async function measured(size: number, talk: boolean, url: string): Promise<Measurement> {
  const bus = await connectNats({ url });
  const bare = await connect({ servers: url, noAsyncTraces: true });
  const children = await started(size, talk, url, bare);
  const clock = new WindowLoop(bus, size);
  const barrier = new BareLoop(bare, size);
  await clock.runFor(WARM_UP_MS);
  await barrier.runFor(WARM_UP_MS);
  const ours: number[] = [];
  const theirs: number[] = [];
  // Turn about, so that what else the machine does hits both.
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await clock.runFor(ROUND_MS));
    theirs.push(await barrier.runFor(ROUND_MS));
  }
  for (const child of children) child.stdin?.end();
  await Promise.all(children.map((child) => new Promise((resolve) => child.once("exit", resolve))));
  await bus.close();
  await bare.close();
  const beside = { name: "bare barrier", value: median(theirs) };
  return {
    bench: "windows",
    name: `virtual clock, ${size} ${size === 1 ? "process" : "processes"}, an event ${talk ? "and a message " : ""}each`,
    value: median(ours),
    unit: "windows/s",
    beside,
  };
}

async function started(size: number, talk: boolean, url: string, bare: NatsConnection): Promise<ChildProcess[]> {
  let ready = 0;
  const children: ChildProcess[] = [];
  await new Promise<void>((resolve, reject) => {
    const late = (): void => reject(new Error(`${ready} of ${size} processes were ready within ${READY_MS / 1000} s: run it again`));
    setTimeout(late, READY_MS).unref();
    bare.subscribe("bench.ready", { callback: () => void (++ready === size && resolve()) });
    for (let index = 0; index < size; index++) {
      const child = spawn(process.execPath, [program, url, String(index), String(size), talk ? "talk" : "mute"], {
        stdio: ["pipe", "ignore", "inherit"],
      });
      child.once("exit", (code) => reject(new Error(`process ${index} ended with code ${code}`)));
      children.push(child);
    }
  });
  return children;
}

/** The virtual clock, run for a while and then held in the middle of a window. */
class WindowLoop {
  readonly #windows: Windows;
  #began = false;
  #held: { readonly process: string; readonly done: Done } | undefined;
  #untilMs = 0;
  #release: () => void = () => undefined;

  constructor(bus: Bus, size: number) {
    const scenario = toyScenario(size, 1e15);
    const members = scenario.guests.map((_, index) => ({ process: String(index), actors: [actorOf(index)] }));
    this.#windows = new Windows({
      epoch: EPOCH,
      lookaheadNs: scenario.network.latencyNs,
      endNs: 1e15,
      members,
      refusals: new Refusals(),
      send: (process, frame) => bus.publish(`bench.grant.${process}`, frame),
    });
    bus.subscribe("bench.done.*", ({ subject, data }) => this.#take(lastToken(subject), readDone(open(data) as Opened) as Done));
  }

  /** Windows per second. */
  async runFor(ms: number): Promise<number> {
    const beganMs = performance.now();
    const before = this.#windows.window;
    this.#untilMs = beganMs + ms;
    const held = new Promise<void>((resolve) => {
      this.#release = resolve;
    });
    if (this.#held !== undefined) this.#windows.take(this.#held.process, this.#held.done);
    else if (!this.#began) this.#windows.begin();
    this.#began = true;
    this.#held = undefined;
    await held;
    return ((this.#windows.window - before) * 1000) / (performance.now() - beganMs);
  }

  #take(process: string, done: Done): void {
    if (performance.now() < this.#untilMs || this.#windows.waiting().length > 1) {
      this.#windows.take(process, done);
      return;
    }
    this.#held = { process, done };
    this.#release();
  }
}

class BareLoop {
  readonly #bare: NatsConnection;
  readonly #size: number;
  #open = 0;
  #rounds = 0;
  #untilMs = 0;
  #release: () => void = () => undefined;

  constructor(bare: NatsConnection, size: number) {
    this.#bare = bare;
    this.#size = size;
    bare.subscribe("bare.done.*", {
      callback: () => {
        if (--this.#open > 0) return;
        this.#rounds++;
        if (performance.now() < this.#untilMs) this.#go();
        else this.#release();
      },
    });
  }

  /** Barriers per second. */
  async runFor(ms: number): Promise<number> {
    const beganMs = performance.now();
    const before = this.#rounds;
    this.#untilMs = beganMs + ms;
    const ended = new Promise<void>((resolve) => {
      this.#release = resolve;
    });
    this.#go();
    await ended;
    return ((this.#rounds - before) * 1000) / (performance.now() - beganMs);
  }

  #go(): void {
    this.#open = this.#size;
    const tiny = new Uint8Array(8);
    for (let index = 0; index < this.#size; index++) this.#bare.publish(`bare.go.${index}`, tiny);
  }
}
