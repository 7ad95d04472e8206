/** The report's charts, as plain JavaScript for any current browser: lines and stacked areas by uPlot, with marks of phases and events. */
export const CHARTS = `
"use strict";
const charts = (() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const color = (name) =>
    getComputedStyle(document.documentElement)
      .getPropertyValue("--" + name)
      .trim();
  const times = Array.from({ length: data.points }, (_, i) => (i + 1) * data.widthS);
  const KINDS = [
    ["kernel", "kernel"],
    ["anonymous", "anonymous"],
    ["clean", "cache, clean"],
    ["dirty", "cache, dirty"],
    ["free", "free"],
    ["balloon", "balloon"],
  ];
  const STATES = ["", "high", "clear", "soft", "hard", "low", "rebuilding"];
  const figures = (v) =>
    v == null ? "–" : Math.abs(v) >= 100 ? Math.round(v).toLocaleString("en") : Number(v.toPrecision(3)).toString();
  const gib = (v) => (v == null ? "–" : v >= 1024 ? (v / 1024).toFixed(2) + " GiB" : figures(v) + " MiB");
  const clock = (s) => {
    const whole = Math.round(s);
    const [d, h, m] = [Math.floor(whole / 86400), Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60];
    const pad = (n) => String(n).padStart(2, "0");
    if (d > 0) return d + "d " + pad(h) + ":" + pad(m);
    return h > 0 ? h + ":" + pad(m) + ":" + pad(whole % 60) : m + ":" + pad(whole % 60);
  };
  /* Names of phases stand above the plot, one below the other where they would meet. */
  const NAMES = { font: "px system-ui, sans-serif", size: 11, height: 14, gap: 8 };
  const lanesOf = (phases, xOf, widthOf) => {
    const ends = [];
    return phases.map((phase) => {
      const x = xOf(phase);
      const free = ends.findIndex((end) => end < x);
      const lane = free < 0 ? ends.length : free;
      ends[lane] = x + widthOf(phase.name);
      return lane;
    });
  };
  const phaseS = (phase) => Math.max(phase.atS, times[0]);
  const lanesIn = (width) => {
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = NAMES.size + NAMES.font;
    const xOf = (phase) => ((phaseS(phase) - times[0]) / Math.max(data.widthS, times.at(-1) - times[0])) * width;
    return 1 + Math.max(-1, ...lanesOf(data.phases, xOf, (name) => pen.measureText(name).width + NAMES.gap));
  };
  const marks = (lanes) => ({
    hooks: {
      draw: (u) => {
        const { ctx, bbox } = u;
        const line = (atS, paint, dash) => {
          const x = Math.round(u.valToPos(atS, "x", true));
          if (x < bbox.left || x > bbox.left + bbox.width) return;
          ctx.strokeStyle = paint;
          ctx.setLineDash(dash);
          ctx.beginPath();
          ctx.moveTo(x, bbox.top);
          ctx.lineTo(x, bbox.top + bbox.height);
          ctx.stroke();
        };
        ctx.save();
        ctx.lineWidth = devicePixelRatio;
        ctx.font = NAMES.size * devicePixelRatio + NAMES.font;
        ctx.textBaseline = "top";
        ctx.textAlign = "left";
        ctx.fillStyle = color("soft");
        const xOf = (phase) => Math.round(u.valToPos(phaseS(phase), "x", true));
        const shown = data.phases.filter((phase) => xOf(phase) >= bbox.left && xOf(phase) <= bbox.left + bbox.width);
        const own = lanesOf(shown, xOf, (name) => ctx.measureText(name).width + NAMES.gap * devicePixelRatio);
        shown.forEach((phase, i) => {
          line(phaseS(phase), color("soft"), [2, 4]);
          if (own[i] < lanes) ctx.fillText(phase.name, xOf(phase), bbox.top - (lanes - own[i]) * NAMES.height * devicePixelRatio);
        });
        for (const mark of data.marks)
          line(mark.atS, mark.kind === "fault" || mark.kind === "oom-kill" ? color("bad") : color("line2"), [6, 3]);
        ctx.restore();
      },
    },
  });
  const live = new Map();
  /* Ticks of memory at round numbers of MiB and GiB. */
  const BINARY = Array.from({ length: 32 }, (_, i) => 2 ** (i - 6));
  const AXIS = 78;
  const axes = ({ unit, format, incrs, splits }) => {
    const common = {
      stroke: color("soft"),
      grid: { stroke: color("line"), width: 1 },
      ticks: { stroke: color("line"), width: 1 },
      font: "12px system-ui, sans-serif",
    };
    return [
      {
        ...common,
        values: (u, splits) => splits.map(clock),
        incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400, 172800],
      },
      {
        ...common,
        size: AXIS,
        ...(incrs ? { incrs } : {}),
        ...(splits ? { splits } : {}),
        values: (u, splits) => splits.map((v) => (v == null ? "" : (format || figures)(v) + (unit ? " " + unit : ""))),
      },
    ];
  };
  /* Two late samples are drawn over; where more are missing, nothing was heard. uPlot draws over undefined, not over null. */
  const bridged = (values) => {
    const drawn = [...values];
    for (let i = 0, last = -1; i < drawn.length; i++) {
      if (drawn[i] == null) continue;
      if (last >= 0 && i - last <= 3) drawn.fill(undefined, last + 1, i);
      last = i;
    }
    return drawn;
  };
  const draw = (id, spec) => {
    const box = document.getElementById(id);
    live.get(id)?.destroy();
    const width = Math.max(280, box.clientWidth);
    const lanes = lanesIn(width - AXIS);
    const options = {
      width,
      height: 230 + lanes * NAMES.height,
      padding: [lanes * NAMES.height + 6, null, null, null],
      legend: { live: true },
      scales: { x: { time: false }, y: { range: spec.range, distr: spec.log ? 3 : 1 } },
      cursor: { sync: { key: "run" }, drag: { x: true, y: false } },
      axes: axes(spec),
      plugins: [marks(lanes)],
      bands: spec.bands || [],
      series: [{ label: "time", value: (u, v) => (v == null ? "–" : clock(v)) }, ...spec.series],
    };
    live.set(id, new uPlot(options, [times, ...spec.values.map(bridged)], box));
  };
  const MEMORY = { format: gib, incrs: BINARY };
  const lines = (id, parts, spec) => {
    const series = parts.map(([, label, paint, dash]) => ({
      label,
      stroke: color(paint),
      width: 1.6,
      dash,
      points: { show: false },
      value: (u, v) => (spec.format || figures)(v) + (spec.unit && v != null ? " " + spec.unit : ""),
    }));
    draw(id, {
      range: (u, low, high) => [0, Math.max(spec.least || 0, high == null ? 1 : high * 1.08)],
      ...spec,
      series,
      values: parts.map(([values]) => values),
    });
  };
  /* Areas one upon the other: each series is drawn at the sum of those below it, and says its own value. */
  const stack = (id, source, extra) => {
    const sums = times.map(() => 0);
    const values = KINDS.map(([key]) => source[key].map((v, i) => (v == null ? null : (sums[i] += v))));
    const series = KINDS.map(([key, label], k) => ({
      label,
      stroke: color(key),
      fill: color(key),
      width: 1,
      points: { show: false },
      value: (u, v, s, i) => (i == null ? "–" : gib(source[key][i])),
    }));
    const bands = KINDS.slice(1).map((_, k) => ({ series: [k + 2, k + 1] }));
    for (const [more, label, paint] of extra) {
      values.push(more);
      series.push({
        label,
        stroke: color(paint),
        width: 2,
        dash: [8, 5],
        points: { show: false },
        value: (u, v) => gib(v),
      });
    }
    draw(id, { values, series, bands, ...MEMORY, range: (u, low, high) => [0, high == null ? 1 : high * 1.05] });
  };

  return { data, times, color, live, draw, lines, stack, MEMORY, STATES };
})();
`;
