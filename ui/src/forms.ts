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
  return h("form", { onsubmit: submitted }, ...fields, h("div", { class: "row" }, h("button", { type: "submit", class: "main" }, words)));
}

/** Makes a link and shows it once: the server keeps a hash of it only. */
export function linkForm(api: Api, shell: Shell): HTMLElement {
  const role = h("select", { id: "role" }, ...["worker", "reviewer", "auditor", "maintainer"].map((one) => h("option", {}, one)));
  const days = input("days", { type: "number", min: 1, max: 366, value: 14, required: true });
  const label = input("label", { maxlength: 100 });
  const field = input("field", { maxlength: 64, placeholder: "PROLIFIC_PID" });
  const others = input("other_fields", { maxlength: 400, placeholder: "STUDY_ID SESSION_ID" });
  const code = input("completion", { maxlength: 200 });
  const url = input("completion_url", { type: "url", maxlength: 500, pattern: "https://.*", placeholder: "https://" });
  const shown = h("div", { role: "status", class: "made" });
  const send = async (): Promise<void> => {
    const wanted: Row = { role: role.value, days: Number(days.value) };
    for (const one of [label, field, code, url]) if (one.value !== "") wanted[one.name] = one.value;
    const names = others.value.split(/[\s,]+/).filter((name) => name !== "");
    if (names.length > 0) wanted["other_fields"] = names;
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
    labelled("Field with the workforce's own id", field, "Its value is kept as a keyed hash. Empty: everybody who opens the link is somebody new."),
    labelled("Other fields of the address", others, "They may be there, and are not kept."),
    labelled("Completion code", code, "Shown to those who have done their share."),
    labelled("Address to go back to at the end", url),
  ];
  return h("div", {}, form("Make the link", fields, () => void send()), shown);
}

export function grantForm(api: Api, shell: Shell): HTMLElement {
  const auditor = input("auditor", { required: true });
  const sample = input("sample", { required: true });
  const hours = input("hours", { type: "number", min: 1, max: 720, value: 24, required: true });
  const reason = input("reason", { required: true, maxlength: 500 });
  const made: HTMLFormElement = form(
    "Grant",
    [labelled("Auditor's number", auditor), labelled("Sample", sample), labelled("Hours", hours), labelled("Reason", reason, "It is logged, as is each view.")],
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
    inputs.map(({ name, one }) => labelled(named(name), one)),
    () => {
      const changed = inputs.filter(({ one, value }) => read(one) !== value);
      if (changed.length > 0) send(Object.fromEntries(changed.map(({ name, one }) => [name, read(one)])));
    },
  );
}
