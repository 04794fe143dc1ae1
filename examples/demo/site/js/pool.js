/* Figure 2: moves the curves when the reader moves the weir. */

import { SPAN, peak, route } from "./flood.js";
import { hours } from "./units.js";

const LEFT = 44;
const TOP = 14;
const WIDTH = 660;
const HEIGHT = 240;
const MOST = 64; // m³/s, the chart's upper edge

const x = (minute) => LEFT + (minute / SPAN) * WIDTH;
const y = (flow) => TOP + HEIGHT - (flow / MOST) * HEIGHT;

function curve(rows, key) {
  const points = rows.filter((row) => row.minute % 6 === 0);
  return "M" + points.map((row) => `${x(row.minute).toFixed(1)},${y(row[key]).toFixed(1)}`).join("L");
}

/** The part of the flood the pool keeps for later: between the two curves. */
function kept(rows) {
  const points = rows.filter((row) => row.minute % 6 === 0 && row.arrives > row.passes);
  if (points.length === 0) {
    return "";
  }
  const upper = points.map((row) => `${x(row.minute).toFixed(1)},${y(row.arrives).toFixed(1)}`);
  const lower = points.map((row) => `${x(row.minute).toFixed(1)},${y(row.passes).toFixed(1)}`).reverse();
  return `M${upper.concat(lower).join("L")}Z`;
}

export function drawing(crest, hectares) {
  const rows = route(crest, hectares * 10000);
  const first = peak(rows, "arrives");
  const last = peak(rows, "passes");
  const rise = last.head - rows[0].head;
  return {
    arrives: curve(rows, "arrives"),
    passes: curve(rows, "passes"),
    kept: kept(rows),
    reading:
      `At its highest ${first.arrives.toFixed(0)} m³/s arrive and ${last.passes.toFixed(0)} m³/s pass, ` +
      `${hours(last.minute - first.minute)} later. The pool rises ${rise.toFixed(2)} m.`,
  };
}

function start(figure) {
  const crest = figure.querySelector("#crest");
  const area = figure.querySelector("#area");
  const show = () => {
    const now = drawing(Number(crest.value), Number(area.value));
    figure.querySelector(".curve-in").setAttribute("d", now.arrives);
    figure.querySelector(".curve-out").setAttribute("d", now.passes);
    figure.querySelector(".curve-kept").setAttribute("d", now.kept);
    figure.querySelector(".reading").textContent = now.reading;
    figure.querySelector("output[for=crest]").textContent = `${crest.value} m`;
    figure.querySelector("output[for=area]").textContent = `${area.value} ha`;
  };
  crest.addEventListener("input", show);
  area.addEventListener("input", show);
  figure.querySelector("fieldset").hidden = false;
  show();
}

if (typeof document !== "undefined") {
  start(document.querySelector(".pool"));
}
