/** Faults done for real, on the wall clock, to the process that they are meant for. */
import { spawn } from "node:child_process";

/** As a kernel panic or a pulled plug: nothing is said, flushed or given back. */
export function crashProcess(): void {
  process.kill(process.pid, "SIGKILL");
}

/** Stops the process for a time. A stopped process can not wake itself: a helper outside does. */
export function stopProcess(forMs: number): void {
  const helper = spawn("/bin/sh", ["-c", 'sleep "$0"; kill -CONT "$1"', (forMs / 1000).toFixed(3), String(process.pid)], {
    detached: true,
    stdio: "ignore",
  });
  helper.unref();
  helper.once("spawn", () => process.kill(process.pid, "SIGSTOP"));
}
