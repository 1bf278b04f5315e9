// The traveller's screen. It is told a sign, a part of the way and a language, and nothing else.
//
//   event  {"sign": "look_here", "part": "face" | null, "language": "zh" | null, "preview": null |
//           {"number": 7, "face": [left, top, width, height] | null, "cue": "come_closer" | null}}
//
// Nothing heard for 2 s: it shows "closed" by itself. The same thing asked for 5 s: it hints, with
// the voice, a second language and a larger picture; who can only wait is spoken to, not hurried.
// While a face is looked for, the camera's own picture is shown as in a mirror, and what it asks
// takes the place of the sign. Keys 1 to 5 choose a language, L the next one.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const root = document.documentElement;
const byId = (id) => document.getElementById(id);
const pictures = [...document.querySelectorAll("[data-picture]")];
const TURNS_S = 4;
const CUE_STAYS_S = 1.2;
const NEVER_HURRIED = new Set(["wait", "shut", "free"]);
const SPOKEN_AT_ONCE = new Set(["stop", "free"]);
const AT_REST = new Set(["present_token", "present_code"]); // perhaps nobody is there
const NEVER_SPOKEN = new Set([...AT_REST, "closed", "please_wait"]);

const CLOSED = { sign: "closed", part: null, language: null, preview: null };
let event = CLOSED;
let shown = "closed"; // the sign of the event, or what the mirror asks instead
let cue = null;
let cueAt = -Infinity;
let heardAt = -Infinity;
let changedAt = performance.now();
let hinting = false;
let spoken = false; // after the pause
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
  const sign = data.signs[shown];
  const also = second();
  root.lang = now;
  root.dataset.meaning = sign.meaning;
  root.dataset.sign = shown;
  root.classList.toggle("hinting", hinting);
  text(byId("line"), data.lines[now].say[shown], now);
  text(byId("second"), also ? data.lines[also].say[shown] : "", also ?? now);
  drawPicture();
  drawProgress(now);
  byId("languages").setAttribute("aria-label", data.lines[now].page.languages);
  for (const key of document.querySelectorAll("[data-language]")) {
    key.setAttribute("aria-pressed", String(key.dataset.language === now));
  }
}

function drawPicture() {
  const all = data.signs[shown].pictures;
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
  event = next;
  if (next.part !== null) passed = true;
  if (AT_REST.has(next.sign) && passed) {
    chosen = null;
    passed = false;
  }
  reflect(next);
  const before = shown;
  shown = cue ?? next.sign;
  if (before !== shown) {
    changedAt = performance.now();
    hinting = spoken = false;
    hush();
    if (cue === null) chime(data.signs[shown].chime);
    if (SPOKEN_AT_ONCE.has(data.signs[shown].meaning)) speak();
  }
  draw();
}

// The mirror.

const mirror = byId("mirror");
const canvas = mirror.querySelector("canvas");
const paper = canvas.getContext("2d");
const LEAST_ZOOM = 1.25; // of the oval's height: room to follow a face up and down
const MOST_ZOOM = 1.6;
let reflected = 0;
let fetching = false;

function reflect(next) {
  const seen = next.part === "face" && data.signs[next.sign].meaning === "do" ? next.preview : null;
  root.classList.toggle("mirrored", Boolean(seen) && reflected > 0);
  mirror.hidden = !seen || reflected === 0;
  const now = performance.now();
  const asked = seen?.cue ?? null;
  if (!seen) cue = null;
  else if (asked !== cue && (cue === null || now - cueAt >= CUE_STAYS_S * 1000)) {
    cue = asked;
    cueAt = now;
  }
  mirror.classList.toggle("placed", Boolean(seen?.face) && asked === null);
  root.classList.toggle("asking", cue !== null);
  if (seen) fetchPicture(seen);
  else if (reflected) wipe();
}

function wipe() {
  reflected = 0;
  paper.clearRect(0, 0, canvas.width, canvas.height);
}

function fetchPicture(seen) {
  if (fetching || seen.number === reflected) return;
  fetching = true;
  const picture = new Image();
  picture.onload = () => {
    fetching = false;
    if (!event.preview || event.part !== "face") return; // it came too late to be looked at
    reflected = seen.number;
    drawMirrored(picture, seen.face);
    reflect(event);
  };
  picture.onerror = () => (fetching = false);
  picture.src = `${document.body.dataset.preview}?number=${seen.number}`;
}

function drawMirrored(picture, face) {
  // Whoever is seated, short or tall has their eyes in the middle of the oval, and nobody is asked
  // to be of another height: towards an end of the picture it is enlarged, and its last row goes on.
  const eyes = face ? face[1] + face[3] / 2 : 0.5;
  const wanted = 0.5 / Math.max(0.01, Math.min(eyes, 1 - eyes));
  const height = canvas.height * Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, wanted));
  const width = picture.width * (height / picture.height);
  const left = (canvas.width - width) / 2;
  const top = canvas.height / 2 - eyes * height;
  const bottom = top + height;
  paper.setTransform(-1, 0, 0, 1, canvas.width, 0);
  paper.drawImage(picture, 0, 0, picture.width, 1, left, 0, width, Math.max(0, top));
  const rest = Math.max(0, canvas.height - bottom);
  paper.drawImage(picture, 0, picture.height - 1, picture.width, 1, left, bottom, width, rest);
  paper.drawImage(picture, left, top, width, height);
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
  const isUnused = event.part === null && now - chosenAt > data.own_language_for_s * 1000;
  if (chosen && isUnused && NEVER_SPOKEN.has(event.sign)) {
    chosen = null;
    draw();
  }
  if (!spoken && !NEVER_SPOKEN.has(shown) && now - changedAt > data.hint_after_s * 1000) {
    spoken = true;
    hinting = !NEVER_HURRIED.has(data.signs[shown].meaning);
    draw();
    speak();
  }
  drawPicture();
}

// Sound: chimes are made here, voices are files that are there or are not.

const TONES = { ask: [660, 880], go: [784, 1175], halt: [330, 330] };
const CHIME_WAITS_MS = 500; // for a loudspeaker that wakes up
let sounds = null;
let voice = null;

function chime(name) {
  if (!(name in TONES)) return;
  sounds ??= new AudioContext();
  if (sounds.state === "running") return ring(name);
  const asked = performance.now(); // one that wakes up at the first touch only rings for nothing old
  sounds.resume().then(() => performance.now() - asked < CHIME_WAITS_MS && ring(name));
}

function ring(name) {
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
  const name = `${language()}/${shown}`;
  if (!data.voices.includes(name)) return;
  hush();
  voice = new Audio(`${document.body.dataset.voice}?of=${name}`);
  voice.play().catch(() => {}); // a browser that may not play sound shows the picture all the same
}

// Keys and the lane. On a gate's own display no other key does anything.

const OURS = /^([1-9lL ]|Tab|Enter)$/;

document.addEventListener("click", (press) => {
  const key = press.target.closest("[data-language]");
  if (key) choose(key.dataset.language);
});

const fills = matchMedia("(display-mode: fullscreen)"); // as on a gate's own display

document.addEventListener("keydown", (press) => {
  const isOurs = !press.ctrlKey && !press.altKey && !press.metaKey && OURS.test(press.key);
  if (fills.matches && !isOurs) press.preventDefault(); // nor anything of the browser's
  if (press.repeat || press.ctrlKey || press.altKey || press.metaKey) return;
  const number = Number(press.key);
  if (number >= 1) choose(data.languages[number - 1]);
  else if (press.key === "l" || press.key === "L") {
    choose(data.languages[(data.languages.indexOf(language()) + 1) % data.languages.length]);
  }
});

document.addEventListener("contextmenu", (press) => press.preventDefault()); // a finger held long

new EventSource(document.body.dataset.events).addEventListener("state", (message) => {
  show(JSON.parse(message.data)); // what cannot be shown is not heard, and closes the screen
  heardAt = performance.now();
});

setInterval(look, 250);
draw();
