/** What runs, actors, roles and processes are called: a name is one token of a subject of the bus, and part of a file's name. */
export const NAME_LENGTH = 64;
const NAME = new RegExp(`^[A-Za-z0-9_-]{1,${NAME_LENGTH}}$`);

/** Reads on after "allowed: ". */
export const NAME_RULE = `1 to ${NAME_LENGTH} of A-Z, a-z, 0-9, _ and -`;

export function isName(text: string): boolean {
  return NAME.test(text);
}
