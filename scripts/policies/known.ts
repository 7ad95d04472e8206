/** What docs/policies.md says of each policy beside its module's own words: how it acts, and what is known to go wrong. */
export interface Known {
  readonly acts: string;
  readonly faults: string;
}

export const KNOWN: Readonly<Record<string, Known>> = {
  "shares-idle-tax": {
    acts:
      "Every 15 s, and when the host's state or roster changes, each VM's entitlement is computed from its shares and the " +
      "host's own samples of its active memory; an idle page costs 1 / (1 - tax) as much as an active one. In the high state " +
      "nothing is taken back.",
    faults:
      "The estimate is a sample of 100 pages in 30 s: it is 5 points off at one standard deviation, and a page in the balloon " +
      "is never seen to be active, so a squeezed VM's need shows one sample late. A silent guest keeps its last estimate; a " +
      "lying one is not believed, since the samples are the host's own. The gains of the moving averages are not published.",
  },
  esx: {
    acts:
      "The same, with a limit per VM, a tax that grows with the idle share (vSphere 6.5 on), and thresholds that follow the " +
      "sliding minFree of vSphere 4.1 and later: 64, 32 and 16 % of it, with a clear state above in vSphere 6. Soft: balloons; " +
      "hard: the host swaps down to the targets; low: no VM above its target runs.",
    faults:
      "On a small host minFree leaves little between soft and low: a burst is met by swapping and by stopping VMs before " +
      "balloons have moved. The curve of the progressive tax and the widths of the hysteresis are not published: the first is " +
      "linear here, the second the scenario's margin. Large pages and compression are not modelled.",
  },
  proxmox: {
    acts:
      "Every 10 s the host's distance from 80 % of use is handed out or taken back, by shares above the minimum, at most 100 " +
      "MiB a VM. VMs whose free memory is below a quarter of their minimum count as pressed: they grow first and shrink last. " +
      "A VM starts at its minimum.",
    faults:
      "It shrinks while it grows, so two VMs near the border exchange 100 MiB for ever (case 16 of its own tests; scenario " +
      "`oscillation`). A page cache counts as use. A VM at its minimum can not ask (scenario `minimum`). Statistics are used " +
      "however old they are.",
  },
  mom: {
    acts:
      "Every 10 s, from histories of ten samples: below 20 % of free host memory every guest shrinks by at most 5 %, else " +
      "every guest grows by at least 5 %. Below 5 % it pushes guests into their own swap.",
    faults:
      "Sizes lag demand, so that it is slower than plain swapping when demand shifts quickly (VSwapper, section 5.2; scenario " +
      "`shifting-hot`): it takes from the next hot guest, which swaps for itself what the host would not have taken. No shares; " +
      "nothing notices a stuck driver; one guest without a balloon value stops the evaluation for all.",
  },
  vdsm: {
    acts: "MOM's rule as oVirt ships it, every 15 s: it only deflates, and grows a guest to the host's own free share in one jump.",
    faults: "With balloons off it never takes memory back: the host swaps. Guests whose statistics are missing are left out.",
  },
  "vdsm-balloon": {
    acts: "The same with balloonEnabled: below 20 % of free host memory guests shrink by at most 5 % a cycle.",
    faults: "Those of MOM. A guest below its minimum is put at it, whatever the rest says.",
  },
  squeezed: {
    acts:
      "Every VM gets the same fraction of its dynamic range. What frees memory is done first; nothing is promised that has not " +
      "arrived. A check every 10 s, an iteration a second while it acts; a driver without progress for 5 s is left out of the " +
      "run. A VM that starts is first promised memory, freed for it, and counts at the promise until its driver speaks. Events " +
      "(`policy-notice`) tell of starts that would have been refused and of drivers off their target for more than 20 s.",
    faults:
      "It knows nothing of need: an idle VM gets as much as a busy one. A stuck driver keeps its memory and the others pay " +
      "(scenario `stuck-driver`); one page in 5 s counts as progress; every run begins with everyone " +
      "innocent. A VM's start gets more than its part, since a minimum that is not there yet is not counted as taken.",
  },
  qmemman: {
    acts:
      "Driven by the guests' reports: 1.3 times what a guest uses is its preferred memory; what is over is divided in " +
      "proportion to that. A donor that kept what it was to give is blamed (event `policy-notice`) and left out while it does " +
      "not move.",
    faults:
      "When it squeezes donors, acceptors usually wait for a later round (its sign quirk). A guest that reports too much is " + "believed.",
  },
  hyperv: {
    acts:
      "Every second: committed memory and a buffer of 20 %; when short, by pressure and weight. Where nothing is published a " +
      "parameter says what is chosen.",
    faults:
      "Committed memory counts what is never touched; a big commit with a percentage on top makes idle VMs dear. Bursts wait " +
      "for the balancer.",
  },
  "balance-available": {
    acts:
      "ChromeOS: every second the head-room of host and guests is made equal; an inflation below 15 MiB/s counts as a stall " +
      "and is taken back.",
    faults:
      "Free and cache count as head-room alike, so a guest with a useful cache loses it. A guest that does not answer is " + "skipped.",
  },
  "limit-cache": {
    acts: "ChromeOS: takes what a guest has free, and above that limits its page cache by the host's free memory.",
    faults: "It gives back only when the host has memory again: a guest in need of anonymous memory is served late.",
  },
  senpai: {
    acts:
      "Meta: each guest alone is squeezed by up to 1 % in 6 s until its pressure stall shows 10 ms, then let go by as much as " +
      "it is over.",
    faults:
      "It squeezes also when the host has plenty. Pressure lags by its averages; a sudden need is met by back-off, not by what " +
      "is needed.",
  },
  "self-balloon": {
    acts: "Xen: each guest sets its own target from its committed memory, down by an eighth of the way every 5 s, up at once.",
    faults: "The host has no word: all guests may want all at once. Committed memory is not what is used.",
  },
  "free-page-reporting": {
    acts:
      "No targets. Every guest with a driver reports free blocks of 2 MiB two seconds after they were freed, a sixteenth a " +
      "pass; the feature is switched on in all of them. Where that is not enough the host swaps.",
    faults:
      "A page cache is never given back, and nobody asks for it: guests keep what they once filled. Touching a reported page " +
      "is a fault.",
  },
  static: {
    acts: "What an operator sets by hand, once: targets by VM or group.",
    faults:
      "Nothing follows demand. A target below the working set with deflate-on-OOM is never reached and never given up " +
      "(firecracker#4324).",
  },
  none: {
    acts: "No balloons: when memory is short the host swaps the pages that were not used for longest.",
    faults:
      "Uninformed swapping: pages that the guest holds dear, or has itself written to its swap, or could drop (VSwapper, " + "section 2).",
  },
};
