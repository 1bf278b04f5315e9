// What the office's pages share: words in the reader's language, and small tools. Everything on a page
// is replaced in place, so that a day of events costs no memory; what is shown comes as text, never
// as markup.
"use strict";

const WORDS = JSON.parse(document.body.dataset.words);
const LOCALE = document.documentElement.lang === "vi" ? "vi-VN" : "en-GB";

const $ = (id) => document.getElementById(id);

function say(key, values = {}) {
  return WORDS[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function put(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

function keyed(parent, keys, make) {
  // Keeps one child for each key, in this order; moves a child only when it has to.
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  keys.forEach((key, place) => {
    let child = known.get(key);
    known.delete(key);
    if (!child) {
      child = make(key);
      child.dataset.key = key;
    }
    if (parent.children[place] !== child) {
      parent.insertBefore(child, parent.children[place] || null);
    }
  });
  known.forEach((child) => child.remove());
  return [...parent.children];
}

async function post(address, fields) {
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json", "x-egate-proof": document.body.dataset.proof },
      body: fields ? JSON.stringify(fields) : "{}",
      signal: AbortSignal.timeout(3000),
    });
    if (answer.status === 401 || answer.status === 403) {
      location.assign("/");
    }
    return answer.status === 204 ? {} : await answer.json();
  } catch {
    return { words: say("not_reached") };
  }
}

function clockTime(utcSeconds) {
  return new Date(utcSeconds * 1000).toLocaleTimeString(LOCALE);
}
