/** The live view in a pipe, against the monitor's own pages. */
import { expect, test, vi } from "vitest";
import { Show } from "../../cli/demo/show.ts";
import { Aggregator } from "../../services/monitor/aggregate/aggregator.ts";
import { startHttp } from "../../services/monitor/http.ts";
import { fakeScenario, fakeTelemetry } from "../monitor/fake.ts";

const TOKEN = "0123456789abcdef-token";

test("it brings the token that the pages ask for, and says once where they do not answer", async () => {
  const aggregator = new Aggregator(fakeScenario());
  for (const message of fakeTelemetry(fakeScenario())) if (aggregator.admit(message) >= 0) aggregator.take(message);
  const server = await startHttp({ token: TOKEN });
  server.show({ aggregator, run: { id: "r", clock: "wall", bus: "nats", version: "1" } });
  const shows = [TOKEN, undefined].map((token) => {
    const said: string[] = [];
    const show = new Show({ terminal: undefined, colour: false, token, write: (text) => void said.push(text) });
    show.follow(server.url);
    show.progress({ phase: "running", nowNs: 0, endNs: 1, window: 0, present: 6, waitingFor: [], actors: 6 });
    return { said, show };
  });
  const count = (which: number, pattern: RegExp): number => shows[which]?.said.filter((text) => pattern.test(text)).length ?? 0;
  try {
    await vi.waitFor(() => expect(count(0, / host \w+, free /)).toBe(2), { timeout: 30_000, interval: 200 });
    expect(count(1, /answers 401 \(Unauthorized\): nothing can be shown live/)).toBe(1);
    expect(count(0, /answers/)).toBe(0);
  } finally {
    for (const { show } of shows) show.close();
    await server.close();
  }
}, 40_000);
