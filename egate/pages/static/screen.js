// The traveller's screen.
"use strict";

const line = document.getElementById("line");

function show(facts) {
  document.body.dataset.state = facts.state;
  line.textContent = facts.prompt || facts.state;
}

live("/screen/events", show, (silent) => {
  if (silent) {
    show({ state: "closed", prompt: "closed" });
  }
});
