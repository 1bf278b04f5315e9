// The technician's page: levels in a table and on the drawing of the lane.
"use strict";

const $ = (id) => document.getElementById(id);

function put(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

function show(facts) {
  put($("state"), facts.words);
  put($("trouble"), facts.trouble);
  put($("missing"), facts.missing.join(", ") || (facts.stale ? "nothing is known" : "nothing"));
  for (const [name, level] of Object.entries(facts.inputs)) {
    const row = document.querySelector(`[data-input="${name}"]`);
    row.dataset.level = level;
    put(row.cells[1], level === "unknown" ? "unknown" : row.dataset[level]);
    for (const part of document.querySelectorAll(`.lane-drawing [data-part="${name}"]`)) {
      part.dataset.level = level;
    }
  }
  const driven = new Set([...facts.lit, ...facts.released.map((door) => `${door}_release`)]);
  for (const row of document.querySelectorAll("[data-output]")) {
    const level = facts.stale ? "unknown" : driven.has(row.dataset.output) ? "on" : "off";
    row.dataset.level = level;
    put(row.cells[1], level);
    for (const part of document.querySelectorAll(`.lane-drawing [data-part="${row.dataset.output}"]`)) {
      part.dataset.level = level;
    }
  }
  count(facts);
}

const COUNTS = ["name", "cycles", "hours", "retries", "errors", "returns", "ever", "wants"];

function count(facts) {
  put($("late"), facts.late);
  const body = $("parts");
  while (body.rows.length > facts.parts.length) {
    body.deleteRow(-1);
  }
  facts.parts.forEach((part, place) => {
    const row = body.rows[place] || body.insertRow();
    row.dataset.counter = part.part;
    row.dataset.wants = part.wants ? "service" : "nothing";
    COUNTS.forEach((name, column) => {
      put(row.cells[column] || row.insertCell(), String(part[name]));
    });
  });
}

let last = null;
live(
  "/service/events",
  (facts) => show((last = facts)),
  (silent) => {
    $("silent").hidden = !silent;
    if (silent && last) {
      const unknown = Object.fromEntries(Object.keys(last.inputs).map((name) => [name, "unknown"]));
      show({ ...last, stale: true, words: "No word from the lane", trouble: "", missing: [], inputs: unknown, lit: [], released: [], late: "nothing is known", parts: [] });
    }
  },
);
