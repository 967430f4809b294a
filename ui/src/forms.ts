// The maintainer's forms: a new link, a grant to an auditor, the review's settings.

import type { Api } from "./api";
import { button, h } from "./dom";
import { sentence } from "./pages";
import type { Shell } from "./shell";
import { named } from "./tables";
import type { Row } from "./tables";

type Field = HTMLInputElement | HTMLSelectElement;

const labelled = (words: string, field: Field, note = ""): HTMLElement =>
  h("div", { class: "field" }, h("label", { for: field.id }, words), field, note === "" ? null : h("p", { class: "note" }, note));

const input = (id: string, given: Record<string, string | number | boolean> = {}): HTMLInputElement =>
  h("input", { id, name: id, autocomplete: "off", ...given });

function form(words: string, fields: HTMLElement[], send: () => void): HTMLFormElement {
  const submitted = (event: SubmitEvent): void => {
    event.preventDefault();
    send();
  };
  return h("form", { onsubmit: submitted }, h("div", { class: "fields" }, ...fields), h("div", { class: "row" }, h("button", { type: "submit", class: "main" }, words)));
}

/** Makes a link and shows it once: the server keeps a hash of it only. */
export function linkForm(api: Api, shell: Shell): HTMLElement {
  const role = h("select", { id: "role" }, ...["worker", "reviewer", "auditor", "maintainer"].map((one) => h("option", {}, one)));
  const days = input("days", { type: "number", min: 1, max: 366, value: 14, required: true });
  const label = input("label", { maxlength: 100 });
  const field = input("worker_field", { maxlength: 64, placeholder: "PROLIFIC_PID" });
  const code = input("completion_code", { maxlength: 200 });
  const url = input("completion_url", { type: "url", maxlength: 500, pattern: "https://.*", placeholder: "https://" });
  const shown = h("div", { role: "status", class: "made" });
  const send = async (): Promise<void> => {
    const wanted: Row = { role: role.value, days: Number(days.value) };
    for (const one of [label, field, code, url]) if (one.value !== "") wanted[one.name] = one.value;
    try {
      const made = await api.post<{ url: string }>("/api/maintain/link", wanted);
      const out = h("output", { class: "code", tabindex: "0" }, made.url);
      const copy = button("Copy", "", () => void navigator.clipboard?.writeText(made.url).then(() => shell.say("Copied.")));
      shown.replaceChildren(h("p", {}, "The link; it is shown this once:"), out, copy);
    } catch (error) {
      shell.say(sentence(error), 8);
    }
  };
  const fields = [
    labelled("For a", role),
    labelled("Days it lives", days),
    labelled("What you call it", label, "Only you see it."),
    labelled("Field with the workforce's own id", field, "Its value is kept as a keyed hash only. Empty: every browser is somebody new."),
    labelled("Completion code", code, "Shown to those who have done their share."),
    labelled("Address to go back to at the end", url),
  ];
  return h("div", {}, form("Make the link", fields, () => void send()), shown);
}

export function grantForm(api: Api, shell: Shell, auditors: readonly Row[]): HTMLElement {
  if (auditors.length === 0) return h("p", { class: "none" }, "There is no auditor yet: make a link for one, and let them open it.");
  const options = auditors.map((row) => h("option", { value: String(row["id"]) }, String(row["pseudonym"])));
  const auditor = h("select", { id: "auditor" }, ...options);
  const sample = input("sample", { required: true, maxlength: 4096 });
  const hours = input("hours", { type: "number", min: 1, max: 744, value: 24, required: true });
  const reason = input("reason", { required: true, minlength: 3, maxlength: 1000 });
  const made: HTMLFormElement = form(
    "Grant",
    [
      labelled("Auditor", auditor),
      labelled("Sample", sample),
      labelled("Hours", hours),
      labelled("Reason", reason, "It is logged, as is each look."),
    ],
    () => void send(),
  );
  const send = async (): Promise<void> => {
    try {
      const body = { auditor: Number(auditor.value), sample: sample.value, hours: Number(hours.value), reason: reason.value };
      await api.post("/api/maintain/grant", body);
      made.reset();
      shell.say("Granted.");
    } catch (error) {
      shell.say(sentence(error), 8);
    }
  };
  return made;
}

const SETTINGS: Record<string, string> = {
  certainty: "A question is settled when its answer is this likely to be right.",
  certainty_boxes: "The same of boxes: all of a picture are there, each in its place and none too many.",
  least: "Answers that every question gets.",
  most: "Answers that a question gets at most.",
  cost: "The drop in the probability of an error that one more answer must be expected to bring.",
  budget: "Answers in all; 0: as many as wanted.",
  gold: "Share of questions whose answer is known, hidden among the others.",
  training: "Questions with feedback that come first.",
  bar: "Whose trust lies below this for certain has their answers left out.",
  lease_seconds: "How long a question stays in somebody's hands.",
  undo_seconds: "How long an answer can be taken back.",
  blurred: "Blur every picture until it is held. No claim that it protects anybody.",
  sensitive_cap: "Pictures with a warning that somebody sees in a day, at most.",
  break_after: "Seconds of work until a break.",
  break_seconds: "How long a break is.",
  retention_days: "After these days it is forgotten who gave an answer; 0: never by itself.",
  pay: "What one answer is paid; you see what that makes an hour.",
  completion: "Answers after which somebody is done and gets the completion code; 0: when no question is left.",
};

/** A field for each setting that is a number, a word or yes/no; only what was changed is sent. */
export function settingsForm(settings: Row, send: (changes: Row) => void): HTMLElement {
  const fields = Object.entries(settings).filter(([, value]) => ["number", "string", "boolean"].includes(typeof value));
  if (fields.length === 0) return h("p", { class: "none" }, "There is nothing to set.");
  const inputs = fields.map(([name, value]) => {
    const type = typeof value === "boolean" ? "checkbox" : typeof value === "number" ? "number" : "text";
    const one = input(`setting-${name}`, { type, ...(type === "number" ? { step: "any" } : {}) });
    if (typeof value === "boolean") one.checked = value;
    else one.value = String(value);
    return { name, value, one };
  });
  const read = (one: HTMLInputElement): unknown => (one.type === "checkbox" ? one.checked : one.type === "number" ? Number(one.value) : one.value);
  return form(
    "Keep",
    inputs.map(({ name, one }) => labelled(named(name), one, SETTINGS[name] ?? "")),
    () => {
      const changed = inputs.filter(({ one, value }) => read(one) !== value);
      if (changed.length > 0) send(Object.fromEntries(changed.map(({ name, one }) => [name, read(one)])));
    },
  );
}
