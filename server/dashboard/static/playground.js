// Three answers at once, each drawn as it comes, with its drifts where they stood.
"use strict";

const form = document.getElementById("ask");
const stop = document.getElementById("stop");
let running = null;

const csrf = () => document.querySelector('meta[name="csrf-token"]').content;

function asked() {
  const data = Object.fromEntries(new FormData(form));
  for (const name of ["temperature", "max_tokens", "seed"]) data[name] = Number(data[name]);
  return data;
}

// One answer: its text, and the confusion points by the characters at which they stand.
class Answer {
  constructor(section) {
    this.place = section.querySelector(".answer");
    this.state = section.querySelector(".state");
    this.text = "";
    this.drifts = [];
    this.draw();
    this.say("waits");
  }

  say(words) { this.state.textContent = words; }

  take(name, data) {
    if (name === "drift") this.drifts.push(data);
    else if (name === "end") this.say(`${data.version}, ${data.language || "no language expected"}: ${data.tokens} tokens, ${data.drifts} drifts, ${data.rewinds} rewinds`);
    else if (name === "problem") this.say(data.problem);
    else { this.text += data.text; this.say("answers"); }
    this.draw();
  }

  // Text is only ever set as text, so that nothing in it is markup.
  draw() {
    const parts = [];
    let at = 0;
    for (const drift of [...this.drifts].sort((a, b) => a.start - b.start)) {
      const characters = Array.from(this.text);
      parts.push(characters.slice(at, drift.start).join(""));
      at = Math.max(at, drift.start);
      const stays = drift.action === "observed" || drift.action === "stood_back";
      const mark = document.createElement("mark");
      mark.className = `drift ${stays ? "stays" : "stopped"}`;
      mark.title = `${drift.kind} drift, confusion mass ${(100 * drift.mass).toFixed(1)}%, ${drift.action.replace("_", " ")}`;
      mark.textContent = drift.token;
      if (stays) at += Array.from(drift.token).length;
      parts.push(mark);
    }
    parts.push(Array.from(this.text).slice(at).join(""));
    this.place.replaceChildren(...parts);
  }
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const frames = (held + value).split("\n\n");
    held = frames.pop();
    for (const frame of frames) {
      const lines = frame.split("\n");
      const data = lines.find((line) => line.startsWith("data: "));
      const name = lines.find((line) => line.startsWith("event: "));
      if (data) yield [name?.slice(7) ?? "text", JSON.parse(data.slice(6))];
    }
  }
}

async function answer(section, body, signal) {
  const shown = new Answer(section);
  try {
    const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf(), "HX-Request": "true" };
    const reply = await fetch(`/dashboard/playground/answers/${section.dataset.way}`, { method: "POST", headers, body, signal });
    if (!reply.ok) {
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      return shown.say(page.body.textContent.trim());
    }
    for await (const [name, data] of events(reply.body)) shown.take(name, data);
  } catch (error) {
    shown.say(signal.aborted ? "stopped" : `the connection broke: ${error.message}`);
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  running?.abort();
  const mine = (running = new AbortController());
  stop.disabled = false;
  const body = JSON.stringify(asked());
  await Promise.all([...document.querySelectorAll(".way")].map((section) => answer(section, body, mine.signal)));
  if (running === mine) stop.disabled = true;
});
stop.addEventListener("click", () => running?.abort());
