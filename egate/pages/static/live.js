// The stream of a page: `live(address, shown, silent)`.
// shown(facts) hears every state; silent(true) is called when nothing was heard for 2 s, and
// silent(false) when the stream speaks again. The browser opens a stream that broke by itself; one
// that the server refuses is opened again here.
"use strict";

const SILENT_AFTER_MS = 2000;
const AGAIN_AFTER_MS = 1000;

function live(address, shown, silent) {
  let heardAt = performance.now();
  let isSilent = null;
  let source = null;

  function told(now) {
    if (now !== isSilent) {
      isSilent = now;
      silent(now);
    }
  }

  function open() {
    source = new EventSource(address);
    source.addEventListener("state", (event) => {
      heardAt = performance.now();
      told(false);
      shown(JSON.parse(event.data));
    });
    source.addEventListener("ended", () => location.assign("/"));
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) {
        setTimeout(again, AGAIN_AFTER_MS);
      }
    });
  }

  async function again() {
    // A page that its server sends elsewhere is of somebody who is signed in no more.
    try {
      const answer = await fetch(location.pathname, { redirect: "manual" });
      if (answer.type === "opaqueredirect") {
        location.assign("/");
        return;
      }
    } catch {
      // not there yet
    }
    open();
  }

  setInterval(() => {
    if (performance.now() - heardAt > SILENT_AFTER_MS) {
      told(true);
    }
  }, 200);
  open();
}
