// The traveller's screen. It is told a sign, a part of the way and a language, and nothing else.
//
//   event  {"sign": "look_here", "part": "face" | null, "language": "zh" | null}
//
// Nothing heard for 2 s: it shows "closed" by itself. The same thing asked for 5 s: it hints, with
// the voice, a second language and a larger picture. Keys 1 to 5 choose a language, L the next one.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const root = document.documentElement;
const byId = (id) => document.getElementById(id);
const pictures = [...document.querySelectorAll("[data-picture]")];
const TURNS_S = 4;
const NEVER_HINTED = new Set(["wait", "shut", "free"]);
const IDLE = new Set(["present_token", "present_code", "closed"]);

const CLOSED = { sign: "closed", part: null, language: null };
let event = CLOSED;
let heardAt = -Infinity;
let changedAt = performance.now();
let hinting = false;
let chosen = null; // by a key, until the passage is over
let chosenAt = 0;
let passed = false; // a part of a passage was seen since the language was chosen

const language = () => chosen ?? event.language ?? data.languages[0];

function second() {
  // Who has not told a language is also addressed in another one; so is who hesitates.
  const known = chosen !== null || event.language !== null;
  if (known && !hinting) return null;
  const other = language() === "en" ? data.languages.find((one) => one !== "en") : "en";
  return data.languages.includes(other) ? other : null;
}

function text(element, words, lang) {
  if (element.textContent !== words) element.textContent = words;
  element.lang = lang;
}

function draw() {
  const now = language();
  const sign = data.signs[event.sign];
  const also = second();
  root.lang = now;
  root.dataset.meaning = sign.meaning;
  root.dataset.sign = event.sign;
  root.classList.toggle("hinting", hinting);
  text(byId("line"), data.lines[now].say[event.sign], now);
  text(byId("second"), also ? data.lines[also].say[event.sign] : "", also ?? now);
  drawPicture();
  drawProgress(now);
  byId("languages").setAttribute("aria-label", data.lines[now].page.languages);
  for (const key of document.querySelectorAll("[data-language]")) {
    key.setAttribute("aria-pressed", String(key.dataset.language === now));
  }
}

function drawPicture() {
  const all = data.signs[event.sign].pictures;
  const turn = Math.floor((performance.now() - changedAt) / 1000 / TURNS_S) % all.length;
  for (const one of pictures) one.hidden = one.dataset.picture !== all[turn];
}

function drawProgress(now) {
  const steps = [...byId("progress").children];
  const at = steps.findIndex((one) => one.dataset.part === event.part);
  byId("progress").classList.toggle("idle", at < 0);
  byId("progress").setAttribute("aria-label", data.lines[now].page.progress);
  steps.forEach((one, index) => {
    one.classList.toggle("done", index < at);
    one.classList.toggle("now", index === at);
    if (index === at) one.setAttribute("aria-current", "step");
    else one.removeAttribute("aria-current");
    text(one.querySelector("span"), data.lines[now].part[one.dataset.part], now);
  });
}

function show(next) {
  if (!(next.sign in data.signs)) next = CLOSED; // a sign this page does not know
  const before = event;
  event = next;
  if (next.part !== null) passed = true;
  if (IDLE.has(next.sign) && passed) {
    chosen = null;
    passed = false;
  }
  if (before.sign !== next.sign) {
    changedAt = performance.now();
    hinting = false;
    hush();
    chime(data.signs[next.sign].chime);
  }
  draw();
}

function choose(one) {
  if (!data.languages.includes(one)) return;
  chosen = one;
  chosenAt = performance.now();
  passed = event.part !== null;
  hush();
  draw();
  if (event.sign !== "closed") speak();
}

function look() {
  const now = performance.now();
  if (now - heardAt > data.silent_after_s * 1000 && event !== CLOSED) show(CLOSED);
  if (chosen && IDLE.has(event.sign) && now - chosenAt > data.own_language_for_s * 1000) {
    chosen = null;
    draw();
  }
  const asked = !NEVER_HINTED.has(data.signs[event.sign].meaning) && !IDLE.has(event.sign);
  if (asked && !hinting && now - changedAt > data.hint_after_s * 1000) {
    hinting = true;
    draw();
    speak();
  }
  drawPicture();
}

// Sound: chimes are made here, voices are files that are there or are not.

const TONES = { ask: [660, 880], go: [784, 1175], halt: [330, 330] };
let sounds = null;
let voice = null;

function chime(name) {
  if (!(name in TONES)) return;
  sounds ??= new AudioContext();
  if (sounds.state !== "running") return void sounds.resume();
  TONES[name].forEach((hertz, index) => {
    const from = sounds.currentTime + index * 0.16;
    const tone = new OscillatorNode(sounds, { frequency: hertz });
    const volume = new GainNode(sounds, { gain: 0 });
    volume.gain.setTargetAtTime(0.2, from, 0.01);
    volume.gain.setTargetAtTime(0, from + 0.14, 0.05);
    tone.connect(volume).connect(sounds.destination);
    tone.start(from);
    tone.stop(from + 0.5);
  });
}

function hush() {
  voice?.pause();
  voice = null;
}

function speak() {
  const name = `${language()}/${event.sign}`;
  if (!data.voices.includes(name)) return;
  hush();
  voice = new Audio(`${document.body.dataset.voice}?of=${name}`);
  voice.play().catch(() => {}); // a browser that may not play sound shows the picture all the same
}

// Keys and the lane.

document.addEventListener("click", (press) => {
  const key = press.target.closest("[data-language]");
  if (key) choose(key.dataset.language);
});

document.addEventListener("keydown", (press) => {
  if (press.repeat || press.ctrlKey || press.altKey || press.metaKey) return;
  const number = Number(press.key);
  if (number >= 1) choose(data.languages[number - 1]);
  else if (press.key === "l" || press.key === "L") {
    choose(data.languages[(data.languages.indexOf(language()) + 1) % data.languages.length]);
  }
});

new EventSource(document.body.dataset.events).addEventListener("state", (message) => {
  heardAt = performance.now();
  show(JSON.parse(message.data));
});

setInterval(look, 250);
draw();
