// The officer's console: tiles, the chosen lane, orders in one or two steps, and the beat that keeps
// the officer attached.
"use strict";

const BEAT_MS = 600; // the lane waits 2 s

const title = document.title;
let lanes = [];
let chosen = null; // the name of the lane whose details are shown
let asked = null; // the order that waits for its second step: {code, lane, passage, until}

function lasted(seconds) {
  const minutes = Math.floor(seconds / 60);
  return minutes ? say("minutes", { minutes, seconds: seconds % 60 }) : say("seconds", { seconds });
}

// Tiles ---------------------------------------------------------------------------------------

function newTile() {
  const tile = document.createElement("button");
  tile.type = "button";
  tile.className = "tile";
  for (const part of ["name", "state", "trouble", "since"]) {
    const line = document.createElement("span");
    line.className = part;
    tile.append(line);
  }
  return tile;
}

function drawTile(tile, lane) {
  const unseen = lane.alarms.filter((alarm) => !alarm.seen_by).length;
  tile.dataset.state = lane.stale ? "stale" : lane.state;
  tile.classList.toggle("calling", lane.calling);
  tile.setAttribute("aria-pressed", String(lane.name === chosen));
  put(tile.querySelector(".name"), lane.name);
  put(tile.querySelector(".state"), lane.words);
  put(tile.querySelector(".trouble"), lane.trouble);
  const alarms = unseen ? say("unseen", { count: unseen }) : "";
  put(tile.querySelector(".since"), alarms + lasted(lane.since_s));
}

// The chosen lane -----------------------------------------------------------------------------

function choose(name) {
  chosen = name;
  forgetStep();
  put($("answer"), "");
  draw();
}

function drawDetails(lane) {
  put($("lane-name"), lane.name);
  put($("lane-state"), lane.words);
  $("lane-state").dataset.state = lane.stale ? "stale" : lane.state;
  put($("lane-trouble"), lane.trouble);
  const facts = [
    lane.passage ? say("passage", { number: lane.passage }) : say("no_passage"),
    say("for_time", { time: lasted(lane.since_s) }),
    say(lane.attached ? "attached" : "not_attached"),
  ];
  if (lane.doors.length) {
    facts.push(say("released", { doors: lane.doors.join(", ") }));
  }
  if (lane.missing.length) {
    facts.push(say("missing", { names: lane.missing.join(", ") }));
  }
  put($("lane-facts"), facts.join(" · "));
  drawPictures(lane);
  drawButtons(lane);
  drawAlarms(lane);
  drawFindings(lane);
  if ($("answer").dataset.passage !== String(lane.passage)) {
    put($("answer"), ""); // it told of a passage that is over
    $("answer").dataset.passage = String(lane.passage);
  }
  if (asked && (lane.passage !== asked.passage || Date.now() > asked.until)) {
    forgetStep();
    put($("answer"), say("second_step_lost"));
  }
}

function drawPictures(lane) {
  // Only while the passage waits for an officer; a picture that is gone leaves nothing behind.
  const pictures = lane.pictures || {};
  $("pictures").hidden = !pictures.reference && !pictures.live;
  $("no-reference").hidden = !lane.no_reference;
  put($("no-reference"), lane.no_reference || "");
  for (const kind of ["reference", "live"]) {
    const image = $(`picture-${kind}`);
    const number = pictures[kind];
    image.parentElement.hidden = !number;
    if (!number) {
      image.removeAttribute("src");
      delete image.dataset.number;
    } else if (image.dataset.number !== String(number)) {
      image.dataset.number = String(number);
      image.src = `/console/${kind}?n=${number}`;
    }
  }
}

function drawButtons(lane) {
  const named = new Map(lane.actions.map((action) => [action.name, action]));
  const buttons = keyed($("buttons"), [...named.keys()], (name) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = named.get(name).two_steps ? "opening" : "closing";
    button.textContent = named.get(name).words;
    return button;
  });
  for (const button of buttons) {
    button.disabled = !lane.attached || asked !== null;
  }
}

function drawAlarms(lane) {
  const keys = lane.alarms.map((alarm) => String(alarm.number));
  const items = keyed($("alarms"), keys, () => {
    const item = document.createElement("li");
    const words = document.createElement("span");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = say("seen");
    item.append(words, button);
    return item;
  });
  lane.alarms.forEach((alarm, place) => {
    const at = clockTime(alarm.at_utc_s);
    const seen = alarm.seen_by ? `, ${say("seen_by", { name: alarm.seen_by })}` : "";
    const [words, button] = items[place].children;
    put(words, `${at} ${alarm.words} (${alarm.state})${seen}`);
    button.hidden = Boolean(alarm.seen_by);
    button.setAttribute("aria-label", say("seen_what", { what: alarm.words }));
    items[place].classList.toggle("unseen", !alarm.seen_by);
  });
}

function drawFindings(lane) {
  const key = JSON.stringify(lane.decisions);
  if ($("findings").dataset.drawn === key) {
    return;
  }
  $("findings").dataset.drawn = key;
  $("findings").replaceChildren(...lane.decisions.map(findingTable));
  if (!lane.decisions.length) {
    put($("findings"), say("nothing_held"));
  }
}

function findingTable(decision) {
  const table = document.createElement("table");
  const caption = table.createCaption();
  caption.textContent = `${say(`stage_${decision.stage}`)}: ${decision.ruling}`;
  for (const finding of decision.findings) {
    const row = table.insertRow();
    row.dataset.outcome = finding.outcome;
    for (const text of [finding.check, finding.answer, finding.reason, finding.evidence]) {
      row.insertCell().textContent = text;
    }
  }
  return table;
}

// Orders --------------------------------------------------------------------------------------

async function give(action) {
  const lane = lanes.find((one) => one.name === chosen);
  const offered = lane && lane.actions.find((one) => one.name === action);
  if (!offered) {
    return; // the lane went on while the button was pressed
  }
  const reason = $("reason").value.trim();
  if (!reason) {
    put($("answer"), say("say_why"));
    $("reason").focus();
    return;
  }
  const wish = { lane: lane.name, action, passage: lane.passage, reason };
  const told = await post("/console/order", wish);
  if (told.code) {
    asked = { code: told.code, passage: lane.passage, until: Date.now() + 15000 };
    put($("second-words"), say("second_step", { order: offered.words, lane: lane.name, reason }));
    $("second").hidden = false;
    $("confirm").focus();
    put($("answer"), "");
  } else {
    done(told);
  }
  draw();
}

function forgetStep() {
  asked = null;
  $("second").hidden = true;
}

function done(told) {
  put($("answer"), told.words || say("given"));
  if (told.given) {
    $("reason").value = "";
  }
}

// One listener for all children of a list: they come and go, and a listener of each would keep it.

function pressed(id, then) {
  $(id).addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const child = button && button.closest("[data-key]");
    if (child) {
      then(child.dataset.key);
    }
  });
}

pressed("tiles", choose);
pressed("buttons", give);
pressed("alarms", async (key) => {
  const told = await post("/console/acknowledge", { lane: chosen, number: Number(key) });
  put($("answer"), told.words || "");
});
$("confirm").addEventListener("click", async () => {
  const code = asked ? asked.code : "";
  forgetStep();
  done(await post("/console/confirm", { code }));
  draw();
});
$("cancel").addEventListener("click", () => {
  forgetStep();
  draw();
});
$("orders").addEventListener("submit", (event) => event.preventDefault());

// Everything ----------------------------------------------------------------------------------

let sounder = null;

function beep() {
  // As long as an alarm was not seen. A browser lets a page sound once somebody has used it.
  const unseen = lanes.flatMap((lane) => lane.alarms).filter((alarm) => !alarm.seen_by).length;
  document.title = unseen ? say("alarms_title", { count: unseen }) : title;
  if (!unseen || !$("sound").checked || !navigator.userActivation.hasBeenActive) {
    return;
  }
  sounder = sounder || new AudioContext();
  const tone = sounder.createOscillator();
  const loudness = sounder.createGain();
  loudness.gain.value = 0.15;
  tone.frequency.value = 880;
  tone.connect(loudness).connect(sounder.destination);
  tone.start();
  tone.stop(sounder.currentTime + 0.25);
}

function draw() {
  const tiles = keyed($("tiles"), lanes.map((lane) => lane.name), newTile);
  lanes.forEach((lane, place) => drawTile(tiles[place], lane));
  const lane = lanes.find((one) => one.name === chosen) || lanes[0];
  if (lane) {
    chosen = lane.name;
    drawDetails(lane);
  }
}

live(
  "/console/events",
  (facts) => {
    lanes = facts.lanes;
    draw();
  },
  (silent) => {
    $("silent").hidden = !silent;
    document.body.classList.toggle("is-silent", silent);
    if (silent) {
      lanes = lanes.map((lane) => ({ ...lane, stale: true, words: say("no_word"), actions: [], decisions: [], pictures: {}, no_reference: "", attached: false }));
      draw();
    }
  },
);
post("/console/beat");
setInterval(() => post("/console/beat"), BEAT_MS);
setInterval(beep, 2000);
