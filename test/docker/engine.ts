/** The container engine of this machine, through its own command-line clients; every command has a time limit. */
import { execFile } from "node:child_process";
import { root } from "../../scripts/common.mjs";

export interface CommandOptions {
  readonly limitMs?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** Of 10 or more, what is wrong shows only at the end of what a command says. */
  readonly cwd?: string;
}

const LIMIT_MS = 60_000;
const SHOWN = 2_000;
const MAX_OUTPUT = 32 * 1024 * 1024;

/** What a command writes to stdout. Throws with the end of all that it wrote, where it fails or takes longer than its limit. */
export function command(words: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { limitMs = LIMIT_MS, env = {}, cwd = root } = options;
  const [program, ...args] = words as [string, ...string[]];
  const settings = { cwd, env: { ...process.env, ...env }, timeout: limitMs, killSignal: "SIGKILL", maxBuffer: MAX_OUTPUT } as const;
  return new Promise((resolve, reject) => {
    execFile(program, args, settings, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const why = error.killed ? `took longer than ${limitMs / 1000} s` : `ended with ${error.code ?? error.signal}`;
      reject(new Error(`${words.join(" ")}: ${why}\n${`${stdout}\n${stderr}`.trim().slice(-SHOWN)}`));
    });
  });
}

export const docker = (words: readonly string[], options?: CommandOptions): Promise<string> => command(["docker", ...words], options);

/** Whether a command succeeds. */
export function succeeds(words: readonly string[], options?: CommandOptions): Promise<boolean> {
  return command(words, options).then(
    () => true,
    () => false,
  );
}

/** Why nothing can be run in containers here; undefined: it can. */
export async function engineProblem(): Promise<string | undefined> {
  if (!(await succeeds(["docker", "--version"]))) return "no docker client is installed here";
  if (!(await succeeds(["docker", "version"], { limitMs: 10_000 }))) return "a docker client is here, but no engine answers it";
  return undefined;
}

/** The words that begin a compose command; undefined: there is no such client. */
export async function composeClient(): Promise<readonly string[] | undefined> {
  for (const client of [["docker", "compose"], ["docker-compose"]]) if (await succeeds([...client, "version"])) return client;
  return undefined;
}
