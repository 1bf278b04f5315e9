// The technician's page: levels in a table and on the drawing of the lane, one output by hand in one
// or two steps, the lane's own checks, and the beat that keeps the technician attached.
"use strict";

const BEAT_MS = 600; // the lane waits 2 s

let last = null;
let asked = null; // the output that waits for its second step: {code, output, until}

// Levels --------------------------------------------------------------------------------------

function mark(name, level) {
  for (const part of document.querySelectorAll(`.lane-drawing [data-part="${name}"]`)) {
    part.dataset.level = level;
  }
}

function drawLevels(facts) {
  put($("state"), facts.words);
  put($("trouble"), facts.trouble);
  put($("missing"), facts.missing.join(", ") || say(facts.stale ? "nothing_known" : "nothing"));
  for (const [name, level] of Object.entries(facts.inputs)) {
    const row = document.querySelector(`[data-input="${name}"]`);
    row.dataset.level = level;
    put(row.cells[1], level === "unknown" ? say("unknown") : row.dataset[level]);
    mark(name, level);
  }
  const driven = new Set([...facts.lit, ...facts.released.map((door) => `${door}_release`)]);
  for (const row of document.querySelectorAll("[data-output]")) {
    const level = facts.stale ? "unknown" : driven.has(row.dataset.output) ? "on" : "off";
    row.dataset.level = level;
    put(row.cells[1], say(level));
    mark(row.dataset.output, level);
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

// Outputs by hand -----------------------------------------------------------------------------

function verb(output, isOn) {
  if (output.endsWith("_release")) {
    return isOn ? "release" : "lock";
  }
  if (output === "sounder") {
    return isOn ? "sound" : "hush";
  }
  return isOn ? "light" : "darken";
}

function drawHands(facts) {
  put($("why"), facts.why);
  $("why").dataset.may = String(facts.may_drive);
  $("enter").disabled = !facts.may_enter;
  $("enter").hidden = facts.maintenance;
  $("leave").disabled = !facts.may_drive;
  $("leave").hidden = !facts.maintenance;
  $("run").disabled = !facts.may_drive;
  for (const button of document.querySelectorAll("[data-force]")) {
    const isOn = document.querySelector(`[data-output="${button.dataset.force}"]`).dataset.level === "on";
    button.dataset.on = String(!isOn); // what pressing it asks for
    put(button, say(verb(button.dataset.force, !isOn), { output: button.dataset.name }));
    button.disabled = !facts.may_drive || asked !== null;
  }
  if (asked && (!facts.may_drive || Date.now() > asked.until)) {
    forgetStep();
    put($("answer"), say("second_step_lost"));
  }
}

function drawTries(tries) {
  $("no-tries").hidden = tries.length > 0;
  const items = keyed($("tries"), tries.map((one) => String(one.number)), () => {
    const item = document.createElement("li");
    item.append(document.createElement("strong"), document.createElement("span"), document.createElement("ul"));
    return item;
  });
  tries.forEach((one, place) => {
    const [what, who, felt] = items[place].children;
    put(what, `${one.what}: ${one.answer}`);
    put(who, `${clockTime(one.at_utc_s)} · ${one.by} · ${one.reason}`);
    items[place].classList.toggle("refused", one.refused);
    items[place].classList.toggle("doubted", one.doubted);
    const lines = keyed(felt, one.felt.map((_, number) => String(number)), () => document.createElement("li"));
    one.felt.forEach((text, number) => put(lines[number], text));
  });
}

function reason() {
  const text = $("reason").value.trim();
  if (!text) {
    put($("answer"), say("say_why"));
    $("reason").focus();
  }
  return text;
}

function forgetStep() {
  asked = null;
  $("second").hidden = true;
}

function told(answer) {
  put($("answer"), answer.words || say("asked"));
}

async function force(button) {
  const why = reason();
  if (!why) {
    return;
  }
  const { force: output, on } = button.dataset;
  const answer = await post("/service/force", { output, on: on === "true", reason: why });
  if (!answer.code) {
    told(answer);
    return;
  }
  asked = { code: answer.code, output, until: Date.now() + 15000 };
  put($("second-words"), say("second_force", { what: button.textContent, reason: why }));
  $("second").hidden = false;
  $("confirm").focus();
  put($("answer"), "");
}

async function maintain(isOn) {
  const why = reason();
  if (why) {
    told(await post("/service/maintenance", { on: isOn, reason: why }));
  }
}

document.querySelector(".lane-drawing").addEventListener("click", (event) => {
  const button = event.target.closest("[data-force]");
  if (button) {
    force(button);
  }
});
$("enter").addEventListener("click", () => maintain(true));
$("leave").addEventListener("click", () => maintain(false));
$("confirm").addEventListener("click", async () => {
  const { code, output } = asked || { code: "", output: "" };
  forgetStep();
  const answer = await post("/service/confirm", { code });
  told(answer);
  const button = document.querySelector(`[data-force="${output}"]`);
  if (button) {
    button.disabled = false; // drawn again by the next event; the focus has somewhere to go now
    button.focus();
  }
});
$("cancel").addEventListener("click", forgetStep);
$("hands").addEventListener("submit", (event) => event.preventDefault());

// The lane's own checks -----------------------------------------------------------------------

$("run").addEventListener("click", async () => {
  const answer = await post("/service/check", { only: $("only").value });
  put($("run-answer"), answer.words || "");
});

function drawRun(run) {
  $("last-run").hidden = !run;
  if (!run) {
    return;
  }
  put($("run-by"), say("run_by", { time: clockTime(run.at_utc_s), name: run.by }));
  put($("run-progress"), say("progress", { number: run.done, in_all: run.in_all }));
  $("progress").max = run.in_all || 1;
  $("progress").value = run.done;
  put($("run-refused"), run.refused);
  $("run-files").hidden = !run.is_whole;
  const rows = keyed($("results"), run.checks.map((one) => `${run.number} ${one.id}`), () => {
    const row = document.createElement("tr");
    const name = document.createElement("th");
    name.scope = "row";
    row.append(name, ...[1, 2, 3].map(() => document.createElement("td")));
    return row;
  });
  run.checks.forEach((one, place) => {
    const row = rows[place];
    row.dataset.outcome = one.outcome;
    [`${one.id} ${one.title}`, one.answer, one.finding, one.cure].forEach((text, cell) => put(row.cells[cell], text));
  });
}

// Everything ----------------------------------------------------------------------------------

function show(facts) {
  drawLevels(facts);
  drawHands(facts);
  drawTries(facts.tries);
  drawRun(facts.run);
}

live(
  "/service/events",
  (facts) => show((last = facts)),
  (silent) => {
    $("silent").hidden = !silent;
    if (silent && last) {
      const unknown = Object.fromEntries(Object.keys(last.inputs).map((name) => [name, "unknown"]));
      const nothing = { trouble: "", missing: [], inputs: unknown, lit: [], released: [], late: say("nothing_known"), parts: [] };
      const hands = { may_enter: false, may_drive: false, maintenance: false, why: say("no_word") };
      show({ ...last, stale: true, words: say("no_word"), ...nothing, ...hands });
    }
  },
);
post("/service/beat");
setInterval(() => post("/service/beat"), BEAT_MS);
