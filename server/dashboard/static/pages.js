// What all pages of a session share.
"use strict";

document.addEventListener("htmx:beforeRequest", (event) => {
  const live = document.getElementById("live");
  const reads = window.getSelection()?.toString();
  if (event.target.hasAttribute("data-live") && (!live?.checked || reads)) event.preventDefault();
});

// Only one question stands open at a time, and Escape closes it.
document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.("details.confirm[open]")) return;
  for (const other of document.querySelectorAll("details.confirm[open]")) if (other !== event.target) other.open = false;
}, true);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.confirm[open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});
