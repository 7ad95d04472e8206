/** Commands as a POSIX shell reads them. */

/** One word. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A command's words as one line. */
export function shellLine(words: readonly string[]): string {
  return words.map(quoted).join(" ");
}
