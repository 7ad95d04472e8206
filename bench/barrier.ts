/**
 * One process of the windows bench: it plays one actor in the windows of the virtual clock, and beside it answers a bare
 * barrier of two tiny messages, for which nothing of this project is used.
 *
 * Arguments: NATS url, number of this process, number of processes, "talk" where each event sends a message.
 */
import { connect } from "nats";
import { connectNats } from "../lib/bus/nats.ts";
import { Refusals } from "../lib/bus/refusals.ts";
import type { Actor, Context } from "../lib/engine/actor.ts";
import { WindowMember } from "../lib/federate/window.ts";
import { type Done, encodeGrant, readDone } from "../lib/wire/batch.ts";
import { decodeEnvelope, encodeEnvelope } from "../lib/wire/codec.ts";
import { isRefusal, type Opened, open } from "../lib/wire/frame.ts";
import type { Message } from "../lib/wire/messages.ts";
import { actorOf, EPOCH, partnerOf, RUN } from "./barrierplan.ts";
import { toyScenario } from "./toy.ts";

const [url = "", own = "0", all = "1", talk] = process.argv.slice(2);
const index = Number(own);
const count = Number(all);
const scenario = toyScenario(count, 1e15);
const WARM_UP_WINDOWS = 20_000;

/** All step at the same time, so all processes are woken in every window. A message is taken silently. */
class Ticker implements Actor {
  start(context: Context): void {
    context.after(scenario.stepNs, "step");
  }

  receive(): void {}

  wake(_timer: string, _data: number, context: Context): void {
    if (talk === "talk") context.send(partnerOf(index), "accessSample", { pages: 1, touched: 1, periodNs: 1, over: true });
    context.after(scenario.stepNs, "step");
  }

  digest(): void {}
}

function memberThat(publish: (frame: Uint8Array) => void): WindowMember {
  return new WindowMember({
    enrolment: {
      run: RUN,
      actors: [actorOf(index)],
      incarnations: [1],
      scenario,
      virtual: true,
      speed: 1,
      outDir: "",
      command: [],
      epoch: EPOCH,
    },
    cast: () => () => new Ticker(),
    refusals: new Refusals(),
    publish,
    onError: (error) => {
      throw error;
    },
  });
}

/** A run lasts for many thousands of windows: what counts is the rate at which they go once the code is compiled. */
function warmUp(): void {
  let answer: readonly Uint8Array[] = [];
  const member = memberThat((frame) => {
    const done = open(frame);
    answer = isRefusal(done) ? [] : ((readDone(done) as Done).envelopes ?? []);
  });
  for (let window = 1; window <= WARM_UP_WINDOWS; window++) {
    const mine = answer.map((bytes) => decodeEnvelope(RUN, bytes) as Message);
    const horizonNs = window * scenario.stepNs;
    const back = { source: partnerOf(index), destination: actorOf(index), deliverAtNs: horizonNs };
    const envelopes = mine.map((message) => encodeEnvelope(RUN, { ...message, ...back }));
    for (const frame of encodeGrant({ epoch: EPOCH, window, horizonNs, envelopes })) member.take(open(frame) as Opened);
  }
}

warmUp();
const bus = await connectNats({ url });
const member = memberThat((frame) => bus.publish(`bench.done.${index}`, frame));
bus.subscribe(`bench.grant.${index}`, ({ data }) => {
  const opened = open(data);
  if (!isRefusal(opened)) member.take(opened);
});
await bus.flush();

const bare = await connect({ servers: url, noAsyncTraces: true });
const tiny = new Uint8Array(8);
bare.subscribe(`bare.go.${index}`, { callback: () => bare.publish(`bare.done.${index}`, tiny) });
await bare.flush();
bare.publish("bench.ready", tiny);

// The bench holds the other end of stdin.
process.stdin.once("end", () => process.exit(0)).resume();
