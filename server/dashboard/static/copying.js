// The playground's request as a command and as a program.
"use strict";

const ask = document.getElementById("ask");
const code = document.getElementById("code");
let shown = "curl";

function request() {
  const data = Object.fromEntries(new FormData(ask));
  const messages = [{ role: "user", content: data.prompt }];
  if (data.system.trim()) messages.unshift({ role: "system", content: data.system });
  const guard = { mode: data.mode };
  const languages = data.language.split(",").map((tag) => tag.trim()).filter(Boolean);
  if (languages.length) guard.languages = languages;
  const model = ask.dataset.model + (data.version ? `@${data.version}` : "");
  return { model, messages, temperature: Number(data.temperature), max_tokens: Number(data.max_tokens), seed: Number(data.seed), guard };
}

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

const WRITE = {
  curl: (body) => `curl ${ask.dataset.endpoint}/v1/chat/completions \\
  -H "Authorization: Bearer $TLPO_GUARD_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d ${quoted(JSON.stringify(body, null, 2))}`,
  python: ({ guard, ...body }) => `import json
import os

from openai import OpenAI

client = OpenAI(base_url=${JSON.stringify(`${ask.dataset.endpoint}/v1`)}, api_key=os.environ["TLPO_GUARD_API_KEY"])
asked = json.loads(${JSON.stringify(JSON.stringify(body))})
guard = json.loads(${JSON.stringify(JSON.stringify(guard))})
answer = client.chat.completions.create(**asked, extra_body={"guard": guard})
print(answer.choices[0].message.content)`,
};

const write = () => { code.textContent = WRITE[shown](request()); };

document.querySelectorAll("[data-copy]").forEach((button) => button.addEventListener("click", async () => {
  shown = button.dataset.copy;
  write();
  const copied = await navigator.clipboard.writeText(code.textContent).then(() => true, () => false);
  document.getElementById("copied").textContent = copied ? "copied" : "the browser does not let us copy; take it from below";
}));
ask.addEventListener("input", write);
write();
