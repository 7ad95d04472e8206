/** What runs, actors, roles and processes are called: a name is one token of a subject of the bus, and part of a file's name. */
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** Reads on after "allowed: ". */
export const NAME_RULE = "1 to 64 of A-Z, a-z, 0-9, _ and -";

export function isName(text: string): boolean {
  return NAME.test(text);
}
