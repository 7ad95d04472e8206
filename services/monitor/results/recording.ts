/** The tables of one run folder, and the series of its report, filled message by message. */
import { rosterOf } from "../../../lib/scenario/roster.ts";
import type { Scenario } from "../../../lib/scenario/scenario.ts";
import type { TelemetryMessage } from "../aggregate/aggregator.ts";
import { SeriesStore } from "../report/series.ts";
import {
  ACTIONS,
  type ActionRow,
  EVENTS,
  type EventRow,
  type GuestRow,
  HOST,
  type HostRow,
  LATENCY,
  type LatencyRow,
  SAMPLES,
  SERVICES,
  type ServiceRow,
} from "./columns.ts";
import { LatencyWindows } from "./latencies.ts";
import { GROUP_ROWS, Table, type TableFile, type TableOptions } from "./table.ts";

export class Recording {
  readonly series: SeriesStore;
  readonly #names: readonly string[];
  readonly #samples: Table<GuestRow>;
  readonly #host: Table<HostRow>;
  readonly #actions: Table<ActionRow>;
  readonly #events: Table<EventRow>;
  readonly #services: Table<ServiceRow>;
  readonly #latency: Table<LatencyRow>;
  readonly #windows: LatencyWindows;

  constructor(folder: string, scenario: Scenario, options: TableOptions = {}) {
    this.#names = rosterOf(scenario).map((entry) => entry.name);
    this.series = new SeriesStore(scenario);
    // With many VMs a row group has several rows of each: its dictionary of names is then worth its cost.
    const groupRows = Math.min(65_536, Math.max(GROUP_ROWS, 8 * scenario.guests.length));
    this.#samples = new Table(folder, "samples", SAMPLES, { groupRows, ...options });
    this.#host = new Table(folder, "host", HOST, options);
    this.#actions = new Table(folder, "actions", ACTIONS, options);
    this.#events = new Table(folder, "events", EVENTS, options);
    this.#services = new Table(folder, "services", SERVICES, options);
    this.#latency = new Table(folder, "latency", LATENCY, options);
    this.#windows = new LatencyWindows(scenario, (row, subject) => this.#latency.add(row, subject));
  }

  /** Takes an admitted message. */
  add(message: TelemetryMessage): void {
    switch (message.kind) {
      case "guestSample":
        this.#samples.add(message, this.#name(message.source));
        this.#windows.add(message);
        this.series.addGuest(message);
        return;
      case "hostSample":
        this.#host.add(message, this.#name(message.source));
        this.series.addHost(message);
        return;
      case "controlAction":
        this.#actions.add(message, this.#name(message.body.guest));
        return;
      case "eventRecord":
        this.#events.add(message, this.#name(message.body.subject));
        return;
      case "serviceSample":
        this.#services.add(message, this.#name(message.body.service));
    }
  }

  /** Closes all tables. */
  finish(): readonly TableFile[] {
    this.#windows.finish();
    return this.#tables().flatMap((table) => table.finish());
  }

  #tables(): readonly Table<never>[] {
    return [this.#samples, this.#host, this.#actions, this.#events, this.#services, this.#latency] as unknown as Table<never>[];
  }

  #name(actor: number): string {
    return this.#names[actor] ?? `actor ${actor}`;
  }
}
