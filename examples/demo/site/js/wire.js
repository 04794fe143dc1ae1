/*
 * Shows how this page came: one row for each thing the browser asked for,
 * from its own Resource Timing entries. Nothing is sent anywhere.
 */

import { bytes, milliseconds } from "./units.js";

const SVG = "http://www.w3.org/2000/svg";
const KNOWN = new Set(["h2", "h2c", "h3", "http/1.1", "http/1.0"]);

function entries() {
  const page = performance.getEntriesByType("navigation");
  return [...page, ...performance.getEntriesByType("resource")].sort((a, b) => a.startTime - b.startTime);
}

function cell(row, text, kind) {
  const td = row.insertCell();
  td.textContent = text;
  td.className = kind;
  return td;
}

/** A bar from the request's start: pale while waiting, dark while bytes come. */
function bar(entry, span) {
  const at = (t) => (t / span) * 1000;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 1000 10");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const parts = [
    ["waited", entry.startTime, entry.responseStart || entry.startTime],
    ["came", entry.responseStart || entry.startTime, entry.responseEnd],
  ];
  for (const [kind, from, to] of parts) {
    const rect = document.createElementNS(SVG, "rect");
    rect.setAttribute("class", kind);
    rect.setAttribute("x", at(from).toFixed(1));
    rect.setAttribute("y", "1");
    rect.setAttribute("width", Math.max(kind === "came" ? 3 : 0, at(to - from)).toFixed(1));
    rect.setAttribute("height", "8");
    svg.append(rect);
  }
  return svg;
}

function protocol(entry) {
  return entry.nextHopProtocol || "not told";
}

/** A resource the browser already had was not sent again. */
function size(entry) {
  if (entry.transferSize === 0 && entry.decodedBodySize > 0) {
    return "kept";
  }
  return bytes(entry.encodedBodySize);
}

function line(body, entry, span) {
  const row = body.insertRow();
  cell(row, new URL(entry.name).pathname, "path");
  const name = protocol(entry);
  cell(row, name, KNOWN.has(name) && name.startsWith("h2") ? "proto" : "proto other");
  cell(row, size(entry), "num");
  cell(row, milliseconds(entry.responseEnd - entry.startTime), "num");
  cell(row, "", "track").append(bar(entry, span));
}

function totals(list) {
  const names = [...new Set(list.map(protocol))];
  const sum = list.reduce((n, entry) => n + entry.encodedBodySize, 0);
  const last = Math.max(...list.map((entry) => entry.responseEnd));
  document.querySelector("#total-count").textContent = String(list.length);
  document.querySelector("#total-protocol").textContent = names.join(", ");
  document.querySelector("#total-bytes").textContent = bytes(sum);
  document.querySelector("#total-time").textContent = milliseconds(last);
}

function show() {
  const list = entries();
  const span = Math.max(...list.map((entry) => entry.responseEnd));
  const body = document.createElement("tbody");
  for (const entry of list) {
    line(body, entry, span);
  }
  document.querySelector(".wire tbody").replaceWith(body);
  totals(list);
}

function begin() {
  document.querySelector("#measured").hidden = false;
  show();
  // Icons and lazy pictures come after the load event: look again then.
  new PerformanceObserver(show).observe({ type: "resource" });
}

if (document.readyState === "complete") {
  begin();
} else {
  addEventListener("load", () => setTimeout(begin));
}
