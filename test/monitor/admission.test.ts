import { afterEach, describe, expect, test } from "vitest";
import { tokenFor } from "../../services/monitor/admission.ts";
import { Aggregator } from "../../services/monitor/aggregate/aggregator.ts";
import { type HttpServer, startHttp } from "../../services/monitor/http.ts";
import { fakeScenario } from "./fake.ts";

const TOKEN = "0123456789abcdef-token";
let server: HttpServer | undefined;
afterEach(() => server?.close());

describe("with a token", () => {
  const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

  test.each([
    ["nothing", undefined, 401],
    ["a bearer", `Bearer ${TOKEN}`, 200],
    ["a password", basic("anybody", TOKEN), 200],
    ["another bearer", `Bearer ${TOKEN}x`, 401],
    ["another password", basic(TOKEN, "x"), 401],
    ["an empty bearer", "Bearer ", 401],
    ["another scheme", `Digest ${TOKEN}`, 401],
  ])("a request that brings %s", async (_what, authorization, expected) => {
    const run = { id: "r", clock: "wall", bus: "nats", version: "0" };
    server = await startHttp({ token: TOKEN });
    server.show({ aggregator: new Aggregator(fakeScenario()), run });
    const headers = authorization === undefined ? {} : { authorization };
    for (const path of ["", "api/state", "metrics", "nowhere"]) {
      const { status, headers: told } = await fetch(`${server.url}${path}`, { headers });
      expect(status, path).toBe(expected === 200 && path === "nowhere" ? 404 : expected);
      if (expected === 401) expect(told.get("www-authenticate")).toMatch(/^Basic /);
    }
    expect((await fetch(`${server.url}healthz`)).status).toBe(200);
  });
});

describe("whether a token is needed", () => {
  test.each(["127.0.0.1", "127.1.2.3", "::1", "localhost"])("not on %s", (host) => {
    expect(tokenFor(host, undefined, false)).toBeUndefined();
    expect(tokenFor(host, TOKEN, false)).toBe(TOKEN);
  });
  test.each(["0.0.0.0", "::", "192.168.1.2", "example.org", "127.0.0.1.example.org"])("on %s, unless somebody opens it", (host) => {
    expect(() => tokenFor(host, undefined, false)).toThrow(/set AEROSTAT_HTTP_TOKEN to at least 16 characters, or say --http-open/);
    expect(tokenFor(host, undefined, true)).toBeUndefined();
    expect(tokenFor(host, TOKEN, false)).toBe(TOKEN);
  });
  test("and it is not short", () => {
    expect(() => tokenFor("127.0.0.1", "short", false)).toThrow(/5 characters; at least 16/);
  });
});
