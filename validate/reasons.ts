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
      "the waits of one operation at the banks that it visits in turn are taken as independent; a crowd that one of them meets is " +
      "still there for the next.",
  },
  {
    rows: /^esx\/dbench\//,
    why:
      "what is modelled of a ballooned guest's cost are kernel structures and watermarks of the larger size; the measured " +
      "overhead is that of 4 to 7 MB at every size, also where structures differ by less than 1 MB: it has other causes.",
  },
  {
    rows: /^vswapper\/kernel-build\/host-swapping$/,
    why:
      "a build's compilers take and free anonymous memory all the time, and the host reads what it swapped out of it only for it " +
      "to be overwritten: 1.1 of the 3 extra minutes of figure 12 are such false reads (what the Preventer saves). The fitted " +
      "pattern uses files alone, since the ballooning curve does not show how much is allocated.",
  },
  {
    rows: /^real-guest\/b-dirty/,
    why:
      "Linux holds up who dirties pages faster than the disk writes them (balance_dirty_pages): 2,131 of 20,000 accesses a second " +
      "were measured before the first event. The model lets them go on, so they take CPU time from the balloon and dirty more of " +
      "the cache.",
  },
  {
    rows: /^real-guest\/f-.*stream.*\/(3-.*(anonymous|file|miss)|total\/.*)$/,
    why:
      "at the last level the stream's pages come back after just about as many evictions and activations as the active lists " +
      "hold. The kernel's own count hovers there (1,700 to 5,000 of 5,000 refaults a second were activated); in the model all of " +
      "a loop's pages are as far, so all fall to one side, and the anonymous memory wins. The totals have most of their error " +
      "there.",
  },
  {
    rows: /^real-guest\/f-(?!.*\/move$)/,
    why:
      "how far the scan has come over anonymous memory, which it spares in its first round, goes by how often the file misses. " +
      "The file's threads made between 1,800 and 5,900 accesses a second within one level at the same memory, which is more than " +
      "the host's record of the emulator's CPU time explains.",
  },
  {
    rows: /^real-guest\/[^/]*-200[^/]*\/.*anonymous$/,
    why:
      "on a disk of 200 operations a second reclaim sent 22,600 pages within 2 s, of which the guest needed half, and kept the " +
      "others in the swap cache: a write carried 45 to 70 pages there, and 5 to 15 on a disk without a limit (counted by QEMU), " +
      "so a page took less CPU time. The model has one CPU time for a page written; one for a write beside it did not make the " +
      "fitted half better.",
  },
  {
    rows: /^real-guest\/[^/]*\/\d-(?!balloon:(768|1024)\/)[^/]*\/move$/,
    why:
      "times of inflations are of the emulated CPU, of which the host gave two thirds to all of a core in these seconds; that is taken " +
      "from its own record. A page that reclaim takes costs 80 to 110 us in steady states and about 130 us while the balloon grows: " +
      "what makes up the difference is not found, so beside four faulting threads the model is a quarter to a half too fast at the " +
      "lower levels. Beside threads that pace themselves the driver got more than the fair share of a CPU that the model gives it.",
  },
  {
    rows: /^real-guest\/.*\/\d-balloon:(768|1024)\/move$/,
    why:
      "an idle guest gave back at 818 and 1,340 MiB/s, others under like load took 1.4 and 5.7 s: the emulator's host was shared, " +
      "also its memory's speed, and one speed is fitted for all.",
  },
  {
    rows: /^real-guest\/.*-pc3\/[23]-.*\/(miss|anonymous)$/,
    why:
      "kswapd just does its work in its fifth of the CPU: the guest kept 50 MiB free, the model falls to 40 and has so much more " +
      "resident.",
  },
  {
    rows: /^real-guest\/.*-pc3\/(1-.*\/miss|total\/.*)$/,
    why:
      "swap read-ahead raises itself where nearly all is resident: pages that it brought and that were used widen its window " +
      "(0.24 to 0.57 of them for each fault within the level), and more of memory is then unmapped. The model's window settles " +
      "lower, in the mean of faults that are not alike.",
  },
  {
    rows: /^real-guest\/c-z099-5000-ro\/.*miss$/,
    why:
      "kswapd and the faults share one CPU and just balance: in the model kswapd gains on them, and more than 10 MiB more are " +
      "free; in the guest it did not. 3 % of what is resident are 40 % of the misses there.",
  },
  {
    rows: /^real-guest\/d-.*\/2-.*\/miss$/,
    why:
      "taken while the footprint comes back: the last missing pages are the coldest, and a second's difference is a third of the " +
      "ratio.",
  },
  {
    rows: /^real-guest\/(c-z08-1000-rate3k|d-|g-).*\/total\/.*$/,
    why: "follow the time of the balloon's moves: who gets to the target sooner faults for longer below it.",
  },
  {
    rows: /^real-guest\/summary\//,
    why:
      "the worst of the rows above: read-ahead at the first level of c-z099-none-pc3 (steady), and a ratio of hardly any faults " +
      "while the footprint of d-z08-none comes back (transient). The medians are met.",
  },
];
