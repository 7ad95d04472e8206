/** Why rows are missed, as far as it was found out. A reason that fits no missed row is not shown. */

export interface Reason {
  /** Of the ids of the rows that it explains. */
  readonly rows: RegExp;
  readonly why: string;
}

export const REASONS: readonly Reason[] = [
  {
    rows: /^queueing\/events\/.*\/p99$/,
    why:
      "the waits of one operation at the banks that it visits in turn are taken as independent; a crowd that one of them meets " +
      "is still there for the next.",
  },
  {
    rows: /^esx\/dbench\//,
    why:
      "what is modelled of a ballooned guest's cost are kernel structures and watermarks of the larger size; the " +
      "measured overhead is that of 4 to 7 MB at every size, also where structures differ by less than 1 MB: it has other causes.",
  },
  {
    rows: /^vswapper\/kernel-build\/host-swapping$/,
    why:
      "a build's compilers take and free anonymous memory all the time, and the host reads what it swapped out of it only for it to be " +
      "overwritten: 1.1 of the 3 extra minutes of figure 12 are such false reads (what the Preventer saves). The fitted pattern " +
      "uses files alone, since the ballooning curve does not show how much is allocated.",
  },
  {
    rows: /^real-guest\/f-.*stream/,
    why:
      "pages of a streamed file are all used once; Linux balances the lists by what comes back (workingset refaults), " +
      "and lets the stream push out anonymous memory far more than the model does.",
  },
  {
    rows: /^real-guest\/f-/,
    why:
      "Linux spares anonymous memory while cache is inactive and plenty (cache_trim_mode, and swappiness weighed by " +
      "refault cost); the model begins to swap a little too early.",
  },
  {
    rows: /^real-guest\/.*\/move$/,
    why:
      "times of balloon moves are of the emulated CPU: reclaim under load took 10 to 40 times as long as free pages, " +
      "and one speed for all does not catch when the first squeeze ends.",
  },
  {
    rows: /^real-guest\/[^/]*-200[^/]*\//,
    why:
      "on a disk of 200 operations a second Linux swaps out whole batches more than it needs, since the reads that " +
      "would show it come late; the model takes only what is asked.",
  },
  {
    rows: /^real-guest\/.*(miss|total\/.*|recovery-.*|shift.*)$/,
    why:
      "follow the resident size: 2 % of it is 5 to 30 % of the misses where nearly all is resident. Read-ahead into the " +
      "swap cache (page-cluster 3) and swap-cache hits after a squeeze are not modelled.",
  },
  {
    rows: /^real-guest\/summary\//,
    why:
      "as the rows that they sum up; the worst one is a ratio of nearly no faults (f-z08-z08-sw10), or one taken while " +
      "the footprint is all but back.",
  },
  {
    rows: /^real-guest\/.*\/(free|anonymous|file|actual)$/,
    why: "see the reasons for the experiment's misses: what is resident follows from what is reclaimed.",
  },
];
