// Charts of the overview and of a training, drawn by uPlot; the pages hold the same figures as tables.
"use strict";

const drawn = new Map(); // element -> uPlot, for those who look from outside
window.tlpoCharts = drawn;

const lineColours = () => Array.from({ length: 9 }, (_, number) => resolved(`--line-${number + 1}`));

// uPlot paints on a canvas, which knows no custom properties and no light-dark().
function resolved(name) {
  const probe = document.createElement("span");
  probe.className = "probe";
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

function markVersions(marks) {
  return (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = resolved("--quiet");
    ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    for (const [time, version] of marks) {
      const x = Math.round(plot.valToPos(time, "x", true));
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      const room = bbox.left + bbox.width - x > 60 * devicePixelRatio;
      ctx.textAlign = room ? "left" : "right";
      ctx.fillText(version, x + (room ? 4 : -4) * devicePixelRatio, bbox.top + 12 * devicePixelRatio);
    }
    ctx.restore();
  };
}

// What stands below the line of time, by the distance of its marks in seconds; the day wherever it changes.
const TIMES = [
  [365 * 86400, "{YYYY}"],
  [28 * 86400, "{YYYY}-{MM}"],
  [86400, "{MMM} {D}", "\n{YYYY}"],
  [1, "{HH}:{mm}", "\n{MMM} {D}", null, "\n{MMM} {D}"],
].map(([distance, label, year = null, month = null, day = null]) => [distance, label, year, month, day, null, null, null, 1]);
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

function options(element, lines, { x, span = null, marks = [], scales = {}, axes = [] }) {
  const colours = lineColours();
  const axis = { stroke: resolved("--text"), grid: { stroke: resolved("--rule"), width: 1 }, ticks: { stroke: resolved("--rule"), width: 1 } };
  return {
    width: Math.max(element.clientWidth, 240),
    height: element.classList.contains("small") ? 160 : 220,
    scales: { x: { time: x === "time", ...(span && { range: () => span }) }, y: { range: (plot, low, high) => [0, high > 0 ? high * 1.1 : 1] }, ...scales },
    axes: [{ ...axis, ...(x === "time" ? { values: TIMES } : { incrs: STEPS }) }, { ...axis, size: 60 }, ...axes.map((one) => ({ ...axis, size: 60, ...one }))],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1e3), "Etc/UTC"),
    series: [{ label: x }, ...lines.map((line, number) => ({ stroke: colours[number % colours.length], width: 2, spanGaps: true, points: { show: true, size: 5 }, ...line }))],
    hooks: { draw: [markVersions(marks)] },
  };
}

function draw(element, settings, data) {
  drawn.get(element)?.destroy();
  drawn.set(element, new uPlot(settings, data, element));
}

async function json(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  return answer.ok ? answer.json() : null;
}

async function drawOverview(place) {
  const series = await json(place.dataset.series);
  if (series === null) return;
  for (const chart of series.charts) {
    const element = place.querySelector(`[data-chart="${chart.name}"]`);
    const lines = Object.keys(chart.lines).map((label) => ({ label }));
    draw(element, options(element, lines, { x: "time", span: series.span, marks: series.marks }), [chart.times, ...Object.values(chart.lines)]);
  }
}

async function drawSteps(element) {
  const steps = await json(element.dataset.steps);
  if (!steps?.length) return;
  const lines = [{ label: "confusion mass, %", scale: "y" }, { label: "KL, nats", scale: "kl" }];
  const settings = options(element, lines, { x: "step", scales: { kl: { range: (plot, low, high) => [0, high > 0 ? high * 1.1 : 1] } }, axes: [{ side: 1, scale: "kl", grid: { show: false } }] });
  const number = steps.map((step, index) => step.step ?? index + 1);
  draw(element, settings, [number, steps.map((step) => step.confusion_mass == null ? null : 100 * step.confusion_mass), steps.map((step) => step.kl ?? null)]);
}

function drawAll() {
  const overview = document.getElementById("charts");
  if (overview) drawOverview(overview);
  document.querySelectorAll("[data-steps]").forEach(drawSteps);
}

document.addEventListener("DOMContentLoaded", drawAll);
document.addEventListener("themechange", drawAll);
document.addEventListener("htmx:afterSwap", (event) => event.target.querySelectorAll("[data-steps]").forEach(drawSteps));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
let waiting;
addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(drawAll, 200); });
setInterval(() => { if (document.getElementById("charts") && !document.hidden) drawAll(); }, 10_000);
