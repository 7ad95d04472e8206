/** One compose project, made of the real docker-compose.yml: its containers, and what its monitor says. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Manifest } from "../../services/monitor/results/manifest.ts";
import { type CommandOptions, command, docker } from "./engine.ts";
import { type State, shown } from "./state.ts";

export interface Container {
  readonly id: string;
  readonly running: boolean;
  readonly exitCode: number;
  /** By the engine, of its own accord. */
  readonly restarts: number;
}

export const PROJECT = "aerostat-test";
export const BUILD_LIMIT_MS = 600_000;
const PAGE = "http://127.0.0.1:8080";
const POLL_MS = 500;
const STOP_S = "20";
const PAUSE_TRIES = 20;
const DOWN_TRIES = 30;

export class Project {
  readonly name: string;
  readonly #client: readonly string[];

  constructor(name: string, client: readonly string[]) {
    this.name = name;
    this.#client = client;
  }

  compose(words: readonly string[], options: CommandOptions = {}): Promise<string> {
    return command([...this.#client, "--project-name", this.name, ...words], { limitMs: 180_000, ...options });
  }

  /** Starts what is missing; what runs with the same settings goes on. */
  async up(speed: number, guests = 16, words: readonly string[] = []): Promise<void> {
    await this.compose(["up", "--detach", "--scale", `guest=${guests}`, ...words], { env: { AEROSTAT_SPEED: String(speed) } });
  }

  async stop(): Promise<void> {
    await this.compose(["stop", "--timeout", STOP_S]);
  }

  /** Leaves nothing. An engine may still hold an endpoint of a container that it has just removed. */
  async down(): Promise<void> {
    const words = ["--profile", "observability", "down", "--volumes", "--remove-orphans", "--timeout", "1"];
    const retry = async (error: unknown): Promise<never> => {
      await this.#release();
      throw error;
    };
    await again("has active endpoints", DOWN_TRIES, () => this.compose(words).catch(retry));
  }

  /** Takes off by force what the engine says is still at the networks. */
  async #release(): Promise<void> {
    for (const network of [`${this.name}_bus`, `${this.name}_page`]) {
      const names = await docker(["network", "inspect", "--format", "{{range .Containers}}{{.Name}} {{end}}", network]).catch(() => "");
      for (const name of names.split(/\s+/).filter((word) => word !== ""))
        await docker(["network", "disconnect", "--force", network, name]).catch(() => undefined);
    }
  }

  /** In the order of their numbers. */
  async containers(service: string): Promise<Container[]> {
    const filters = [`project=${this.name}`, `service=${service}`].flatMap((value) => ["--filter", `label=com.docker.compose.${value}`]);
    const ids = (await docker(["ps", "--all", "--quiet", "--no-trunc", ...filters])).split("\n").filter((id) => id !== "");
    if (ids.length === 0) return [];
    const details = JSON.parse(await docker(["inspect", ...ids])) as {
      Id: string;
      RestartCount: number;
      State: { Running: boolean; ExitCode: number };
      Config: { Labels: Record<string, string> };
    }[];
    const number = ({ Config }: (typeof details)[number]): number => Number(Config.Labels["com.docker.compose.container-number"]);
    details.sort((a, b) => number(a) - number(b));
    return details.map(({ Id, RestartCount, State }) => ({
      id: Id,
      running: State.Running,
      exitCode: State.ExitCode,
      restarts: RestartCount,
    }));
  }

  async first(service: string): Promise<Container> {
    const [found] = await this.containers(service);
    if (found === undefined) throw new Error(`there is no container of ${service}`);
    return found;
  }

  async kill(service: string): Promise<Container> {
    const victim = await this.first(service);
    await docker(["kill", "--signal", "KILL", victim.id]);
    return victim;
  }

  /** runc gives up where a busy machine leaves a process no time to freeze ("unable to freeze"): it is asked again. */
  async pause(id: string): Promise<void> {
    await again("unable to freeze", PAUSE_TRIES, () => docker(["pause", id]));
  }

  async get(path: string): Promise<Response> {
    return fetch(`${PAGE}${path}`, { signal: AbortSignal.timeout(5_000) });
  }

  /** As soon as it answers: fifty containers keep it busy, and a new one takes a moment. */
  state(): Promise<State> {
    return this.until("an answer", () => true);
  }

  /** Polls what the monitor says until the condition holds. */
  async until(what: string, condition: (state: State) => boolean, limitMs = 60_000): Promise<State> {
    const beganMs = performance.now();
    for (;;) {
      const state = await this.get("/api/state")
        .then((answer) => answer.json() as Promise<State>)
        .catch(() => undefined);
      if (state !== undefined && condition(state)) return state;
      if (performance.now() - beganMs > limitMs) throw new Error(`${what}: not within ${limitMs / 1000} s; ${shown(state)}`);
      await later(POLL_MS);
    }
  }

  /** The folders of the runs so far, oldest first, copied into a folder of this machine. */
  async runs(into: string): Promise<string[]> {
    const { id } = await this.first("monitor");
    await docker(["cp", `${id}:/app/runs`, into]);
    return readdirSync(join(into, "runs"))
      .sort()
      .map((name) => join(into, "runs", name));
  }
}

export function manifestOf(run: string): Manifest {
  return JSON.parse(readFileSync(join(run, "manifest.json"), "utf8")) as Manifest;
}

export function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Does what a busy engine may refuse with `reason`. */
async function again(reason: string, tries: number, attempt: () => Promise<unknown>): Promise<void> {
  for (let left = tries - 1; ; left--) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (left === 0 || !String(error).includes(reason)) throw error;
      await later(POLL_MS);
    }
  }
}
