/** The report's script: which charts it has, and the choice of a VM. It stands after charts.ts in the page. */
export const CLIENT = `
(() => {
  const { data, times, color, live, draw, lines, stack, MEMORY, STATES } = charts;
  const slowdownScale = (...lists) => {
    const top = Math.max(1, ...lists.flat().filter((v) => v != null));
    return top > 8 ? { log: true, range: (u, low, high) => [0.8, Math.max(10, high * 1.3)] } : { least: 2 };
  };
  const drawHost = () => {
    const { host, all } = data;
    stack("host-memory", all, [[times.map(() => data.machineMib), "the machine's memory", "text"]]);
    lines("host-free", [[host.freeMib, "free on the host", "line1"]], MEMORY);
    lines(
      "host-slowdown",
      [
        [all.worstSlowdown, "worst VM", "line2"],
        [all.medianSlowdown, "median VM", "line1"],
      ],
      { unit: "x", ...slowdownScale(all.worstSlowdown) },
    );
    lines("host-disk", [[host.utilisation, "utilisation", "line1"]], { unit: "%", range: () => [0, 105] });
    lines("host-queue", [[host.queue, "requests at the disk", "line1"]], { least: 1 });
    lines(
      "host-swap",
      [
        [all.swapIn, "guests, in", "in"],
        [all.swapOut, "guests, out", "out"],
        [host.swapIn, "host, in", "dirty", [6, 4]],
        [host.swapOut, "host, out", "anonymous", [6, 4]],
      ],
      { unit: "MiB/s", least: 1 },
    );
    draw("host-state", {
      range: () => [0.5, 6.5],
      splits: () => [1, 2, 3, 4, 5, 6],
      format: (v) => STATES[v] || "",
      series: [
        {
          label: "state",
          stroke: color("line1"),
          width: 2,
          points: { show: false },
          paths: uPlot.paths.stepped({ align: 1 }),
          value: (u, v) => STATES[v] || "–",
        },
      ],
      values: [host.state],
    });
  };
  const select = document.getElementById("vm");
  const drawVm = () => {
    const vm = data.vms[Number(select.value)];
    if (!vm) return;
    stack("vm-memory", vm, []);
    lines(
      "vm-target",
      [
        [vm.target, "target", "target", [7, 4]],
        [vm.actual, "actual", "actual"],
      ],
      MEMORY,
    );
    lines(
      "vm-swap",
      [
        [vm.swapIn, "in", "in"],
        [vm.swapOut, "out", "out"],
      ],
      { unit: "MiB/s", least: 1 },
    );
    lines("vm-slowdown", [[vm.slowdown, "slowdown", "line2"]], { unit: "x", ...slowdownScale(vm.slowdown) });
    lines(
      "vm-psi",
      [
        [vm.some, "some", "line1"],
        [vm.full, "full", "line2"],
      ],
      { unit: "%", least: 5 },
    );
    lines("vm-swapped", [[vm.swapped, "in the guest's swap", "out"]], MEMORY);
  };
  const drawAll = () => {
    drawHost();
    drawVm();
  };
  if (data.points > 0) {
    drawAll();
    select.addEventListener("change", drawVm);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
    let waiting = 0;
    addEventListener("resize", () => {
      clearTimeout(waiting);
      waiting = setTimeout(drawAll, 150);
    });
  }
  document.documentElement.dataset.drawn = String(live.size);
})();
`;
