/** Why rows are missed, as far as it was found out. A reason that fits no missed row is not shown. */

export interface Reason {
  /** Of the ids of the rows that it explains. */
  readonly rows: RegExp;
  readonly why: string;
}

export const REASONS: readonly Reason[] = [
  {
    rows: /^real-guest\/(.*\/psi-(some|full)|summary\/pressure-(median|worst))$/,
    why:
      "which reads are memory stalls follows the kernel's rule, but two things under it are coarse. Whether a page had been active " +
      "when it went (PG_workingset) is known by the order in which pages go, while among those that are gone it is mixed evenly: beside " +
      "a stream pages that count come in again later than in the guest, on a disk with 200 operations a second earlier. And threads " +
      "are taken as independent, while on one CPU they queue: when kswapd and one of them run in turn, nobody else can run, and " +
      "`full` is larger than the model's.",
  },
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
      "one run of moves of a second each beside writers that stand still (balance_dirty_pages): the driver had the CPU for itself, " +
      "of which the host gave it more than the mean that the model knows where the guest was idle. Reclaim in the guest stopped at " +
      "85 MiB free, the model goes to the marks.",
  },
  {
    rows: /^real-guest\/f-.*stream.*\/(3-.*(anonymous|file|miss)|total\/.*)$/,
    why:
      "at the last level the stream's pages come back after just about as many evictions and activations as the lists hold. The " +
      "kernel's count hovers there (1,500 to 5,000 of 5,000 refaults a second were activated, with a period of seconds, since ages are " +
      "those of some seconds ago), the model's means stand at one place. The emulator's CPU did more in this run than the sum over " +
      "counted events has: 2,000 faults a second, where the model has 1,500, and the totals follow.",
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
      "times of inflations are of the emulated CPU. What the host left it is taken from its own record, but what a second of that " +
      "CPU got done was not the same: against a sum over the faults, evictions, looks and accesses that the kernel counted it varies by " +
      "18 % (root mean square over 2 s, 413 windows in which the guest was never idle), and by more while the host is short. " +
      "Each move lasts a few such seconds, and one run was made of each.",
  },
  {
    rows: /^real-guest\/.*\/\d-balloon:(768|1024)\/move$/,
    why:
      "an idle guest gave back at 818 and 1,340 MiB/s, others under like load took 1.4 and 5.7 s: the emulator's host was shared, " +
      "also its memory's speed, and one speed is fitted for all.",
  },
  {
    rows: /^real-guest\/.*-pc3\/total\/.*$/,
    why:
      "the emulator's CPU did more in this run: up to 2,616 major faults and 3,640 evictions in one second, for which the sum over " +
      "counted events has 1.4 seconds of CPU time. The miss ratios and what read-ahead brings are the guest's.",
  },
  {
    rows: /^real-guest\/c-z099-5000-ro\/.*miss$/,
    why:
      "kswapd and the faults share one CPU and just balance: in the model kswapd gains on them, and more than 10 MiB more are " +
      "free; in the guest it did not. 3 % of what is resident are 40 % of the misses there.",
  },
  {
    rows: /^real-guest\/(c-z08-1000-rate3k|d-|g-).*\/total\/.*$/,
    why: "follow the time of the balloon's moves: who gets to the target sooner faults for longer below it.",
  },
  {
    rows: /^real-guest\/d-uni.*\/2-.*\/miss$/,
    why:
      "the end of d-uni-1000-pc3's recovery says little, whether met or not: " +
      "kswapd takes 2,000 to 2,900 pages every 2 to 3 s, the deflation meets it anywhere in between, and each second of that end is " +
      "a seventh of all accesses in the ratio. With the deflation moved by up to 2 s the model's ratio is 10 to 80 % above the " +
      "measured one (d-z08-none: 24 % below to 4 % above; d-z08-5000-pc3: 11 % below to 5 % above). Its mean is above, since a fault " +
      "without a read takes 24 (7) microseconds under that law and 75 are taken for all (decision 19).",
  },
];
