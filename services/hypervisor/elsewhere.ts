/** What a request meets at the other banks. */
import type { Aggregate, Customers } from "./customers.ts";

export interface Elsewhere {
  /** Wait at each, in the mean. */
  readonly waitNs: number;
  /** Closed requests at one bank. */
  readonly present: number;
  /** How much longer it waits for each customer more that is not at this bank. */
  readonly perCustomerNs: number;
}

/**
 * `atOne`: the classes with an open flow's part for one bank; `all`: their sums over the banks; `variation2`: of services, squared.
 *
 * In units of the service, a wait of w grows by (c + w) / (1 - load) with the load of those who read, c the rest of a service (Pollaczek
 * and Khinchin). Of a customer more, a part is at the banks, the larger the busier they are: exact for exponential services.
 */
export function elsewhereOf(banks: number, atOne: readonly Customers[], all: Aggregate, variation2: number): Elsewhere {
  const { rate, thinkNs, serviceNs, waitNs } = all;
  const present = (rate * (serviceNs + waitNs)) / banks;
  if (banks === 1 || rate === 0) return { waitNs, present, perCustomerNs: 0 };
  const reading = (rate * serviceNs) / banks;
  let load = reading;
  for (const of of atOne) load += of.perNs * of.serviceNs;
  const wait = waitNs / serviceNs;
  const grows = (1 + variation2) / 2 + wait;
  const perPresent = grows / (Math.max(0, 1 - load) * (1 + wait) + reading * grows);
  const atBanks = (1 + wait) / (1 + wait + (thinkNs / serviceNs) * (banks / (banks - 1)));
  const perCustomer = (perPresent * atBanks) / (1 - (1 - atBanks) * reading * perPresent) / (banks - 1);
  return { waitNs, present, perCustomerNs: perCustomer * serviceNs };
}
