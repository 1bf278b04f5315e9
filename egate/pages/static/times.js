// Writes instants in the local time of whoever looks.
"use strict";

for (const time of document.querySelectorAll("time[data-utc]")) {
  const at = new Date(Number(time.dataset.utc) * 1000);
  time.dateTime = at.toISOString();
  time.textContent = at.toLocaleString(LOCALE, { dateStyle: "short", timeStyle: "medium" });
}
