/**
 * A worked example: every VM keeps some headroom above what it uses, and no more while memory is short.
 *
 * What a guest uses is what it holds less what it says is available. A VM whose driver has been silent for `silentS`
 * is left alone: old figures are worse than none. Steps are limited, and small ones are not worth a message.
 */
const PAGES_PER_MIB = 256;

export default {
  summary: "Used memory and a headroom, in limited steps; silent VMs are left alone.",
  options: { intervalS: 2, headroom: 0.2, stepMib: 256, silentS: 5 },

  create({ intervalS, headroom, stepMib, silentS }) {
    const stepPages = stepMib * PAGES_PER_MIB;

    /** What the VM should have, had it all at once. */
    const wanted = (vm, isShort) => {
      const used = vm.actualPages - vm.stats.availablePages;
      return used * (1 + headroom) + (isShort ? 0 : headroom * vm.sizePages);
    };

    const decide = (view) => {
      // Twice the host's own goal: balloons take a while.
      const isShort = view.freePages < 2 * view.thresholds.highPages;
      const decisions = [];
      for (const vm of view.vms) {
        if (!vm.hasDriver || vm.stats?.availablePages === undefined || vm.actualPages === undefined || vm.statsAgeNs > silentS * 1e9)
          continue;
        const goal = Math.max(vm.actualPages - stepPages, wanted(vm, isShort));
        const targetPages = Math.round(Math.min(vm.sizePages, Math.max(vm.minimumPages, goal)));
        // A percent of the VM's size is not worth a message.
        if (Math.abs(targetPages - vm.targetPages) > vm.sizePages / 100) decisions.push({ vm: vm.vm, targetPages });
      }
      return decisions;
    };

    return { intervalNs: intervalS * 1e9, occasions: ["state"], decide };
  },
};
