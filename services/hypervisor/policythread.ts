/**
 * A thread for code of the user's own, which is asked as if it were a function: the asking thread stands still until it answers, or
 * for as long as it may take. Nothing that it does can hold up a run for longer, end the process or fill its memory.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { builtUrl } from "../../lib/built.ts";
import type { Answer, Call, ThreadData } from "./policyworker.ts";

const MEMORY_MB = 512;

/** Gave no answer in time: the thread is ended. */
export class TimedOut extends Error {}

export class PolicyThread {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #answers = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const workerData: ThreadData = { port: port2, answers: this.#answers };
    const resourceLimits = { maxOldGenerationSizeMb: MEMORY_MB };
    this.#worker = new Worker(builtUrl("services/hypervisor/policyworker.js"), { workerData, transferList: [port2], resourceLimits });
    // Whatever ends it is seen as an answer that does not come.
    this.#worker.on("error", () => undefined);
    this.#worker.unref();
    port1.unref();
  }

  /** Throws what the code throws, as an error of the same message; a TimedOut where `limitMs` is over. */
  ask(call: Call, limitMs: number): unknown {
    const before = Atomics.load(this.#answers, 0);
    this.#port.postMessage(call);
    const waited = Atomics.wait(this.#answers, 0, before, limitMs);
    const answer = receiveMessageOnPort(this.#port)?.message as Answer | undefined;
    if (waited === "timed-out" || answer === undefined) {
      this.end();
      throw new TimedOut(`took longer than ${limitMs} ms and was stopped`);
    }
    if ("error" in answer) throw new Error(answer.error);
    return answer.value;
  }

  end(): void {
    this.#port.close();
    void this.#worker.terminate();
  }
}
