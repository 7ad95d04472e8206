import { describe, expect, it } from "vitest";
import { MONITOR } from "../../lib/engine/actor.ts";
import { Identity } from "../../lib/keys/identity.ts";
import { CONTRACT, type Register } from "../../lib/wire/messages.ts";
import type { Lease } from "../../services/conductor/place.ts";
import { Roster } from "../../services/conductor/roster.ts";

const entries = [
  { id: 0, name: "conductor", role: "conductor" },
  { id: 1, name: "monitor", role: "monitor" },
  { id: 2, name: "h", role: "hypervisor" },
  { id: 3, name: "vm-1", role: "guest" },
  { id: 4, name: "vm-2", role: "guest" },
  { id: 5, name: "vm-3", role: "guest" },
] as const;

const make = () => new Roster({ entries, run: "r", version: "1", epoch: 7, expiryMs: 1000 });

const USER_KEY = new Identity().publicKey;

function asks(process: string, more: Partial<Register> = {}): Register {
  const self = {
    run: "r",
    role: "guest",
    process,
    contract: CONTRACT,
    version: "1",
    capacity: 1,
    heldActors: [],
    pid: 1,
    realFaults: true,
    userKey: USER_KEY,
    epoch: 7,
  };
  return { ...self, ...more };
}

function leased(roster: Roster, message: Register, nowMs: number): Lease {
  const verdict = roster.register(message, nowMs);
  if (!("lease" in verdict)) throw new Error(verdict.reason);
  return verdict.lease;
}

describe("the roster", () => {
  it("leases in the order that it is given, and begins with some of its guests", () => {
    const roster = new Roster({ entries, run: "r", version: "1", epoch: 7, expiryMs: 1000, order: [5, 3, 4], leastGuests: 2 });
    expect(roster.missing(0)).toEqual(["monitor", "h", "vm-3", "vm-1"]);
    for (const role of ["monitor", "hypervisor"]) leased(roster, asks(role, { role }), 0);
    expect(leased(roster, asks("a"), 0).actors).toEqual([5]);
    expect(roster.missing(0)).toEqual(["vm-1"]);
    leased(roster, asks("b"), 0);
    expect(roster.missing(0)).toEqual([]);
    expect(leased(roster, asks("c"), 900).actors).toEqual([4]);
    expect(roster.present(1500).map((lease) => lease.process)).toEqual(["c"]);
    expect(roster.missing(1500)).toEqual(["monitor", "h", "vm-3"]);
  });

  it("gives nothing to a process whose lease is of an earlier conductor: it is in the middle of another run", () => {
    const roster = make();
    expect(roster.register(asks("a", { heldActors: [3], epoch: 6 }), 0)).toEqual({
      reason: "its lease is of an earlier conductor of this run",
      retry: false,
    });
  });

  it("a renewal gives no lease, and no other actors or role: what was asked for later would be another incarnation", () => {
    const roster = make();
    leased(roster, asks("a"), 0);
    roster.leave("a");
    const refused = { reason: "its lease has ended, or gone to another process", retry: false };
    // Its name was leased to a guest: with the rights of that name it asks for the host, and for another VM.
    expect(roster.register(asks("a", { role: "hypervisor", heldActors: [2] }), 0)).toEqual(refused);
    expect(roster.register(asks("a", { heldActors: [4] }), 0)).toEqual(refused);
    // A spare has had the actor meanwhile, and is gone again.
    expect(leased(roster, asks("spare"), 0)).toMatchObject({ actors: [3], incarnations: [2] });
    roster.leave("spare");
    expect(roster.register(asks("a", { heldActors: [3] }), 0)).toEqual(refused);
    expect(leased(roster, asks("b"), 0)).toMatchObject({ actors: [3], incarnations: [3] });
  });

  it("leases by role and capacity, in roster order", () => {
    const roster = make();
    expect(leased(roster, asks("a", { capacity: 2 }), 0)).toMatchObject({ actors: [3, 4], incarnations: [1, 1], realFaults: false });
    expect(leased(roster, asks("b", { capacity: 9 }), 0)).toMatchObject({ actors: [5], incarnations: [1], realFaults: true });
    expect(leased(roster, asks("c", { role: "monitor" }), 0).actors).toEqual([1]);
    expect(roster.missing(0)).toEqual(["h"]);
    expect(roster.register(asks("d"), 0)).toEqual({ reason: "all 3 identities of role guest are taken", retry: true });
    expect(roster.register(asks("e", { role: "monitor" }), 0)).toEqual({ reason: "the monitor is there already", retry: true });
  });

  it("takes no place from a silent process while another is empty", () => {
    const roster = make();
    for (const name of ["a", "b"]) leased(roster, asks(name), 0);
    expect(leased(roster, asks("c"), 90_000).actors).toEqual([5]);
    expect(leased(roster, asks("d"), 90_000)).toMatchObject({ actors: [3], incarnations: [2] });
  });

  it("gives the same lease to a process that asks again", () => {
    const roster = make();
    const first = leased(roster, asks("a"), 0);
    expect(leased(roster, asks("a"), 500)).toBe(first);
    expect(leased(roster, asks("a", { heldActors: [3] }), 90_000)).toBe(first);
  });

  it("keeps a silent process's lease until another asks, who is the next incarnation", () => {
    const roster = make();
    for (const name of ["a", "b", "c"]) leased(roster, asks(name), 0);
    expect(roster.heard("b", 900, 0)).toBe(true);
    expect(roster.missing(1500)).toEqual(["monitor", "h", "vm-1", "vm-3"]);
    expect(leased(roster, asks("d"), 1500)).toMatchObject({ actors: [3], incarnations: [2] });
    expect(roster.heard("a", 1600, 0)).toBe(false);
    expect(roster.register(asks("a", { heldActors: [3] }), 1600)).toEqual({
      reason: "its lease has ended, or gone to another process",
      retry: false,
    });
    for (const name of ["c", "d"]) expect(roster.heard(name, 1700, 0)).toBe(true);
    expect(leased(roster, asks("e"), 2600)).toMatchObject({ actors: [4], incarnations: [2] });
  });

  it("is ready when everybody has been heard to listen", () => {
    const roster = make();
    for (const name of ["a", "b", "c"]) leased(roster, asks(name), 0);
    expect(roster.missing(10)).toEqual(["monitor", "h"]);
    expect(roster.unready(10)).toEqual(["monitor", "h", "vm-1", "vm-2", "vm-3"]);
    for (const name of ["a", "c"]) roster.heard(name, 20, 0);
    expect(roster.unready(30)).toEqual(["monitor", "h", "vm-2"]);
  });

  it("a crashed actor stays down until its fault heals", () => {
    const roster = make();
    for (const name of ["a", "b", "c"]) leased(roster, asks(name), 0);
    roster.down(4, 5000);
    expect(roster.holder(4)).toBeUndefined();
    const verdict = roster.register(asks("d"), 500);
    expect(verdict).toMatchObject({ retry: true, reason: expect.stringContaining("vm-2 is down by a fault") });
    for (const name of ["a", "c"]) roster.heard(name, 4900, 0);
    expect(leased(roster, asks("d"), 5000)).toMatchObject({ actors: [4], incarnations: [2] });
  });

  it("of those who come while an actor is down, one waits for it though other places are empty", () => {
    const roster = make();
    leased(roster, asks("a"), 0);
    roster.down(3, 5000);
    const refusal = expect.stringContaining("vm-1 is down by a fault");
    expect(roster.register(asks("heir"), 500)).toEqual({ reason: refusal, retry: true });
    expect(leased(roster, asks("b"), 600).actors).toEqual([4]);
    expect(roster.register(asks("heir"), 4900)).toEqual({ reason: refusal, retry: true });
    expect(leased(roster, asks("heir"), 5000)).toMatchObject({ actors: [3], incarnations: [2] });
  });

  it("nobody waits for an actor whose crash never heals", () => {
    const roster = make();
    leased(roster, asks("a"), 0);
    roster.down(3, Number.POSITIVE_INFINITY);
    expect(leased(roster, asks("b"), 500).actors).toEqual([4]);
  });

  it("a stopped process keeps its lease for as long as it is excused", () => {
    const roster = make();
    for (const name of ["a", "b", "c"]) leased(roster, asks(name), 0);
    roster.excuse(3, 10_000);
    for (const name of ["b", "c"]) roster.heard(name, 10_000, 0);
    expect(roster.register(asks("d"), 10_900)).toHaveProperty("retry", true);
  });

  it.each([
    ["another contract", { contract: CONTRACT + 1 }, new RegExp(`speaks contract ${CONTRACT + 1}, this run contract ${CONTRACT} `)],
    ["another version", { version: "2" }, /is aerostat 2, this run is conducted by aerostat 1/],
    ["another run", { run: "x" }, /asks for run "x", this is run "r"/],
    ["a role that is none", { role: "conductor" }, /no role "conductor"/],
    ["a key without its checksum", { userKey: `U${"A".repeat(55)}` }, /no nkey of a user/],
    ["the key of an account", { userKey: `A${USER_KEY.slice(1)}` }, /no nkey of a user/],
    ["no capacity", { capacity: 0 }, /of no use/],
  ])("refuses %s for good", (_name, change, reason) => {
    expect(make().register(asks("a", change), 0)).toMatchObject({ retry: false, reason: expect.stringMatching(reason) });
  });

  it("takes nobody new when it is closed", () => {
    const roster = make();
    const lease = leased(roster, asks("a"), 0);
    roster.close("the run has begun");
    expect(roster.register(asks("b"), 0)).toEqual({ reason: "the run has begun", retry: false });
    expect(leased(roster, asks("a"), 0)).toBe(lease);
  });

  it("closed, still takes the role that is left open, whose crashes are over with the run", () => {
    const roster = make();
    leased(roster, asks("m1", { role: "monitor" }), 0);
    roster.down(MONITOR, Number.POSITIVE_INFINITY);
    expect(roster.register(asks("m2", { role: "monitor" }), 10)).toMatchObject({ retry: true });
    roster.close("the run is over", "monitor");
    expect(leased(roster, asks("m2", { role: "monitor" }), 20)).toMatchObject({ actors: [MONITOR], incarnations: [2] });
    expect(roster.register(asks("b"), 20)).toEqual({ reason: "the run is over", retry: false });
  });
});
