/** Starts the processes of a run on this machine, starts again what dies, and leaves nothing behind. */
import { type ChildProcess, spawn } from "node:child_process";
import { builtPath } from "../built.ts";
import { KEYS_FOLDER } from "../bus/access.ts";
import { NATS_URL } from "../bus/url.ts";
import type { Logger } from "../logging.ts";
import { PARENT_PIPE } from "./service.ts";
import { knownOptions } from "./v8options.ts";

export interface LaunchOptions {
  /** The program that the processes run: role, then options. Default: the built `aerostat` command. */
  readonly entry?: string;
  readonly natsUrl: string;
  /** Folder of keys; undefined: the credentials of the environment, or none. */
  readonly keys?: string | undefined;
  readonly run: string;
  /** How many VMs there are, and how many one process hosts. */
  readonly guests: number;
  readonly guestsPerProcess?: number;
  readonly logLevel?: string;
  /** More words for a role's command line, such as the monitor's --http. */
  readonly more?: Readonly<Partial<Record<Role, readonly string[]>>>;
  readonly env?: NodeJS.ProcessEnv;
  /** File descriptor for what the processes log; default 2, our own stderr. */
  readonly stderr?: number | "ignore";
  readonly log: Logger;
  /** A process died again and again: it is not started any more. */
  readonly onGivenUp?: (role: Role, why: string) => void;
}

export type Role = "guest" | "hypervisor" | "monitor";

export interface Fleet {
  /** Of the processes that live now, by role, in the order of their start. */
  pids(role?: Role): number[];
  /** The run is over: of what dies only the monitor is started again, who has the results to write. */
  finishing(): void;
  /** Resolves when every process has ended by itself; they are not started again. */
  ended(): Promise<void>;
  /** SIGTERM to all, SIGKILL to what is still there after `graceMs`. */
  stop(graceMs?: number): Promise<void>;
}

const RESPAWN_MS = 1_000;
/** A process that dies sooner than this, so many times in a row, will not do better. */
const SHORT_LIFE_MS = 3_000;
const MAX_SHORT_LIVES = 5;
const GRACE_MS = 5_000;
/**
 * A guest of few VMs makes so little garbage that V8's young generation is better small: it is most of what the process has for itself.
 * The deployments name it too.
 */
export const SMALL_HEAP = ["--max-semi-space-size=1"];
/**
 * And it runs each function too seldom for V8 to find it hot: a fifth of its CPU time goes if code is compiled at once, and by no thread
 * beside. A quarter of the rest was marking a heap again and again that seemed idle, to give back what is not there. A hundred guests
 * that run alike find the same function hot at the same moment, and all optimise it: only what is six times as hot as usual (66 KiB of
 * bytecode) is worth that. Node takes none of them from NODE_OPTIONS, and Node 24 has no budget.
 */
export const SELDOM = ["--always-sparkplug", "--single-threaded", "--no-memory-reducer", "--interrupt-budget=400000"];
const FEW_VMS = 4;

interface Post {
  readonly role: Role;
  child: ChildProcess | undefined;
  timer: NodeJS.Timeout | undefined;
  shortLives: number;
}

export function launchFleet(options: LaunchOptions): Fleet {
  const processes = Math.ceil(options.guests / (options.guestsPerProcess ?? 1));
  const roles: Role[] = ["hypervisor", "monitor", ...Array.from({ length: processes }, () => "guest" as const)];
  const guestOptions = (options.guestsPerProcess ?? 1) <= FEW_VMS ? knownOptions([...SMALL_HEAP, ...SELDOM]) : [];
  const posts: Post[] = roles.map((role) => ({ role, child: undefined, timer: undefined, shortLives: 0 }));
  let respawning: (role: Role) => boolean = () => true;
  const man = (post: Post): void => {
    post.timer = undefined;
    const beganMs = performance.now();
    post.child = start(post.role, post.role === "guest" ? guestOptions : [], options, (why, failed) => {
      post.child = undefined;
      if (!failed || !respawning(post.role)) return;
      post.shortLives = performance.now() - beganMs < SHORT_LIFE_MS ? post.shortLives + 1 : 0;
      options.log.warn({ role: post.role, why }, "a process died");
      if (post.shortLives < MAX_SHORT_LIVES) post.timer = setTimeout(() => man(post), RESPAWN_MS);
      else options.onGivenUp?.(post.role, why);
    });
  };
  for (const post of posts) man(post);
  const respawn = (which: (role: Role) => boolean): void => {
    respawning = which;
    for (const post of posts) if (!which(post.role)) clearTimeout(post.timer);
  };
  const retire = (): void => respawn(() => false);
  return {
    pids: (role) => posts.flatMap((post) => ((role === undefined || post.role === role) && post.child?.pid ? [post.child.pid] : [])),
    finishing: () => respawn((role) => role === "monitor"),
    ended: async () => {
      retire();
      await Promise.all(posts.map((post) => exitOf(post.child)));
    },
    stop: async (graceMs = GRACE_MS) => {
      retire();
      await Promise.all(posts.map((post) => end(post.child, graceMs)));
    },
  };
}

/** `detached`: a Ctrl-C in the terminal is for the launcher, who ends the run in good order. Its own death ends the child's stdin. */
function start(
  role: Role,
  nodeOptions: readonly string[],
  options: LaunchOptions,
  onEnd: (why: string, failed: boolean) => void,
): ChildProcess {
  const { natsUrl, keys, run, guestsPerProcess = 1, logLevel = "warn", more = {} } = options;
  const words = [...nodeOptions, options.entry ?? builtPath("cli/main.js"), role, "--run", run, "--log", logLevel];
  if (role === "guest") words.push("--guests", String(guestsPerProcess));
  words.push(...(more[role] ?? []));
  const door = { [NATS_URL]: natsUrl, ...(keys === undefined ? {} : { [KEYS_FOLDER]: keys }) };
  const env = { ...process.env, ...options.env, ...door, [PARENT_PIPE]: "1" };
  const child = spawn(process.execPath, words, { stdio: ["pipe", "ignore", options.stderr ?? 2], detached: true, env });
  child.stdin?.on("error", () => undefined);
  child.once("error", (error) => onEnd(error.message, true));
  child.once("exit", (code, signal) => onEnd(signal ?? `exit code ${code}`, code !== 0));
  return child;
}

function exitOf(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once("exit", () => resolve()));
}

async function end(child: ChildProcess | undefined, graceMs: number): Promise<void> {
  if (child === undefined) return;
  const gone = exitOf(child);
  child.kill("SIGTERM");
  // A process that was stopped takes its SIGTERM only when it goes on.
  child.kill("SIGCONT");
  const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await gone;
  clearTimeout(timer);
}
