// The bench's page: what can be done is said once by /what, how everything stands by /live. Every
// button posts one deed to /do; what came of it is seen on /live. What is shown comes as text.
"use strict";

const SILENT_AFTER_MS = 3000;
const CALLS = new Set(["referred", "exception", "emergency"]);
const OUT = new Set(["out_of_service", "closed", "maintenance", "boot"]);
const SVG = "http://www.w3.org/2000/svg";
const $ = (id) => document.getElementById(id);
const titles = new Map(); // of scenarios, by name
const faultNames = new Map(); // by key
let heardAt = performance.now();
let walks = null;

// Small tools ---------------------------------------------------------------------------------

function make(kind, fields = {}, ...children) {
  const made = document.createElement(kind);
  for (const [name, value] of Object.entries(fields)) {
    if (name === "text") {
      made.textContent = value;
    } else {
      made.setAttribute(name, value);
    }
  }
  made.append(...children);
  return made;
}

function put(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

function drawn(kind, fields, text = "") {
  const made = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(fields)) {
    made.setAttribute(name, value);
  }
  made.textContent = text;
  return made;
}

function plain(name) {
  return name.replaceAll("_", " ");
}

function grouped(things, by) {
  const groups = new Map();
  for (const thing of things) {
    groups.set(thing[by], [...(groups.get(thing[by]) || []), thing]);
  }
  return groups;
}

async function deed(what, fields = {}) {
  let told = "";
  try {
    const answer = await fetch("/do", { method: "POST", body: JSON.stringify({ what, ...fields }) });
    if (answer.status === 409) {
      told = (await answer.json()).refused;
    } else if (!answer.ok) {
      told = await answer.text();
    }
  } catch {
    told = "The bench was not reached. Nothing was done.";
  }
  put($("refused"), told);
}

function button(text, press, fields = {}) {
  const made = make("button", { type: "button", text, ...fields });
  made.addEventListener("click", press);
  return made;
}

// What is said once ---------------------------------------------------------------------------

function showLinks(links) {
  $("links").replaceChildren(
    ...links.map((link) => {
      const item = make("li", {}, make("a", { href: link.address, target: "_blank", text: link.name }));
      if (link.key) {
        const copy = button("Copy key", async () => {
          await navigator.clipboard.writeText(link.key);
          put(copy, "Copied");
        });
        copy.setAttribute("aria-label", `Copy key: ${link.name}`);
        item.append(make("code", { text: link.key, title: link.key }), copy);
      }
      return item;
    }),
  );
}

function commonest(members, field) {
  // What at least three of a group, and most of it, have in common is said once, below its heading.
  const counts = new Map();
  for (const one of members) {
    counts.set(one[field], (counts.get(one[field]) || 0) + 1);
  }
  const [text, count] = [...counts].sort((one, other) => other[1] - one[1])[0];
  return count >= 3 && count * 2 > members.length ? text : null;
}

function showScenarios(scenarios) {
  for (const [group, members] of grouped(scenarios, "group")) {
    const [about, expected] = [commonest(members, "about"), commonest(members, "expected")];
    const list = make("div", { class: "travellers" });
    for (const one of members) {
      titles.set(one.name, one);
      const fields = { type: "button", "data-scenario": one.name, "data-passes": String(/one through$/.test(one.expected)), "aria-pressed": "false" };
      const card = make("button", fields, make("span", { class: "title", text: one.title }));
      if (one.about !== about) {
        card.append(make("span", { class: "note", text: one.about }));
      }
      if (one.expected !== expected) {
        card.append(make("span", { class: "ends", text: one.expected }));
      }
      list.append(card);
    }
    $("scenarios").append(make("h3", { text: group }));
    const said = [about, expected && `Unless a button says otherwise it ends: ${expected}.`].filter(Boolean);
    if (said.length) {
      $("scenarios").append(make("p", { class: "note", text: said.join(" ") }));
    }
    $("scenarios").append(list);
  }
}

function showFaults(what) {
  what.faults.forEach((one) => faultNames.set(one.key, one.name));
  for (const [part, members] of grouped(what.faults, "part")) {
    const chips = members.map((one) =>
      make("button", { type: "button", "data-fault": one.key, "aria-pressed": "false", "aria-label": one.name, text: one.short }),
    );
    $("parts").append(part_of(part, chips));
  }
  const ends = what.processes.flatMap((name) =>
    ["kill", "freeze"].map((how) => button(`${how} ${name}`, () => deed("end_process", { name, how }), { "data-process": `${how} ${name}` })),
  );
  $("parts").prepend(part_of("processes of the gate (its supervisor brings them back)", ends));
}

function part_of(part, chips) {
  const heading = make("h3", { text: part[0].toUpperCase() + part.slice(1) });
  const list = make("div", { class: "chips", role: "group", "aria-label": part }, ...chips);
  return make("div", {}, heading, list);
}

// How everything stands -----------------------------------------------------------------------

function show(facts) {
  const mood = facts.state === "ready" ? "ready" : CALLS.has(facts.state) ? "calls" : OUT.has(facts.state) || !facts.state ? "out" : "busy";
  document.querySelector(".state").dataset.mood = mood;
  put($("state"), plain(facts.state) || "no word from it");
  const missing = facts.missing.length ? `missing: ${facts.missing.map(plain).join(", ")}` : "";
  put($("trouble"), [plain(facts.trouble), missing].filter(Boolean).join(" · "));
  put($("screen"), facts.prompt ? `The traveller’s screen: ${plain(facts.prompt)}` : "");
  $("by-script").setAttribute("aria-pressed", String(facts.by_script));
  draw(facts.lane);
  showCall(facts.waits_for);
  showWalk(facts);
  showBroken(new Set(facts.broken));
  showEnded(facts.ended);
}

function showCall(steps) {
  if ($("call").dataset.shown === steps.join()) {
    return;
  }
  $("call").dataset.shown = steps.join();
  const list = make("ol", {}, ...steps.map((step) => make("li", { text: step })));
  $("call").replaceChildren(...(steps.length ? ["The lane waits for its officer", list] : []));
}

function showWalk(facts) {
  const one = titles.get(facts.walks);
  walks = facts.walks;
  put($("walk-head"), one ? `${one.title}, ${facts.for_s} s` : "Nobody walks");
  put($("walk-about"), one ? `${one.about} Ends: ${one.expected}.` : "");
  $("call-off").hidden = !one;
  for (const each of document.querySelectorAll("[data-scenario]")) {
    each.setAttribute("aria-pressed", String(each.dataset.scenario === walks));
    each.setAttribute("aria-disabled", String(Boolean(walks)));
  }
  const diary = $("diary");
  if (diary.dataset.page !== String(facts.page)) {
    diary.dataset.page = facts.page;
    diary.replaceChildren();
  }
  for (const [at, who, what] of facts.diary.slice(diary.children.length)) {
    diary.append(
      make("li", { "data-who": who }, make("span", { class: "at", text: `${at.toFixed(1)} s` }), make("span", { text: who }), make("span", { class: "what", text: what })),
    );
    diary.scrollTop = diary.scrollHeight;
  }
}

function showBroken(broken) {
  for (const each of document.querySelectorAll("[data-fault]")) {
    each.setAttribute("aria-pressed", String(broken.has(each.dataset.fault)));
  }
  const names = [...broken].map((key) => faultNames.get(key));
  const some = names.length ? `Broken: ${names.join(", ")}` : "Nothing is broken";
  put($("broken"), some);
  $("broken").dataset.some = String(broken.size > 0);
  $("mend-all").disabled = broken.size === 0;
}

function showEnded(ended) {
  const key = JSON.stringify(ended);
  if (!ended.length || $("ended").dataset.shown === key) {
    return;
  }
  $("ended").dataset.shown = key;
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...["Traveller", "Expected", "Seen", "Verdict"].map((text) => make("th", { scope: "col", text })))));
  for (const one of ended) {
    const verdict = one.problem ? plain(one.problem) : `as expected, ${one.took_s} s`;
    table.append(
      make("tr", { "data-good": String(!one.problem) }, make("th", { scope: "row", text: one.title }), make("td", { text: plain(one.expected) }), make("td", { text: plain(one.seen) }), make("td", { class: "verdict", text: verdict })),
    );
  }
  $("ended").replaceChildren(table);
}

// The lane from above: x along the way, in centimetres ----------------------------------------

const WALL = 45;

function draw(lane) {
  const length = lane.length_m * 100;
  const doors = lane.leaves.map(([door]) => door);
  const from = doors.includes("entry") ? 0 : -10;
  const reader = doors.includes("entry") ? -100 : lane.mark_m * 100;
  const parts = [
    drawn("rect", { class: "floor", x: from, y: -WALL, width: length - from, height: 2 * WALL }),
    drawn("line", { class: "wall", x1: from, y1: -WALL, x2: length, y2: -WALL }),
    drawn("line", { class: "wall", x1: from, y1: WALL, x2: length, y2: WALL }),
    drawn("circle", { class: "mark", cx: lane.mark_m * 100, cy: 0, r: 16 }),
    drawn("rect", { class: "reader", x: reader - 9, y: WALL - 6, width: 18, height: 12 }),
    drawn("text", { x: reader, y: WALL + 26 }, "reader"),
    drawn("text", { x: length, y: WALL + 26 }, "exit"),
    drawn("path", { class: "way", d: "M-195 -64h24m-6 -6l6 6l-6 6" }),
    drawn("text", { x: -183, y: -46 }, "this way"),
  ];
  if (doors.includes("entry")) {
    parts.push(drawn("text", { x: 0, y: WALL + 26 }, "entry"));
  }
  const lit = new Set(lane.lit);
  for (const [door, x_m, angle, bolted] of lane.leaves) {
    const turn = (angle * Math.PI) / 180;
    const x = x_m * 100;
    const tip = { x2: x + 2 * WALL * Math.sin(turn), y2: WALL - 2 * WALL * Math.cos(turn) };
    parts.push(drawn("line", { class: "leaf", "data-bolted": bolted, x1: x, y1: WALL, ...tip }));
    const stops = lit.has("stop") && (door === "entry" || doors.length === 1);
    const shows = lit.has(`${door}_go`) ? "go" : stops ? "stop" : "";
    parts.push(drawn("circle", { class: "lamp", "data-lit": shows, cx: x, cy: -WALL - 14, r: 7 }));
  }
  for (const [x_m, depth_m, heads] of lane.bodies) {
    const places = heads === 2 ? [-18, 18] : [heads ? 0 : 14];
    for (const y of places) {
      const shape = { cx: x_m * 100, cy: y, rx: (depth_m * 100) / 2, ry: heads ? 20 : 9 };
      parts.push(drawn("ellipse", { class: heads ? "person" : "thing", ...shape }));
    }
  }
  $("drawing").replaceChildren(...parts);
}

// Everything ----------------------------------------------------------------------------------

function pressed(id, name, then) {
  $(id).addEventListener("click", (event) => {
    const each = event.target.closest(`[data-${name}]`);
    if (each) {
      then(each.dataset[name], each);
    }
  });
}

pressed("scenarios", "scenario", (name) => deed("walk", { name }));
pressed("parts", "fault", (key, each) => deed("switch", { key, on: each.getAttribute("aria-pressed") !== "true" }));
$("mend-all").addEventListener("click", () => deed("mend_all"));
$("call-off").addEventListener("click", () => deed("call_off"));
$("by-script").addEventListener("click", () => deed("attend", { by_script: $("by-script").getAttribute("aria-pressed") !== "true" }));

async function begin() {
  const what = await (await fetch("/what")).json();
  put($("shape"), `· ${what.shape}`);
  showLinks(what.links);
  showScenarios(what.scenarios);
  showFaults(what);
  for (const [action, words] of Object.entries(what.at_the_lane)) {
    $("hand").append(button(words, () => deed("at_the_lane", { action }), { "data-action": action }));
  }
  const stream = new EventSource("/live");
  stream.addEventListener("message", (event) => {
    heardAt = performance.now();
    show(JSON.parse(event.data));
  });
  setInterval(() => {
    $("silent").hidden = performance.now() - heardAt < SILENT_AFTER_MS;
  }, 500);
}

begin();
