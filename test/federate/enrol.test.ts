/** Registration as a process does it, against answers that a conductor gives when much has happened meanwhile. */
import { expect, test } from "vitest";
import { MemoryBroker } from "../../lib/bus/memory.ts";
import { Refusals } from "../../lib/bus/refusals.ts";
import { Subjects } from "../../lib/bus/subjects.ts";
import { type Applicant, enrolment, registered } from "../../lib/federate/enrol.ts";
import { Identity } from "../../lib/keys/identity.ts";
import { encodeControl } from "../../lib/wire/frame.ts";
import { CONTRACT, type Registration } from "../../lib/wire/messages.ts";
import { quiet, VERSION } from "./harness.ts";

const subjects = new Subjects("r");
const answer: Registration = {
  accepted: true,
  reason: "",
  retry: false,
  actors: [3],
  incarnations: [3],
  scenarioParts: 1,
  virtualClock: false,
  speed: 1,
  outDir: "",
  command: [],
  epoch: 7,
  contract: CONTRACT,
  version: VERSION,
  rights: "",
};

function applicantOn(broker: MemoryBroker, signal?: AbortSignal): Applicant {
  const self = { role: "guest", process: "guest-a", version: VERSION, capacity: 1, realFaults: false, limitMs: 60_000, log: quiet };
  return { ...self, bus: broker.connect(), userKey: new Identity().publicKey, subjects, refusals: new Refusals(), signal };
}

test("a lease that comes back as another incarnation's ends the process: nobody would take what it sends", async () => {
  const broker = new MemoryBroker();
  broker.connect().subscribe(subjects.renew("guest-a"), ({ respond }) => respond(encodeControl("registration", answer)));
  const held = { actors: [3], incarnations: [1], epoch: 7 };
  await expect(registered(applicantOn(broker), held)).rejects.toMatchObject({
    code: "AERO_E_REGISTER",
    message: expect.stringContaining("another process has had the actors of this guest"),
  });
  expect(await registered(applicantOn(broker), { ...held, incarnations: [3] })).toEqual(answer);
});

test("who is told to go does not wait for the scenario of a conductor that is gone, nor ask in a busy loop", async () => {
  const stop = new AbortController();
  const broker = new MemoryBroker();
  let asked = 0;
  broker.fate = () => {
    asked++;
    return { copies: 1, delayMs: 0 };
  };
  const waiting = enrolment(applicantOn(broker, stop.signal), answer);
  setTimeout(() => stop.abort(), 500);
  expect(await waiting).toBeUndefined();
  expect(asked).toBeLessThan(10);
});
