/** What docs/policies.md says of each policy beside its module's own words. */
export interface Known {
  readonly knows: string;
  readonly acts: string;
  /** What becomes of guests that say nothing, or what is not so. */
  readonly silent: string;
  readonly faults: string;
}

export const KNOWN: Readonly<Record<string, Known>> = {
  "shares-idle-tax": {
    knows:
      "Its own samples: of 100 pages of each VM, chosen at random, how many were touched in 30 s of the VM's time. The " +
      "estimate of active memory is the largest of a slow average, a fast one, and the fast one with the sample in progress, " +
      "so it rises at once and falls slowly.",
    acts:
      "Every 15 s, and when the host's state or roster changes, each VM's entitlement is computed from its shares and its " +
      "active memory, between its minimum and its size; an idle page costs 1 / (1 - tax) as much as an active one. The " +
      "entitlements leave free memory just above the high threshold. In the high state nothing is taken back, and VMs may " +
      "grow into what is free. Soft: balloons; hard: the host swaps down to the targets; low: no VM above its target runs. No " +
      "limit of speed but the driver's; a balloon takes 65 % of a VM at most.",
    silent:
      "One that is silent keeps its last estimate. One that lies is not believed: the samples are the host's own. A stuck " +
      "driver's VM is swapped.",
    faults:
      "A sample of 100 pages is 5 points off at one standard deviation, and the largest of three averages errs upwards: in the setting " +
      "of figure 7 the idle VM keeps 110 to 115 MB, where 101 are published and samples of 1000 pages give them. A " +
      "page in the balloon is never seen to be active, so what a squeezed VM needs shows only once it has more. The gains of " +
      "the averages are not published.",
  },
  esx: {
    knows: "As `shares-idle-tax`, with a limit per VM.",
    acts:
      "The same rule with a tax that grows with the idle share (vSphere 6.5 on), and thresholds that follow the sliding " +
      "minFree of vSphere 4.1 and later: soft below 64, hard below 32 and low below 16 % of it. vSphere 6 has a clear state " +
      "between high and soft, and leaves the balloons alone in the hard and low states, where it swaps down to the targets. " +
      "States of 2002 and of vSphere 5 can be chosen. From vSphere 4.1 on (not with the states of 2002) the host compresses what it " +
      "would swap: in the hard and low states, and in the soft one where no balloon can give; a tenth of a VM's size at most, " +
      "then the oldest is swapped (`host.compression`).",
    silent: "As `shares-idle-tax`.",
    faults:
      "On a small host minFree leaves little between soft and low: a burst is met by swapping and by stopping VMs before " +
      "balloons have moved. The curve of the progressive tax and the widths of the hysteresis are not published: the first is " +
      "linear here, the second the scenario's margin. Large pages are not modelled.",
  },
  proxmox: {
    knows: "The host's available memory, and of each guest its balloon and what it calls free: page cache counts as used.",
    acts:
      "Every 10 s the distance of the host from 80 % of use is handed out or taken back, in proportion to shares above the " +
      "minimum, at most 100 MiB a VM and cycle; within 10 MiB of the goal nothing is done. VMs whose free memory is below a " +
      "quarter of their minimum count as pressed: they grow first and shrink last. A VM is set to its minimum when it starts. " +
      "The first cycle only looks. VMs without balloon, minimum or shares are left out.",
    silent:
      "One that reports no free memory counts as pressed; statistics are used however old they are. A stuck driver is counted " +
      "at what it says, and asked again in every cycle.",
    faults:
      "It shrinks while it grows, so two VMs near the border exchange 100 MiB for ever (case 16 of its own tests; scenario " +
      "`oscillation`). A VM at its minimum can not ask, whatever it suffers (scenario `minimum`). 10 MiB a second is slow " +
      "against a sudden need.",
  },
  mom: {
    knows: "Means over ten readings, one each 5 s, of the host's free memory and of each guest's balloon and unused memory.",
    acts:
      "Every 10 s: while less than 20 % of the host is free, every guest shrinks by at most 5 % towards what it uses and the " +
      "host's own free share of its size; otherwise every guest grows by at least 5 %, up to a fifth more than it uses. Below " +
      "5 % of free memory guests are pushed into their own swap. Changes below 0.25 % are left. No guest is weighed against " +
      "another. Page sharing runs by the same readings.",
    silent:
      "One that reports no unused memory counts as full; one without a balloon value stops the evaluation for all. What a " +
      "guest says is believed, and nothing notices a stuck driver.",
    faults:
      "Sizes lag demand, so that it is slower than plain swapping when demand shifts quickly (VSwapper, section 5.2; the table of " +
      "`shifting-hot`, and [decision 17](decisions/0017-the-host-is-its-policys.md)): it squeezes guests that are " +
      "about to be busy, and these swap on top of the host. No shares.",
  },
  vdsm: {
    knows: "As `mom`, with a reading each 15 s.",
    acts:
      "MOM's rules as oVirt ships them, every 15 s, with balloons off: guests only grow, by at least 5 % a cycle, or in one " +
      "jump to what they use and the host's free share of their size. A guest below its minimum is put at it.",
    silent: "Guests without a balloon value or unused memory are left out.",
    faults: "It never takes memory back, so that the host swaps when it is short.",
  },
  "vdsm-balloon": {
    knows: "As `vdsm`.",
    acts:
      "The same with balloonEnabled: while less than 20 % of the host is free, guests shrink by at most 5 % a cycle, as under " +
      "`mom`; they grow in one jump to what they use and the host's free share of their size.",
    silent: "As `vdsm`.",
    faults: "Those of MOM, and slower: the cycle is 15 s.",
  },
  squeezed: {
    knows: "What the host has free, and what each driver says it has: nothing of need.",
    acts:
      "Every VM gets the same fraction of its range from minimum to size. What frees memory is done first; nothing is " +
      "promised that has not arrived. A check every 10 s, and while it acts an iteration a second; 4 KiB off target count as " +
      "reached. A VM that starts is first promised memory, freed for it, and counts at the promise until its driver speaks.",
    silent:
      "A driver without progress for 5 s is left out of the run, and keeps what it has. Events (`policy-notice`) tell of " +
      "drivers off their target for more than 20 s, and of starts that would have been refused.",
    faults:
      "An idle VM gets as much as a busy one. A stuck driver keeps its memory and the others pay (scenario `stuck-driver`); " +
      "one page in 5 s counts as progress; every run begins with everyone innocent. A VM's start gets more than its part, " +
      "since a minimum that is not there yet is not counted as taken.",
  },
  qmemman: {
    knows: "What each guest reports as used.",
    acts:
      "A guest's report starts it. 1.3 times what a guest uses is its preferred memory, at least 200 MiB; what is over is " +
      "divided in proportion to that. It acts when a guest below its preference would gain 15 MiB, or 150 MiB would move in " +
      "all: donors first, then acceptors as memory comes free, a step each 0.1 s.",
    silent:
      "Guests that report nothing are left out. A donor that kept what it was to give is blamed (event `policy-notice`) and " +
      "left out while it does not move; an acceptor waits half a second for it. A guest that reports too much is believed.",
    faults:
      "When it squeezes donors, acceptors usually wait for a later round: what donors can spare is subtracted where it should " +
      "be added.",
  },
  hyperv: {
    knows: "What each guest has committed, once a second; not how much of it is used.",
    acts:
      "Every second each VM is to have what it committed and a buffer of 20 %. When that is too much for the host, the " +
      "pressures (committed over assigned) are levelled by weight, or VMs are served in the order of their weights. A VM " +
      "starts at its start-up memory; its first 45 s of reports do not count. Where nothing is published a parameter says " +
      "what is chosen.",
    silent: "One that does not report keeps what it is assigned, and the others share the rest. A driver gives what it has and no error.",
    faults:
      "Committed memory counts what is never touched; a big commit with a percentage on top makes idle VMs dear. The " +
      "balancer's rule, steps and bands are not published.",
  },
  "balance-available": {
    knows: "Every second, what the host has available, and of each guest its free memory and its cache.",
    acts:
      "ChromeOS. For each VM alone the head-room of host and guest, above what each finds critical, is made equal; " +
      "differences below 2 % are left. A guest that survives below its critical size teaches the policy a lower one. A " +
      "balloon that inflates by less than 15 MiB/s counts as stalled: 128 MiB are given back, and it is not inflated for 10 " +
      "s.",
    silent: "One whose figures are older than 5 s is skipped; figures are believed.",
    faults: "Free and cache count as head-room alike, so a guest with a useful cache loses it. Many VMs act on one head-room at once.",
  },
  "limit-cache": {
    knows: "Every second, the host's free and available memory, and of each guest its free memory and its cache.",
    acts:
      "ChromeOS, before `balance-available`. It takes what a guest has free beyond its kernel's reserve and some 300 MiB. As " +
      "the host falls below its moderate and its critical margin, it takes more, as long as the guest's cache is above a " +
      "limit for each. Near its goal it rests.",
    silent: "One whose figures are older than 5 s is skipped; figures are believed.",
    faults:
      "It gives back only when the host has memory again: a guest in need of anonymous memory is served late. The limits were " +
      "set by device; those for the two margins are a choice.",
  },
  senpai: {
    knows: "Each guest's total of time in which some task stalled for memory (PSI).",
    acts:
      "Meta. Each guest alone, a look each second: while a guest stalls for less than 10 ms in 6 s it loses up to 1 % of its " +
      "size; when it stalls more it gets memory back at once, in proportion to how much it is over.",
    silent: "One without PSI, or whose figures are old, keeps its size. One that claims to stall is given all that it may have.",
    faults:
      "It squeezes also when the host has plenty, and has no word when the host is short. A sudden need is met by what was " +
      "stalled, not by what is needed.",
  },
  "self-balloon": {
    knows: "Each guest its own committed memory.",
    acts:
      "Xen. Each guest sets its own target. As the daemon xenballoond, every 2 s: a fifth more than it has committed, at most " +
      "1536 MiB, down by a tenth of the way and up at once. With `flavour: kernel`, as the driver in Linux up to 5.2, every 5 s: what " +
      "it has committed and its reserve, down by an eighth of the way. Neither goes below a floor that grows with the size.",
    silent: "One that is silent or stuck keeps its size: the host has no word.",
    faults: "All guests may want all of it at once. Committed memory is not what is used, and a page cache counts for nothing.",
  },
  "free-page-reporting": {
    knows: "Nothing: the host only sees pages come back.",
    acts:
      "No targets. Every guest with a driver goes over a sixteenth of its free list every 2 s and reports the free blocks of 2 MiB " +
      "in it; the feature is switched on in all of them. Where that is not enough the host swaps.",
    silent: "One that reports nothing keeps what it has touched.",
    faults:
      "A page cache is never given back, and nobody asks for it: guests keep what they once filled. Touching a reported page " +
      "is a fault.",
  },
  static: {
    knows: "Nothing.",
    acts: "What an operator sets by hand, once: targets by VM or group.",
    silent: "The target stands, and is sent again while no driver answers.",
    faults:
      "Nothing follows demand. A target below the working set with deflate-on-OOM is never reached and never given up " +
      "(firecracker#4324).",
  },
  none: {
    knows: "Nothing.",
    acts: "No balloons: when memory is short the host swaps the pages that were not used for longest.",
    silent: "All are treated alike.",
    faults:
      "The host does not know what a page holds: it swaps what the guest holds dear, has itself written to its swap, or could " +
      "drop (VSwapper, section 2).",
  },
};
